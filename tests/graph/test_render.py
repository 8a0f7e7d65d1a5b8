"""Drawings: complete, and safe whatever a label says."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.graph import Graph, Node, execute
from dagger_tools.graph.render import to_text

GRAPH = Graph.from_compact("n1=100 n2=5 !n3=50; n1 * n2; s1 - n2")


def test_networkx_has_every_node_and_operand() -> None:
    """Edges run from operand to reader and say at which place."""
    drawn = GRAPH.to_networkx()
    assert set(drawn.nodes) == {node.id for node in GRAPH.nodes}
    assert drawn.edges["s1", "final_result"]["operands"] == [0]
    assert drawn.nodes["n3"]["distractor"] is True


def test_operand_taken_twice_keeps_both_places() -> None:
    """n1 * n1 is one edge with two places."""
    drawn = Graph.from_compact("n1=3; n1 * n1").to_networkx()
    assert drawn.edges["n1", "final_result"]["operands"] == [0, 1]


def test_mermaid_names_nodes_and_dashes_distractors() -> None:
    """A flowchart with one line a node, one an edge, and a class for distractors."""
    text = GRAPH.to_mermaid()
    assert text.startswith("flowchart TD")
    assert text.count("-->") == 4
    assert "class v2 distractor" in text


def test_svg_is_xml_without_script() -> None:
    """A drawing holds a box a node."""
    root = ElementTree.fromstring(GRAPH.to_svg())
    assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) == len(GRAPH.nodes)


def test_terminal_drawing_shows_values() -> None:
    """With an execution every computed node has its value."""
    text = to_text(GRAPH, execute(GRAPH))
    assert "৫০০" in text
    assert "~ n3" in text


@given(st.text(max_size=60))
def test_labels_cannot_break_out(label: str) -> None:
    """Whatever a label says, SVG stays XML and Mermaid keeps a line a node."""
    nodes = (
        Node(id="n1", op="const", val=Fraction(1), label=label),
        Node(
            id="final_result",
            op="identity",
            args=("n1",),
            label=f'"]; click v0 "x" <script>{label}',
        ),
    )
    graph = Graph(nodes=nodes)
    svg = graph.to_svg()
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    lines = graph.to_mermaid().split("\n")
    assert len(lines) == 5
    assert all(line.count('"') in (0, 2) for line in lines)
