"""A graph's way to its answer, a line a step, as a pupil would write it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from dagger_tools.graph.execute import Execution, ancestors
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import OPERATIONS, canonical
from dagger_tools.text import format_number

__all__ = ["Step", "explain"]

_SIGNS = {"add": "+", "sub": "−", "mul": "×", "div": "÷"}
_NAMES = {
    "sum": "যোগফল",
    "mean": "গড়",
    "min": "ক্ষুদ্রতম",
    "max": "বৃহত্তম",
    "abs": "পার্থক্য",
    "round": "নিকটতম পূর্ণসংখ্যা",
    "floor": "পূর্ণ অংশ",
    "ceil": "ঊর্ধ্ব পূর্ণসংখ্যা",
    "sqrt": "বর্গমূল",
    "pow": "ঘাত",
    "mod": "ভাগশেষ",
    "gcd": "গ.সা.গু.",
    "lcm": "ল.সা.গু.",
    "ratio_split": "অনুপাতে ভাগ",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One computation: ``node`` is its id in the graph, ``text`` the line, ``value`` its result."""

    node: str
    text: str
    value: int | float


def explain(graph: Graph, execution: Execution, *, unit: str | None = None) -> tuple[Step, ...]:
    """The steps on the way to the answer, in the order they are computed.

    Constants are named by their labels (``১০০টি কলম × ৫ টাকা = ৫০০``); ``unit`` is put after the
    last result.
    """
    on_path = ancestors(graph, FINAL_ID) | {FINAL_ID}
    nodes = {node.id: node for node in graph.nodes}
    steps = []
    for node in graph.nodes:
        if node.id not in on_path or canonical(node.op) in ("const", "identity"):
            continue
        value = execution.values[node.id]
        result = format_number(value)
        if unit is not None and node.id == FINAL_ID:
            result += f" {unit}"
        line = f"{_expression(node, nodes, execution)} = {result}"
        steps.append(Step(node.id, line, json_value(value)))
    if not steps:
        # the question tells its own answer: there is nothing to compute, only to read off
        label = _operand(nodes[_source(nodes)], execution)
        steps.append(Step(FINAL_ID, f"উত্তর = {label}", json_value(execution.value)))
    return tuple(steps)


def _source(nodes: dict[str, Node]) -> str:
    """The constant that a chain of identities ends at."""
    name = FINAL_ID
    while nodes[name].args:
        name = nodes[name].args[0]
    return name


def json_value(value: Fraction | float) -> int | float:
    """A JSON number: an int where the value is whole."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    try:
        return float(value)
    except OverflowError:
        return round(value)  # no double holds it; what is behind the point is not missed


def _expression(node: Node, nodes: dict[str, Node], execution: Execution) -> str:
    operands = [_operand(nodes[arg], execution) for arg in node.args]
    op = canonical(node.op) or node.op
    if sign := _SIGNS.get(op):
        return f" {sign} ".join(operands)
    return f"{_NAMES.get(op, OPERATIONS[op].name)}({', '.join(operands)})"


def _operand(node: Node, execution: Execution) -> str:
    if canonical(node.op) == "const" and node.label:
        return node.label
    return format_number(execution.values[node.id])
