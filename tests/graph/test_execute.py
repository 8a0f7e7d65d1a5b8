"""The executor against a naive evaluator, and its bounds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import ExecutionError, GraphStructureError
from dagger_tools.graph import Graph, Node, execute

_VALUES = st.fractions(min_value=-1000, max_value=1000, max_denominator=60)
_OPS = {
    "add": 2,
    "sub": 2,
    "mul": 2,
    "sum": 3,
    "mean": 3,
    "min": 2,
    "max": 2,
    "abs": 1,
    "identity": 1,
}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Random sound graphs of exact operations."""
    nodes = [
        Node(id=f"n{i}", op="const", val=value, distractor=draw(st.booleans()))
        for i, value in enumerate(draw(st.lists(_VALUES, min_size=1, max_size=5)))
    ]
    for i in range(draw(st.integers(1, 8))):
        op = draw(st.sampled_from(sorted(_OPS)))
        names = st.sampled_from([node.id for node in nodes])
        args = tuple(draw(st.lists(names, min_size=_OPS[op], max_size=_OPS[op])))
        nodes.append(Node(id=f"s{i}", op=op, args=args))
    return Graph(nodes=(*nodes, Node(id="final_result", op="identity", args=(nodes[-1].id,))))


def naive(graph: Graph, name: str) -> Fraction:
    """The value by plain recursion, without bounds."""
    node = graph[name]
    if node.val is not None:
        return node.val
    values = [naive(graph, arg) for arg in node.args]
    match node.op:
        case "add" | "sum":
            return sum(values, Fraction(0))
        case "sub":
            return values[0] - values[1]
        case "mul":
            return values[0] * values[1]
        case "mean":
            return sum(values, Fraction(0)) / len(values)
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "abs":
            return abs(values[0])
    return values[0]


@given(graphs(), st.randoms(use_true_random=False))
def test_values_equal_plain_recursion(graph: Graph, random: object) -> None:
    """Every node has the value that a naive evaluator gives, in whatever order nodes stand."""
    shuffled = list(graph.nodes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    execution = execute(Graph(nodes=tuple(shuffled)))
    assert execution.is_exact
    for node in graph.nodes:
        assert execution.values[node.id] == naive(graph, node.id)


def test_fault_off_the_path_leaves_the_answer() -> None:
    """A distractor that divides by zero is noted and does not touch the answer."""
    execution = execute(Graph.from_compact("n1=6 n2=0; !n1 / n2; n1 + 1"))
    assert execution.value == 7
    assert execution.faults


def test_division_by_zero_on_the_path_is_an_error() -> None:
    """The fault names the node's path."""
    with pytest.raises(ExecutionError) as caught:
        execute(Graph.from_compact("n1=6 n2=0; n1 / n2"))
    assert caught.value.faults[0].path.startswith("$.nodes[")


def test_overrides_change_constants() -> None:
    """The counterfactual question: what if a number were another?"""
    graph = Graph.from_compact("n1=6 n2=2; n1 / n2")
    assert execute(graph, {"n1": Fraction(10)}).value == 5
    assert execute(graph).value == 3


def test_too_many_nodes_are_refused() -> None:
    """The count of nodes is bounded."""
    nodes = tuple(Node(id=f"n{i}", op="const", val=Fraction(i)) for i in range(20_000))
    with pytest.raises(GraphStructureError, match=r"20,?000"):
        execute(Graph(nodes=nodes))
