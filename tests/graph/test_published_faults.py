"""What published executors get wrong: a test for each row of the table in graph-format.md."""

from __future__ import annotations

import json
import time
from fractions import Fraction

import pytest

from dagger_tools.errors import ExecutionError, GraphError, GraphParseError, GraphStructureError
from dagger_tools.graph import Graph, execute, parse, verify


def const(name: str, value: object, **more: object) -> dict[str, object]:
    """A constant as a model writes it."""
    return {"id": name, "op": "const", "val": value, "distractor": False, **more}


def written(
    *nodes: dict[str, object], op: str = "identity", args: list[object] | None = None
) -> str:
    """A model's output: these nodes and a final one."""
    final = {"id": "final_result", "op": op, "args": args or [nodes[-1]["id"]], "distractor": False}
    return json.dumps({"nodes": [*nodes, final]}, ensure_ascii=False)


def value_of(*values: object, op: str) -> Fraction | float:
    """One operation over constants of these values."""
    nodes = [const(f"n{i}", value) for i, value in enumerate(values)]
    return execute(parse(written(*nodes, op=op, args=[node["id"] for node in nodes]))).value


def test_flagged_node_on_the_answer_path_is_reported() -> None:
    """A distractor that the answer depends on is a contradiction, not a value taken silently."""
    graph = parse(
        written(const("a", 100), const("b", 5, distractor=True), op="mul", args=["a", "b"])
    )
    check = verify(graph, execute(graph))["distractors"]
    assert not check.passed
    assert "b is flagged" in check.detail


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_cut_off_output_is_never_answered_from(share: float) -> None:
    """A fragment is truncation, however much of it is there."""
    text = "```json\n" + written(
        const("a", 12), const("b", 3), const("c", 4), op="sum", args=["a", "b"]
    )
    with pytest.raises(GraphParseError, match="cut off"):
        parse(text[: int(len(text) * share)])


@pytest.mark.parametrize(
    ("raw", "value"), [("1,200", 1200), ("১,২০,০০০", 120000), ("1,20,000", 120000), ("১২৩", 123)]
)
def test_grouped_values_are_read_whole(raw: str, value: int) -> None:
    """Thousands separators of both systems, and Bangla digits."""
    assert execute(parse(written(const("a", raw)))).value == value


def test_unit_stuck_on_a_value_is_kept_and_said() -> None:
    """12kg is 12, with its unit in the node and a repair that says so."""
    graph = parse(written(const("a", "12kg")))
    assert graph["a"].val == 12
    assert graph["a"].unit == "কেজি"
    assert any("12kg" in repair and "কেজি" in repair for repair in graph.repairs)


def test_two_nodes_with_one_id_are_an_error_naming_both() -> None:
    """Neither of the two is silently preferred."""
    with pytest.raises(GraphStructureError) as caught:
        parse(written(const("a", 1), const("a", 2), op="add", args=["a", "a"]))
    assert "$.nodes[0]" in str(caught.value)
    assert "$.nodes[1]" in str(caught.value)


@pytest.mark.parametrize(
    "raw", ["NaN", "Infinity", "-Infinity", "1e400", "1e999999999", '"NaN"', '"inf"']
)
def test_values_that_are_no_finite_number_are_errors(raw: str) -> None:
    """NaN, infinities and overflow name their path."""
    text = f'{{"nodes": [{{"id": "final_result", "op": "const", "val": {raw}}}]}}'
    with pytest.raises(GraphError) as caught:
        parse(text)
    assert caught.value.faults[0].path == "$.nodes[0].val"


def test_root_of_a_negative_number_is_an_error() -> None:
    """(-8) ^ (1/3) is no complex number."""
    with pytest.raises(ExecutionError):
        value_of(-8, "1/3", op="pow")


def test_arithmetic_is_exact() -> None:
    """Large integers and decimals carry no rounding noise; irrational roots say that they do."""
    assert value_of(2**53, 1, op="add") == 2**53 + 1
    assert value_of(0.1, 0.2, op="add") == Fraction(3, 10)
    execution = execute(parse(written(const("a", 2), op="sqrt", args=["a"])))
    assert isinstance(execution.value, float)
    assert not execution.is_exact
    assert "final_result" in execution.inexact
    assert value_of("9/4", op="sqrt") == Fraction(3, 2)


@pytest.mark.parametrize("op", ["gcd", "lcm"])
def test_divisors_of_broken_numbers_are_errors(op: str) -> None:
    """gcd(2.5, 5.9) has no meaning."""
    with pytest.raises(ExecutionError):
        value_of(2.5, 5.9, op=op)


@pytest.mark.parametrize(("value", "rounded"), [(2.5, 3), (3.5, 4), (2.4, 2), (0.5, 1), (-2.6, -3)])
def test_rounding_is_half_up(value: float, rounded: int) -> None:
    """Schools round a half up."""
    assert value_of(value, op="round") == rounded


def test_long_chain_is_executed() -> None:
    """Two thousand nodes one after the other are no recursion."""
    nodes = [const("n0", 1)]
    nodes += [{"id": f"n{i}", "op": "add", "args": [f"n{i - 1}", 1]} for i in range(1, 2000)]
    assert execute(parse(written(*nodes))).value == 2000


HUGE = 10**300


@pytest.mark.parametrize(
    "text",
    [
        "n1=10; pow n1 10; pow n1 s1",
        "n1=10 n2=10000000000; pow n1 n2",
        "n1=2 n2=4000; pow n1 n2; s1 * s1",
        f"n1={HUGE + 1} n2={HUGE + 3} n3={HUGE + 7} n4={HUGE + 9} n5={HUGE + 11}; lcm n1 n2 n3 n4 n5",
    ],
)
def test_exploding_numbers_are_refused(text: str) -> None:
    """Towers of powers and the multiples of huge numbers leave the bounds with an error, at once."""
    started = time.process_time()
    with pytest.raises(ExecutionError):
        execute(Graph.from_compact(text))
    # a hang would be minutes; the benchmark measures milliseconds
    assert time.process_time() - started < 10


def test_all_faults_are_listed_with_their_paths() -> None:
    """A cycle, an unknown id, an unknown op and a wrong arity come in one report."""
    nodes: list[dict[str, object]] = [
        {"id": "a", "op": "add", "args": ["b", "b"]},
        {"id": "b", "op": "add", "args": ["a", "a"]},
        {"id": "c", "op": "frobnicate", "args": ["a"]},
        {"id": "d", "op": "sub", "args": ["a"]},
        {"id": "e", "op": "add", "args": ["a", "ghost"]},
    ]
    with pytest.raises(GraphStructureError) as caught:
        parse(written(*nodes))
    report = {fault.path: fault.message for fault in caught.value.faults}
    assert "cycle" in report["$.nodes[0]"]
    assert "frobnicate" in report["$.nodes[2].op"]
    assert "sub" in report["$.nodes[3].args"]
    assert "ghost" in report["$.nodes[4].args[1]"]


def test_ratio_split_shares_a_total() -> None:
    """The total, the part asked for and the other parts: 350 in 3:4 gives the first 150."""
    assert value_of(350, 3, 4, op="ratio_split") == 150
