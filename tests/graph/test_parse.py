"""Reading what models write: prose, fences, aliases, slips, and hostile input."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import GraphError, GraphParseError, GraphStructureError
from dagger_tools.graph import OPERATIONS, Graph, execute, parse
from dagger_tools.graph.parse import FINAL_ALIASES

CARD = """{"nodes": [
  {"id": "n1", "op": "const", "val": 100, "distractor": false, "label": "মিনার কলম"},
  {"id": "n2", "op": "const", "val": 5, "distractor": false, "label": "কলমের দাম"},
  {"id": "total", "op": "mul", "args": ["n1", "n2"], "distractor": false, "label": "মোট টাকা"},
  {"id": "final_result", "op": "identity", "args": ["total"], "distractor": false}
]}"""


def test_published_example_round_trips() -> None:
    """The published shape goes in and comes out unchanged, without repairs."""
    graph = parse(CARD)
    assert graph.repairs == ()
    assert graph.to_dict() == json.loads(CARD)
    assert Graph.model_validate(json.loads(graph.to_json())) == graph


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{CARD}\n```",
        f"উত্তর: [দেখুন] {{এখানে}} {CARD} শেষ।",
        f'{{"nodes": []}} no: {CARD}',
        CARD.replace("false}\n]", "false},\n]"),
        CARD.replace('"n2"},', '"n2"}, // দাম'),
    ],
)
def test_graph_is_found_and_mended(text: str) -> None:
    """Prose, fences, earlier drafts, trailing commas and remarks do not hide the graph."""
    assert execute(parse(text)).value == 500


@pytest.mark.parametrize("alias", FINAL_ALIASES)
def test_final_node_may_have_another_name(alias: str) -> None:
    """An alias of the final node is read as it, and said."""
    graph = parse(CARD.replace("final_result", alias))
    assert execute(graph).value == 500
    assert any(alias in repair for repair in graph.repairs)


def test_two_final_names_are_a_fault() -> None:
    """Which of two answers is meant is not guessed."""
    text = CARD.replace("final_result", "answer").replace('"total"', '"result"')
    with pytest.raises(GraphStructureError, match="more than one final node"):
        parse(text)


@pytest.mark.parametrize(
    ("alias", "op"), [(alias, op.name) for op in OPERATIONS.values() for alias in op.aliases]
)
def test_aliases_of_operations(alias: str, op: str) -> None:
    """Every alias is read as its operation, in any case."""
    args = {"val": 4} if op == "const" else {"args": [4, 2, 2][: OPERATIONS[op].min_arity]}
    graph = parse(json.dumps({"nodes": [{"id": "final_result", "op": alias.upper(), **args}]}))
    assert graph.final.op == op


def test_bare_numbers_become_constants() -> None:
    """A number in args gets a node of its own, and a note."""
    graph = parse('{"nodes": [{"id": "final_result", "op": "mul", "args": [12, "২.৫"]}]}')
    assert execute(graph).value == 30
    assert len(graph.nodes) == 3
    assert len(graph.repairs) == 2


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "[1]", '{"nodes": 3}', '{"nodes": {}}', "{" * 9, "null"]
)
def test_what_is_no_graph_is_a_parse_error(text: str) -> None:
    """Text without a whole graph is refused with a reason."""
    with pytest.raises(GraphParseError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"nodes": ' + "[" * 200_000,
        '{"a":' * 200_000,
        '"' * 300_001,
        "{" + '"' + "\\" * 300_000,
        '{"nodes": [{"id": "final_result", "op": "const", "val": ' + "9" * 500_000 + "}]}",
        '{"nodes": [' + "{}," * 200_000 + "{}]}",
        "x" * 1_000_001,
    ],
    ids=["brackets", "nested", "objects", "quotes", "escapes", "digits", "nodes", "long"],
)
def test_hostile_text_is_refused(text: str) -> None:
    """Depth, length and digits are bounded; the error is ours."""
    with pytest.raises(GraphError):
        parse(text)


def faults_of(text: str) -> tuple[str, ...]:
    """Paths of the faults of a text, none if it parses and runs; anything but GraphError escapes."""
    try:
        execute(parse(text))
    except GraphError as error:
        return tuple(fault.path for fault in error.faults)
    return ()


@given(st.text(max_size=300))
def test_any_text_is_a_graph_or_our_error(text: str) -> None:
    """No text gets anything but a graph or a GraphError; a text is hardly ever a graph."""
    assert faults_of(text)


_KEYS = st.sampled_from(["id", "op", "val", "args", "distractor", "label"])
_WORDS = st.sampled_from(["add", "const", "final_result", "a"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(_KEYS, _JSON), max_size=4))
def test_any_json_is_a_graph_or_our_error(nodes: list[dict[str, object]]) -> None:
    """Nodes of any shape get a graph or one report of their faults, each with a path."""
    assert all(path.startswith("$") for path in faults_of(json.dumps({"nodes": nodes})))
