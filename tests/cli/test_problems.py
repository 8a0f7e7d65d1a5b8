"""``problems`` and ``augment`` as a shell calls them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from dagger_tools.cli import main


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    result = CliRunner().invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """On standard output and in a file, twice."""
    arguments = ["problems", "--count", "20", "--seed", "5", "--distractors", "red,oad,need"]
    code, out, _ = run(*arguments)
    assert code == 0
    assert len(out.splitlines()) == 20
    target = tmp_path / "p.jsonl"
    assert run(*arguments, "-o", str(target))[0] == 0
    assert target.read_text(encoding="utf-8") == out
    assert list(tmp_path.iterdir()) == [target]


def test_selections_reach_the_rows() -> None:
    """Topic, grades and steps as a teacher types them."""
    code, out, _ = run(
        "problems", "--topic", "unit price", "--topic", "money", "--grade", "2-5", "--steps", "1,2"
    )
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {row["topic"] for row in rows} <= {"unit price", "money"}
    assert all(2 <= row["grade"] <= 5 and row["steps"] in (1, 2) for row in rows)


def test_bad_wishes_are_bad_usage() -> None:
    """Unknown topics, kinds and ranges end with 2 and say what there is."""
    code, _, error = run("problems", "--topic", "magic")
    assert code == 2
    assert "unit price" in error
    assert run("problems", "--grade", "x")[0] == 2
    code, _, error = run("problems", "--distractors", "blue")
    assert code == 2
    assert "red, oad, need" in error


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """No half file is left behind."""
    code, _, error = run("problems", "-o", str(tmp_path / "no" / "p.jsonl"))
    assert code == 2
    assert "cannot write" in error


def test_augment_goes_through_a_file(tmp_path: Path) -> None:
    """Generated problems are augmented with their own graphs; a broken line becomes an error row."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    assert run("problems", "--count", "12", "-o", str(source))[0] == 0
    with source.open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    code, _, error = run("augment", str(source), str(target), "--sentences", "2")
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert code == 0
    assert "1 rows hold an error" in error
    assert rows[-1]["row_index"] == 13
    assert "error" in rows[-1]
    assert all(row["answers_match"] is True for row in rows[:-1])
    assert {row["augmentation_type"] for row in rows[:-1]} >= {"OAD", "NEED"}
