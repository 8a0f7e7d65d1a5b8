"""Distractors for foreign rows, in the columns of DistractMath-Bn."""

from __future__ import annotations

from typing import Any

from dagger_tools.corpus.augment import Augmenter
from dagger_tools.corpus.distract import KINDS
from dagger_tools.graph import Graph, execute
from dagger_tools.text import read_question

# rows of our own, in the manner of a teacher's list
ROWS: list[dict[str, Any]] = [
    {
        "question": "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?",
        "answer": 500,
        "compact": "n1 * n2",
    },
    {
        "question": "রাজু ৪০টি মার্বেল নিয়ে খেলতে বসল। সে ১২টি হারাল। রাজুর কতটি মার্বেল বাকি?",
        "answer": "২৮",
        "graph": {
            "nodes": [
                {"id": "a", "op": "const", "val": 40},
                {"id": "b", "op": "const", "val": 12},
                {"id": "final_result", "op": "sub", "args": ["a", "b"]},
            ]
        },
    },
    {"question": "একটি ঘরের দৈর্ঘ্য ১২ মিটার ও প্রস্থ ৯ মিটার। ঘরটির ক্ষেত্রফল কত?", "answer": 108},
]
COLUMNS = {
    "row_index",
    "original_question",
    "modified_question",
    "ground_truth",
    "augmentation_type",
    "added_sentences",
    "justification",
    "answers_match",
}


def augmented(**options: Any) -> list[dict[str, Any]]:
    """The rows that come of ``ROWS``."""
    augmenter = Augmenter(kinds=KINDS, **options)
    return [out for i, row in enumerate(ROWS, start=1) for out in augmenter.rows(i, row)]


def test_rows_have_the_published_columns_and_one_kind_each() -> None:
    """One row for each kind that a question takes; a room has no owner, so it takes no RED."""
    rows = augmented()
    assert [(row["row_index"], row["augmentation_type"]) for row in rows] == [
        (1, "RED"), (1, "OAD"), (1, "NEED"), (2, "RED"), (2, "OAD"), (2, "NEED"), (3, "OAD"), (3, "NEED"),
    ]  # fmt: skip
    assert all(row.keys() >= COLUMNS for row in rows)


def test_rows_with_a_graph_are_proven() -> None:
    """The answer comes of the modified question's own graph, where each new number is flagged."""
    for row in augmented(sentences=3, seed=9)[:6]:
        assert row["answers_match"] is True
        numbers = read_question(row["modified_question"]).numbers
        graph = Graph.from_compact(row["compact"], numbers)
        assert execute(graph).value == row["ground_truth"]
        assert sum(node.distractor for node in graph.nodes) == len(row["added_sentences"]) >= 1
        assert all(sentence in row["modified_question"] for sentence in row["added_sentences"])


def test_rows_without_a_graph_claim_nothing() -> None:
    """Without a graph there is nothing to execute: the match is null, not true."""
    assert [row["answers_match"] for row in augmented() if row["row_index"] == 3] == [None, None]


def test_a_wrong_answer_is_told() -> None:
    """A row whose graph does not give its answer does not match."""
    (row,) = Augmenter(kinds=("oad",)).rows(1, {**ROWS[0], "answer": 499})
    assert row["answers_match"] is False


def test_each_row_has_a_stream_of_its_own() -> None:
    """The same seed gives the same row, whatever stands before it."""
    alone = list(Augmenter(kinds=KINDS, seed=4).rows(2, ROWS[1]))
    assert [row for row in augmented(seed=4) if row["row_index"] == 2] == alone
    assert alone != list(Augmenter(kinds=KINDS, seed=5).rows(2, ROWS[1]))


def test_bad_rows_become_errors() -> None:
    """A graph that does not fit, and an answer that is none, name what is wrong."""
    augmenter = Augmenter(kinds=KINDS)
    faults = [
        {"question": " "},
        {**ROWS[0], "answer": "many"},
        {**ROWS[0], "compact": "n1 * n9"},
        {**ROWS[1], "graph": {"nodes": []}},
    ]
    for fault in faults:
        (row,) = augmenter.rows(7, fault)
        assert row["row_index"] == 7
        assert row["error"]["message"]
    assert augmenter.faults == len(faults)
