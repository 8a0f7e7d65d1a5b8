"""Finding a graph in what a model wrote: prose, drafts, slips, fragments, hostile text."""

from __future__ import annotations

import json

import pytest

from dagger_tools.errors import GraphParseError
from dagger_tools.graph.extract import MAX_MENDED, WrittenNumber, extract

ONE = '{"nodes": [{"id": "final_result", "op": "const", "val": 1, "label": "এক {\\"কলম\\"]"}]}'
TWO = '{"nodes": [{"id": "final_result", "op": "const", "val": 2}]}'


def value(text: str) -> object:
    """The value of the one node in ``text``."""
    (node,) = extract(text).nodes
    return node["val"]


@pytest.mark.parametrize("fence", ["", "```json\n"])
def test_no_prefix_of_an_output_is_read(fence: str) -> None:
    """Wherever an output stops before its last bracket, it is refused."""
    whole = fence + ONE
    for end in range(len(whole)):
        with pytest.raises(GraphParseError):
            extract(whole[:end])
    assert value(whole) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"Use {{ to open. {ONE}",
        f'$\\frac{{1}}{{2}}$ and {{1, 2}} and he said "so: {ONE}',
        f'{ONE} as the shape {{"nodes": [...]}} wants.',
        f'{{"thought": "যোগ"}} {ONE} {{"done": true}}',
        f"{TWO} wait, no:\n{ONE}",
        f'```json\n{{"nodes": [{{"id": "a", "op\n```\nAgain:\n```json\n{ONE}\n```',
        f"{ONE}\n{ONE[:40]}",
        f"{ONE}\n```json\n{ONE[:40]}\n```",
    ],
    ids=["brace", "latex", "shape", "others", "draft", "fence", "loop", "fenced loop"],
)
def test_last_whole_graph_is_found(text: str) -> None:
    """Braces of prose, other objects, drafts and a loop that is cut off do not hide the answer."""
    assert value(text) == 1


def test_unfinished_correction_is_refused() -> None:
    """A graph that the model was about to replace is not its answer."""
    with pytest.raises(GraphParseError, match="cut off"):
        extract(f'{ONE} No: {{"nodes": [{{"id": "b", "op": "const", "val": 7')


def test_truncation_says_where() -> None:
    """The path is the node in which the output stops, the message its line and column."""
    nodes = '{"nodes": [{"id": "a", "op": "const", "val": 1},\n{"id": "b", "op": "co'
    with pytest.raises(GraphParseError, match="line 2, column 22") as caught:
        extract(nodes)
    assert caught.value.faults[0].path == "$.nodes[1]"


@pytest.mark.parametrize(
    ("bare", "read"),
    [
        ("12kg", "12kg"),
        ("12 কেজি", "12 কেজি"),
        ("1,200", "1,200"),
        ("১,২০,০০০", "১,২০,০০০"),
        ("+5", "+5"),
        ("5 // টাকা", 5),
        ("5 /* টাকা } */", 5),
        ("7,", 7),
    ],
)
def test_values_without_quotes_are_mended(bare: str, read: object) -> None:
    """A value that is no JSON number is kept as text, and said; remarks are dropped."""
    text = f'{{"nodes": [{{"id": "a", "val": {bare}\n}}]}}'
    assert value(text) == read
    assert extract(text).repairs


def test_words_and_digits_of_other_languages_are_mended() -> None:
    """Python's True and Bangla digits outside quotes have one meaning; inside they are text."""
    nodes = extract('{"nodes": [{"args": [১২], "distractor": True, "label": "True ১"}]}').nodes
    assert nodes == [{"args": [12], "distractor": True, "label": "True ১"}]


@pytest.mark.parametrize(
    "text",
    [
        '{"nodes": [{"id": "a", "val": 1, "val": 2}]}',
        '{"nodes": [], "nodes": []}',
        "{'nodes': []}",
        "{nodes: []}",
        '{"nodes": [1 2]}',
        '{"nodes": [1, 2}]}',
        '{"graph": {"nodes": []}}',
        '{"nodes": "a"}',
        "  ",
        "{}",
    ],
)
def test_ambiguous_or_other_text_is_refused(text: str) -> None:
    """A key written twice, another syntax or another shape is never guessed at."""
    with pytest.raises(GraphParseError) as caught:
        extract(text)
    assert caught.value.faults[0].path.startswith("$")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a":' * 9_000, "nested"),
        ('{"nodes":' + "[" * 5_000, "nested"),
        ('{"nodes": [' + "{}," * 20_000, "more than"),
        ('{"a": 1}' * 200, "more than"),
        ('{"nodes": [' + "[]" * 40_000, "brackets"),
        ('{"nodes": [' + "1, " * 20_000 + "]}", "not JSON"),
        (" " * 2_000_000, "characters"),
    ],
    ids=["objects", "lists", "nodes", "pieces", "brackets", "long slip", "long"],
)
def test_size_and_depth_are_bounded(text: str, message: str) -> None:
    """What is too deep, too long or too much is refused with that reason."""
    with pytest.raises(GraphParseError, match=message):
        extract(text)


def test_slips_of_a_long_object_are_not_mended() -> None:
    """Mending is bounded, sound JSON of that length is not."""
    label = "ক" * MAX_MENDED
    text = f'{{"nodes": [{{"val": 3, "label": "{label}"}}]}}'
    assert value(text) == 3
    with pytest.raises(GraphParseError, match="not JSON"):
        extract(text.replace("}]", "},]"))


def test_numbers_keep_their_digits() -> None:
    """A decimal, a huge int and NaN stay as they were written."""
    numbers = ["0.10", "9" * 5_000, "NaN", "-Infinity", "1e400"]
    nodes = extract(f'{{"nodes": [{", ".join(numbers)}]}}').nodes
    assert nodes == numbers
    assert all(isinstance(number, WrittenNumber) for number in nodes)


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    """What is read can always be written as UTF-8; whole pairs stay."""
    text = r'{"nodes": [{"id": "\ud83d\ude00", "label": "\ud83d", "args": ["\udc00"]}]}'
    (node,) = extract(text).nodes
    assert node["id"] == "😀"
    assert json.dumps(node, ensure_ascii=False).encode()
