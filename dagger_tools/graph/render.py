"""A graph drawn: as networkx, Mermaid, SVG, or lines for a terminal.

Labels come from models and pupils, so every drawing escapes them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from dagger_tools.graph.execute import Execution
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import MAX_BITS, canonical
from dagger_tools.graph.structure import ancestors, evaluation_order
from dagger_tools.text import format_number

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["to_mermaid", "to_networkx", "to_svg", "to_text"]

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
_MAX_LABEL = 40
_JOINERS = "\u200c\u200d"  # they shape conjuncts such as র‍্য
_ROW, _GAP, _HEIGHT, _CHAR, _MARGIN = 84, 24, 40, 8.5, 16


def to_networkx(graph: Graph) -> nx.DiGraph[str]:
    """Nodes by id with their fields as attributes; an edge from each operand to its reader.

    The edge's ``operands`` lists the places (0-based) at which the reader takes it.
    """
    import networkx as nx

    drawn: nx.DiGraph[str] = nx.DiGraph()
    for node in graph.nodes:
        drawn.add_node(
            node.id, op=node.op, val=node.val, label=node.label, distractor=node.distractor
        )
    for node in graph.nodes:
        for place, arg in enumerate(node.args):
            if arg not in drawn:
                continue  # an id that no node has
            if drawn.has_edge(arg, node.id):
                drawn.edges[arg, node.id]["operands"].append(place)
            else:
                drawn.add_edge(arg, node.id, operands=[place])
    return drawn


def to_mermaid(graph: Graph) -> str:
    """A flowchart from top to bottom; distractors are dashed, the answer is framed twice."""
    names = {node.id: f"v{index}" for index, node in enumerate(graph.nodes)}
    lines = ["flowchart TD"]
    for node in graph.nodes:
        opening, closing = ("[[", "]]") if node.id == FINAL_ID else ("[", "]")
        lines.append(f'    {names[node.id]}{opening}"{_mermaid_text(_caption(node))}"{closing}')
    for node in graph.nodes:
        for arg in node.args:
            if arg in names:
                lines.append(f"    {names[arg]} --> {names[node.id]}")
    lines.append("    classDef distractor stroke-dasharray: 5 5,opacity:0.6")
    flagged = [names[node.id] for node in graph.nodes if node.distractor]
    if flagged:
        lines.append(f"    class {','.join(flagged)} distractor")
    return "\n".join(lines)


def to_text(graph: Graph, execution: Execution | None = None) -> str:
    """A line a node: id, what it does, and with ``execution`` its value; ``~`` marks distractors."""
    needed = ancestors(graph, FINAL_ID) | {FINAL_ID}
    width = max((len(_clean(node.id)) for node in graph.nodes), default=0)
    lines = []
    for node in graph.nodes:
        mark = "~" if node.distractor else " " if node.id in needed else "?"
        line = f"{mark} {_clean(node.id):<{width}}  {_formula(node)}"
        if execution is not None and node.id in execution.values and node.op != "const":
            line += f" = {format_number(execution.values[node.id])}"
        if node.label:
            line += f"   ({_clean(node.label)})"
        lines.append(line)
    return "\n".join(lines)


def to_svg(graph: Graph) -> str:
    """A self-contained drawing, a row a layer, operands above their readers."""
    layers = _layers(graph)
    captions = {node.id: _caption(node) for node in graph.nodes}
    widths = {name: max(48.0, _width(text) + 16) for name, text in captions.items()}
    rows: dict[int, list[Node]] = {}
    for node in graph.nodes:
        rows.setdefault(layers[node.id], []).append(node)
    spans = {
        layer: sum(widths[n.id] for n in row) + _GAP * (len(row) - 1) for layer, row in rows.items()
    }
    total = max(spans.values(), default=0.0) + 2 * _MARGIN
    places: dict[str, tuple[float, float]] = {}
    for layer, row in rows.items():
        x = (total - spans[layer]) / 2
        for node in row:
            places[node.id] = (x, _MARGIN + layer * _ROW)
            x += widths[node.id] + _GAP
    height = 2 * _MARGIN + _HEIGHT + _ROW * max(rows, default=0)
    body = _svg_edges(graph, places, widths) + _svg_nodes(graph, places, widths, captions)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:.0f} {height:.0f}" '
        f'width="{total:.0f}" height="{height:.0f}" font-family="sans-serif" font-size="14">'
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>'
        f"{''.join(body)}</svg>"
    )


def _svg_edges(
    graph: Graph, places: Mapping[str, tuple[float, float]], widths: Mapping[str, float]
) -> list[str]:
    edges = []
    for node in graph.nodes:
        for arg in node.args:
            if arg not in places:
                continue
            (x1, y1), (x2, y2) = places[arg], places[node.id]
            edges.append(
                f'<line x1="{x1 + widths[arg] / 2:.1f}" y1="{y1 + _HEIGHT}" '
                f'x2="{x2 + widths[node.id] / 2:.1f}" y2="{y2}" stroke="#555" '
                'marker-end="url(#arrow)"/>'
            )
    return edges


def _svg_nodes(
    graph: Graph,
    places: Mapping[str, tuple[float, float]],
    widths: Mapping[str, float],
    captions: Mapping[str, str],
) -> list[str]:
    boxes = []
    for node in graph.nodes:
        x, y = places[node.id]
        fill = "#d8ecd8" if node.id == FINAL_ID else "#eef3fb" if node.op == "const" else "#fff"
        dashed = ' stroke-dasharray="5 4" opacity="0.6"' if node.distractor else ""
        boxes.append(
            f'<g{dashed}><rect x="{x:.1f}" y="{y}" width="{widths[node.id]:.1f}" '
            f'height="{_HEIGHT}" rx="6" fill="{fill}" stroke="#333"/>'
            f'<text x="{x + widths[node.id] / 2:.1f}" y="{y + 25}" text-anchor="middle">'
            f"{escape(captions[node.id])}</text></g>"
        )
    return boxes


def _layers(graph: Graph) -> dict[str, int]:
    """A node stands one row below its lowest operand; an edge that closes a cycle is passed over."""
    layers: dict[str, int] = {}
    for node in evaluation_order(graph):
        layers[node.id] = 1 + max((layers[a] for a in node.args if a in layers), default=-1)
    return layers


def _width(text: str) -> float:
    """About how wide a text is drawn; vowel signs and joiners stand on their letters."""
    return _CHAR * sum(unicodedata.category(c) not in ("Mn", "Cf") for c in text)


def _caption(node: Node) -> str:
    if canonical(node.op) == "const":
        value = _value(node)
        text = f"{node.label}: {value}" if node.label else value
        return _clean(text)
    return _clean(f"{node.label}: {_name(node)}" if node.label else _name(node))


def _formula(node: Node) -> str:
    if canonical(node.op) == "const":
        return _value(node)
    args = [_clean(arg) for arg in node.args]
    sign = _SIGNS.get(canonical(node.op) or "")
    return f" {sign} ".join(args) if sign else f"{_name(node)}({', '.join(args)})"


def _value(node: Node) -> str:
    if node.val is None:
        return "?"
    # a graph that was never executed may hold a number that Python refuses to write out
    size = max(node.val.numerator.bit_length(), node.val.denominator.bit_length())
    return format_number(node.val) if size <= MAX_BITS else f"a number of {size} bits"


def _name(node: Node) -> str:
    op = canonical(node.op) or _clean(node.op)
    return _SIGNS.get(op, op)


def _clean(text: str) -> str:
    """One short line without control characters; the joiners of Bangla letters stay."""
    line = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)
    return line if len(line) <= _MAX_LABEL else line[: _MAX_LABEL - 1] + "…"


def _mermaid_text(text: str) -> str:
    """Mermaid's own entity codes for whatever could end a label or begin markup."""
    return "".join(f"#{ord(c)};" if c in '"#<>&`\\;[](){}|%' else c for c in text)
