"""Data to fine-tune on: every shape that is taken, and one clear error for every one that is not."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main
from dagger_tools.errors import InputError
from dagger_tools.training.tuning.encoding import open_encoding
from dagger_tools.training.tuning.plan import Stage
from dagger_tools.training.tuning.rows import read_rows
from tests.checkpoints import make_tokenizer

SFT: dict[str, Any] = {
    "conversations": [
        {"role": "system", "content": "Be exact."},
        {"role": "user", "content": "২ আর ৩ কত?"},
        {"role": "assistant", "content": "?"},
    ],
    "response": "{}",
    "english_answer": "৫",
}
GRPO: dict[str, Any] = {
    "prompt": [{"role": "user", "content": "২ আর ৩ কত?"}],
    "question": "২ আর ৩ কত?",
    "solution": 5.0,
}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Like Gemma's."""
    return make_tokenizer()


def written(path: Path, *rows: object) -> str:
    """A JSONL file of these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def test_published_columns_are_read(tmp_path: Path) -> None:
    """Those of both configs; messages may be called as ShareGPT files call them."""
    shared = {**SFT, "conversations": [{"from": "human", "value": "কত?"}], "english_answer": None}
    first, second = read_rows(written(tmp_path / "a.jsonl", SFT, shared), "sft")
    assert (first.system, first.user, first.response) == ("Be exact.", "২ আর ৩ কত?", "{}")
    assert first.answer == 5
    assert (second.user, second.answer) == ("কত?", None)
    (row,) = read_rows(written(tmp_path / "b.jsonl", {**GRPO, "solution": "2/3"}), "grpo")
    assert (row.user, row.answer, row.response) == ("২ আর ৩ কত?", Fraction(2, 3), None)


def test_what_is_not_read_of_a_conversation_may_be_blank(tmp_path: Path) -> None:
    """A blank system message is none, and what the model said is not looked at."""
    asked = [
        {"role": "system", "content": " "},
        {"role": "user", "content": "কত?"},
        {"role": "assistant", "content": None},
    ]
    (row,) = read_rows(written(tmp_path / "a.jsonl", {**SFT, "conversations": asked}), "sft")
    assert (row.system, row.user) == (None, "কত?")


@pytest.mark.parametrize("solution", [1e-80, 1e99, 0.1, "2/3", "1e-80", -12])
def test_gold_answers_that_are_read_can_be_paid_for(
    tmp_path: Path, tokenizer: Any, solution: object
) -> None:
    """What the reward is told of a row is a gold answer to it too, however small or large."""
    (row,) = read_rows(written(tmp_path / "a.jsonl", {**GRPO, "solution": solution}), "grpo")
    assert row.answer is not None
    encoding = open_encoding(tokenizer, "base", "data")
    told = encoding.extra(row)["solution"]
    assert encoding.reward(0.0)(completions=["none"], solution=[told]) == [0.0]


def test_a_folder_gives_the_files_of_the_stage(tmp_path: Path) -> None:
    """A copy of the hub holds both configs and several splits: only the right file is read."""
    written(tmp_path / "sft" / "train.jsonl", SFT)
    written(tmp_path / "sft" / "validation.jsonl", SFT, SFT)
    written(tmp_path / "grpo" / "train.jsonl", GRPO, GRPO, GRPO)
    assert len(read_rows(str(tmp_path), "sft")) == 1
    assert len(read_rows(str(tmp_path), "grpo")) == 3


@pytest.mark.parametrize(
    ("stage", "change", "told"),
    [
        ("sft", {"response": None}, "column 'response': it is missing"),
        ("sft", {"response": " "}, "column 'response': a text was expected"),
        ("sft", {"response": "{\ud800}"}, "column 'response': half a character"),
        ("sft", {"conversations": []}, "column 'conversations': 0 user messages"),
        (
            "sft",
            {"conversations": [{"role": "system", "content": c} for c in "ab"] + GRPO["prompt"]},
            "2 system messages where there is room for one",
        ),
        (
            "sft",
            {"conversations": [{"role": "assistant", "content": "?"}, *GRPO["prompt"]]},
            "the model speaks before the user does",
        ),
        ("sft", {"conversations": [{"role": "user", "content": "\udc00"}]}, "half a character"),
        ("sft", {"conversations": [{"role": "user", "content": None}]}, "a text was expected"),
        ("sft", {"english_answer": "1e-99"}, "column 'english_answer'"),
        ("grpo", {"solution": 1e120}, "column 'solution'"),
        ("grpo", {"solution": "-1e99"}, "column 'solution'"),
        ("grpo", {"solution": 10**120}, "column 'solution'"),
        ("sft", {"conversations": 3}, "column 'conversations'"),
        ("sft", {"conversations": [{"role": "pupil", "content": "?"}]}, "no role 'pupil'"),
        ("sft", {"conversations": ["?"]}, "role and content"),
        ("sft", {"english_answer": "five"}, "column 'english_answer': 'five' is no gold answer"),
        ("grpo", {"solution": None}, "column 'solution': it is missing"),
        ("grpo", {"solution": True}, "column 'solution': a number was expected"),
        ("grpo", {"solution": float("nan")}, "column 'solution': a number was expected"),
        ("grpo", {"question": 5}, "column 'question': a text was expected"),
        ("grpo", {"prompt": [GRPO["prompt"][0]] * 2}, "column 'prompt': 2 user messages"),
    ],
)
def test_faults_name_row_and_column(
    tmp_path: Path, stage: Stage, change: dict[str, Any], told: str
) -> None:
    """The second line of the file is at fault, and the error says so."""
    good = SFT if stage == "sft" else GRPO
    with pytest.raises(InputError) as caught:
        read_rows(written(tmp_path / "rows.jsonl", good, {**good, **change}), stage)
    assert "rows.jsonl:2" in caught.value.message
    assert told in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("source", ["no/such/folder", "rows.jsonl"])
def test_data_that_is_not_there_is_an_error(source: str) -> None:
    """Neither a file nor a hub id."""
    with pytest.raises(InputError, match="cannot read"):
        read_rows(source, "sft")


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    """Nothing to train on."""
    with pytest.raises(InputError, match="holds no row"):
        read_rows(written(tmp_path / "rows.jsonl"), "grpo")


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_the_bank_writes_what_is_read(tmp_path: Path, stage: Stage) -> None:
    """``dagger-tools problems --format`` needs nothing done to it."""
    path = tmp_path / "bank.jsonl"
    asked = ["problems", "--format", stage, "--count", "5", "--distractors", "red,oad,need"]
    assert CliRunner().invoke(main, [*asked, "-o", str(path)]).exit_code == 0
    rows = read_rows(str(path), stage)
    assert len(rows) == 5
    assert all(row.question and row.answer is not None and row.compact for row in rows)
