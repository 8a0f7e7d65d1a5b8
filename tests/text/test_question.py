"""What a question asks for, and texts that are none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dagger_tools.errors import InputError
from dagger_tools.text import MAX_QUESTION_CHARS, format_number, format_quantity, read_question


@pytest.mark.parametrize(
    ("text", "unit", "noun", "classifier"),
    [
        ("মিনা কত টাকা পাবে?", "টাকা", None, None),
        ("তার কাছে কতটি কলম আছে?", None, "কলম", "টি"),
        ("কতজন ছাত্র আছে?", None, "ছাত্র", "জন"),
        ("মোট কত কেজি চাল?", "কেজি", None, None),
        ("শতকরা কত জন?", "%", None, None),
        ("কতদিন লাগবে?", "দিন", None, None),
        ("৫০ টাকার কলম ২টি। মোট দাম কত?", "টাকা", None, None),
    ],
)
def test_what_is_asked(
    text: str, unit: str | None, noun: str | None, classifier: str | None
) -> None:
    """Unit, noun and classifier of "how many" are found."""
    question = read_question(text)
    assert (question.asked_unit, question.asked_noun, question.asked_classifier) == (
        unit,
        noun,
        classifier,
    )


def test_articles_and_ordinals_are_no_quantities() -> None:
    """A question's numbers are what a graph has to account for."""
    question = read_question("একটি ক্লাসের ৫ম সারিতে ৭ জন ছাত্র। কতজন?")
    assert [str(number.value) for number in question.numbers] == ["7"]


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n\t", "\x00\x01"])
def test_empty_text_is_refused(text: str) -> None:
    """A question without a visible character is an error with a hint."""
    with pytest.raises(InputError, match="empty") as caught:
        read_question(text)
    assert caught.value.hint


def test_long_text_is_refused() -> None:
    """A megabyte is refused by its length, before anything reads it."""
    with pytest.raises(InputError, match="1,000,000 characters"):
        read_question("ক" * 1_000_000)
    assert read_question("৫ " * (MAX_QUESTION_CHARS // 2)).numbers


def test_no_text_is_refused() -> None:
    """Bytes are no question."""
    with pytest.raises(InputError, match="bytes"):
        read_question(b"5")  # type: ignore[arg-type]  # what a careless caller does


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(500), "৫০০"),
        (Fraction(120000), "১,২০,০০০"),
        (Fraction(5, 2), "২.৫"),
        (Fraction(2, 3), "২/৩"),
        (Fraction(4, 3), "১ ১/৩"),
        (Fraction(-7, 2), "-৩.৫"),
        (Fraction(0), "০"),
        (2**0.5, "১.৪১৪২"),
    ],
)
def test_numbers_are_written_for_bangla_readers(value: Fraction | float, shown: str) -> None:
    """Bangla digits, Indian grouping, short decimals, else fractions."""
    assert format_number(value) == shown


def test_quantities_carry_what_was_asked() -> None:
    """The answer names the unit, or the thing with its classifier."""
    assert format_quantity(Fraction(500), read_question("কত টাকা?")) == "৫০০ টাকা"
    assert format_quantity(Fraction(5), read_question("কতটি কলম আছে?")) == "৫টি কলম"
    assert format_quantity(Fraction(7), read_question("কতজন ছাত্র?")) == "৭ জন ছাত্র"
    assert format_quantity(Fraction(20), read_question("শতকরা কত?")) == "২০%"
