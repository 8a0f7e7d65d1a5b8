"""``route``: one text's verdict, and files of texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
WEATHER = "আজ আবহাওয়া কেমন?"


def route(*words: str | Path) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; anything but a clean exit fails the test."""
    result = CliRunner().invoke(main, ["route", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, each a whole line."""
    raw = path.read_bytes()
    assert raw.endswith(b"\n") or not raw
    return [json.loads(line) for line in raw.decode("utf-8").splitlines()]


def texts(path: Path, *found: str) -> Path:
    """A file of texts with ids."""
    lines = [json.dumps({"id": f"t{i}", "text": text}) + "\n" for i, text in enumerate(found)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "math"),
    [(PENS, True), (WEATHER, False), ("What is 2 + 2?", False), ("১২৩৪৫", False)],
)
def test_one_text_gets_a_verdict(text: str, math: bool) -> None:
    """--json holds the fields of the design; the verdict itself is no failure."""
    code, out, err = route("--json", text)
    row = json.loads(out)
    assert (code, err) == (0, "")
    assert set(row) == {"math", "score", "language", "reasons", "verdict", "scope", "span"}
    assert row["math"] is math
    assert 0 <= row["score"] <= 1
    assert row["reasons"]
    assert all(isinstance(reason, str) for reason in row["reasons"])


def test_people_see_verdict_and_reasons() -> None:
    """The same verdict, a line a reason."""
    row = json.loads(route("--json", WEATHER)[1])
    lines = route(WEATHER)[1].splitlines()
    assert lines[0].startswith("math: no")
    assert [line.strip() for line in lines[1:]] == row["reasons"]


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "ক" * 1_000_000, PENS + "\udcff"])
def test_empty_and_endless_texts_are_bad_usage(text: str) -> None:
    """Nothing, a megabyte, and half a character are no text to judge."""
    code, out, err = route(text)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert len(err) < 300


@pytest.mark.parametrize("text", [f"\x00{PENS}\x1b", f"<eos><graph>{PENS}"])
def test_odd_characters_do_not_change_the_verdict(text: str) -> None:
    """Control characters and special tokens are passed over."""
    assert json.loads(route("--json", text)[1])["math"] is True


def test_file_keeps_order_ids_and_bad_rows(tmp_path: Path) -> None:
    """Every line of the input has its row, with its verdict or its error."""
    good = json.dumps({"id": "a", "text": PENS}).encode()
    lines = [good, b"{", b'{"id": "b"}', b'{"id": "c", "text": 5}', b'{"id": "d", "text": ""}']
    lines += [b"\xff\xfe\xff", b"[" * 200_000, b'{"text": "no id"}', good, good[:-1]]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(lines))
    code, out, err = route(source, target)
    found = rows(target)
    assert (code, out) == (0, "")
    assert [row["id"] for row in found] == ["a", None, "b", "c", "d", None, None, None, "a", None]
    assert ["error" in row for row in found] == [False, *[True] * 6, False, False, True]
    assert all("math" in row for row in found if "error" not in row)
    assert all(row["error"]["message"] for row in found if "error" in row)
    assert "7 rows" in err


def test_file_and_one_text_agree(tmp_path: Path) -> None:
    """A row of a file is the id and what --json says of the text."""
    source, target = texts(tmp_path / "in.jsonl", PENS, WEATHER), tmp_path / "out.jsonl"
    route(source, target)
    for row, text in zip(rows(target), (PENS, WEATHER), strict=True):
        row.pop("id")
        assert row == json.loads(route("--json", text)[1])


def test_file_goes_on_after_an_interruption(tmp_path: Path) -> None:
    """Whole rows stay as they are, the half one is done again."""
    source = texts(tmp_path / "in.jsonl", *[PENS, WEATHER] * 300)
    target = tmp_path / "out.jsonl"
    route(source, target)
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) // 2])
    assert route(source, target)[0] == 0
    assert target.read_bytes() == whole


def test_stray_surrogate_in_a_row_does_not_stop_the_run(tmp_path: Path) -> None:
    """JSON can spell half a character; the row is judged or refused and the next one follows."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        '{"id": "\\ud800", "text": "৫ \\udfff"}\n{"id": 2, "text": "আম"}\n', encoding="utf-8"
    )
    assert route(source, target)[0] == 0
    assert [row["id"] for row in rows(target)][1:] == [2]


def test_missing_input_is_bad_usage(tmp_path: Path) -> None:
    """The path that is not there is named, and no output is begun."""
    code, _, err = route(tmp_path / "absent.jsonl", tmp_path / "out.jsonl")
    assert code == 2
    assert "absent.jsonl" in err
    assert not (tmp_path / "out.jsonl").exists()
