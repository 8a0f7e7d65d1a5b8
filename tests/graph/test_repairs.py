"""What reading repairs, what it only reports, and where it says that each was."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from dagger_tools.errors import GraphParseError, GraphStructureError
from dagger_tools.graph import Graph, execute, parse
from dagger_tools.graph.parse import read_graph


def one(**fields: Any) -> Graph:
    """The graph of a single node, the final one."""
    return parse(json.dumps({"nodes": [{"id": "final_result", **fields}]}, ensure_ascii=False))


def faults(*nodes: object) -> dict[str, str]:
    """Messages by path for nodes that are refused."""
    with pytest.raises(GraphStructureError) as caught:
        parse(json.dumps({"nodes": nodes}, ensure_ascii=False))
    return {fault.path: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        ("12.50", Fraction(25, 2)),
        ('"-1,234.5"', Fraction(-2469, 2)),
        ('".5"', Fraction(1, 2)),
        ('"১২.৫"', Fraction(25, 2)),
        ('"3/4"', Fraction(3, 4)),
        ('"তিন"', Fraction(3)),
        ("9" * 308, Fraction(10**308 - 1)),
    ],
)
def test_values_are_exact(raw: str, value: Fraction) -> None:
    """Decimals come from their text, not from a float."""
    graph = parse(f'{{"nodes": [{{"id": "final_result", "op": "const", "val": {raw}}}]}}')
    assert graph.final.val == value


@pytest.mark.parametrize(
    "raw",
    ["1e400", "1e-400", "-1e309", "1e99999999999", "9" * 310, "9" * 5000, '"1e400"', '"1e400kg"',
     '"infinity"', '"nan"', '""', '"12,34kg5"', "[1]", "{}", "true", "null", '"' + "এক " * 3000 + '"'],
)  # fmt: skip
def test_values_that_are_no_number_name_their_path(raw: str) -> None:
    """Overflow, underflow, words that are no number, and other types."""
    with pytest.raises(GraphStructureError) as caught:
        parse(f'{{"nodes": [{{"id": "final_result", "op": "const", "val": {raw}}}]}}')
    assert [fault.path for fault in caught.value.faults] == ["$.nodes[0].val"]


def test_operand_that_begins_with_a_number_is_an_unknown_id() -> None:
    """Only a bare number becomes a constant: 2_items is a node that does not exist."""
    report = faults({"id": "final_result", "op": "add", "args": ["2_items", "12kg"]})
    assert set(report) == {"$.nodes[0].args[0]", "$.nodes[0].args[1]"}


def test_new_constants_share_the_flag_of_their_reader() -> None:
    """A bare number in a distractor is a distractor, and ids in use are not taken."""
    graph = parse(
        json.dumps(
            {
                "nodes": [
                    {"id": "literal_1", "op": "const", "val": 4},
                    {"id": "d", "op": "mul", "args": ["literal_1", 3], "distractor": True},
                    {"id": "final_result", "op": "add", "args": ["literal_1", "১,০০০"]},
                ]
            }
        )
    )
    assert [node.id for node in graph.nodes] == [
        "literal_1",
        "literal_2",
        "d",
        "literal_3",
        "final_result",
    ]
    assert graph["literal_2"].distractor
    assert not graph["literal_3"].distractor
    assert execute(graph).value == 1004


def test_numbers_may_be_ids() -> None:
    """An int in args that is the id of a node is that node, not a number."""
    nodes = [{"id": 1, "op": "const", "val": 40}, {"id": "2", "op": "const", "val": 2}]
    graph = parse(json.dumps({"nodes": [*nodes, {"id": "answer", "op": "add", "args": [1, 2]}]}))
    assert execute(graph).value == 42
    assert len(graph.nodes) == 3


@pytest.mark.parametrize("name", ["Final_Result", "final result", "FINAL-RESULT", "Answer"])
def test_final_node_in_another_spelling(name: str) -> None:
    """Case, spaces and hyphens do not matter, also where other nodes refer to it."""
    nodes = [{"id": name, "op": "const", "val": 3}, {"id": "x", "op": "identity", "args": [name]}]
    graph = parse(json.dumps({"nodes": nodes}))
    assert execute(graph).value == 3
    assert graph["x"].args == ("final_result",)


def test_a_node_called_answer_beside_the_final_one_is_just_a_node() -> None:
    """Aliases count only where no node has the right name."""
    nodes = [
        {"id": "answer", "op": "const", "val": 3},
        {"id": "final_result", "op": "add", "args": ["answer", 1]},
    ]
    graph = parse(json.dumps({"nodes": nodes}))
    assert graph["answer"].val == 3
    assert execute(graph).value == 4


def test_fields_of_other_types_are_repaired_or_reported() -> None:
    """Labels are for the eye and are mended; a flag that is none of its words is a fault."""
    graph = one(op="const", val=1, label=7, unit=["kg"], distractor="True")
    assert graph.final.label == "7"
    assert graph.final.unit is None
    assert graph.final.distractor
    assert len(graph.repairs) == 3
    assert set(faults({"id": "final_result", "op": "const", "val": 1, "distractor": "maybe"})) == {
        "$.nodes[0].distractor"
    }


def test_long_label_is_cut_and_long_id_refused() -> None:
    """Both have a bound; only the id carries meaning."""
    assert len(one(op="const", val=1, label="ক" * 5000).final.label or "") == 200
    assert "$.nodes[0].id" in faults({"id": "x" * 5000, "op": "const", "val": 1})


def test_every_fault_is_reported_once_with_the_path_as_written() -> None:
    """Constants made for bare numbers shift no path, and one mistake makes one fault."""
    report = faults(
        {"id": "a", "op": "add", "args": [1, 2]},
        {"id": "b", "op": "const", "val": "lots"},
        {"id": "c", "op": "add", "args": ["a", None]},
        "d",
        {"op": "const", "val": 1},
        {"id": "e", "val": 5},
        {"id": "f", "op": 3, "args": ["a"]},
        {"id": "g", "op": "sub", "args": {"a": 1}},
        {"id": "h", "op": "div", "args": ["b", "ghost"]},
        {"id": "final_result", "op": "sum", "args": ["a", "b", "c", "e", "f", "g", "h"]},
    )
    assert set(report) == {
        "$.nodes[1].val",
        "$.nodes[2].args[1]",
        "$.nodes[3]",
        "$.nodes[4].id",
        "$.nodes[6].op",
        "$.nodes[7].args",
        "$.nodes[8].args[1]",
    }


def test_value_of_an_operation_is_dropped_and_said() -> None:
    """A model's own result of an operation is not believed."""
    graph = one(op="add", args=[1, 2], val=99)
    assert execute(graph).value == 3
    assert any("val was dropped" in repair for repair in graph.repairs)


def test_objects_are_read_like_text() -> None:
    """A decoded object goes the same way, with the same repairs and errors."""
    rows = {"nodes": [{"id": "result", "op": "plus", "args": [0.1, 0.2]}]}
    assert read_graph(rows) == parse(json.dumps(rows))
    assert execute(read_graph(rows)).value == Fraction(3, 10)
    with pytest.raises(GraphStructureError):
        read_graph({"nodes": [{"id": "final_result", "op": "const", "val": float("nan")}]})
    for unusable in ({"nodes": [object()]}, {1j: 2}, {"nodes": 10**5000}):
        with pytest.raises(GraphParseError):
            read_graph(unusable)  # type: ignore[arg-type]  # what a caller may pass all the same
