"""``numbers``: what the text holds, where, and as strict JSON whatever its size."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main
from dagger_tools.text import MAX_QUESTION_CHARS


def numbers(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; anything but a clean exit fails the test."""
    result = CliRunner().invoke(main, ["numbers", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def found(text: str) -> list[dict[str, Any]]:
    """The rows of ``--json``, strictly JSON."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    code, out, err = numbers("--json", text)
    assert (code, err, out.count("\n")) == (0, "", 1)
    rows: list[dict[str, Any]] = json.loads(out, parse_constant=refuse)
    return rows


def test_rows_have_the_fields_scripts_rely_on() -> None:
    """Each number comes with text, value, unit and the span that cuts it from the text."""
    text = "তিনটি খাতা ২৫.৫০ টাকা, ১,২৫,০০০ জন, এক-তৃতীয়াংশ ও ২০%"
    rows = found(text)
    assert all(set(row) >= {"text", "value", "unit", "span"} for row in rows)
    assert [row["value"] for row in rows[:3]] == [3, 25.5, 125000]
    assert rows[1]["unit"] == "টাকা"
    for row in rows:
        start, end = row["span"]
        assert text[start:end] == row["text"]


def test_spans_count_in_the_text_as_it_was_given() -> None:
    """Invisible and decomposed characters before a number do not shift its span."""
    text = "\u200bবড়\u200c \ufeffবাড়ি\x00তে ১২টি আম"
    (row,) = found(text)
    start, end = row["span"]
    assert (row["value"], text[start:end]) == (12, "১২")


def test_value_stays_exact() -> None:
    """A third is no float: the value keeps it, as a number or as a rational in text."""
    (row,) = found("১/৩ অংশ")
    assert Fraction(row["value"]) == Fraction(1, 3)


def test_people_see_a_line_a_number() -> None:
    """Without --json there is one line each, with text, value and place."""
    code, out, _ = numbers("৫টি আম ও ১০টি জাম")
    assert code == 0
    assert len(out.splitlines()) == 2
    assert "৫" in out.splitlines()[0]
    assert "=  10" in out.splitlines()[1]


@pytest.mark.parametrize("text", ["", " ", "আজ আবহাওয়া কেমন?", "\x00\x1b", "<eos>"])
def test_text_without_numbers_gives_none(text: str) -> None:
    """Nothing found is no fault."""
    assert found(text) == []
    assert numbers(text) == (0, "", "")


@pytest.mark.parametrize(
    "digits", ["৯" * 310, "৯" * 310 + ".৫", "৯" * 5_000, "0." + "3" * 5_000, "১/" + "৩" * 400]
)
def test_enormous_numbers_are_listed(digits: str) -> None:
    """A number beyond a float, or beyond Python's own limit of digits, does not crash."""
    rows = found(digits)
    assert rows
    assert numbers(digits)[0] == 0


def test_text_that_is_too_long_is_bad_usage() -> None:
    """The bound is told, and what is just within it is read."""
    code, out, err = numbers("৫ " * MAX_QUESTION_CHARS)
    assert (code, out) == (2, "")
    assert f"{MAX_QUESTION_CHARS:,}" in err
    assert len(found("৫ " * (MAX_QUESTION_CHARS // 2))) == MAX_QUESTION_CHARS // 2
