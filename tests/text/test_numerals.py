"""Numbers in Bangla text: value, kind, unit and span."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.text import find_numbers, parse_number, share_in_words, split_unit, to_words
from dagger_tools.text.spellings import SPELLINGS


def values(text: str) -> list[str]:
    """The values of all numbers, as text."""
    return [str(number.value) for number in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("১০০টি কলম", ["100"]),
        ("100 টি কলম", ["100"]),
        ("১,২০,০০০ টাকা ও 1,200 টাকা", ["120000", "1200"]),
        ("৫,৬,৭ যোগ কর", ["5", "6", "7"]),
        ("২.৫ কেজি", ["5/2"]),
        ("৫ লাখ ২০ হাজার", ["520000"]),
        ("২.৫ কোটি", ["25000000"]),
        ("তিনটি ও পাঁচজন", ["3", "5"]),
        ("১০টির এবং ২৫-এর", ["10", "25"]),
        ("দু'টি, দুইটা, দুজন", ["2", "2", "2"]),
        ("পাঁচ লাখ বিশ হাজার তিনশো পঁচিশ", ["520325"]),
        ("দুই শো কোটি নয়", ["2000000009"]),
        ("মাইনাস এক শো", ["-100"]),
        ("তাপমাত্রা -৫ ডিগ্রি", ["-5"]),
        ("১০-৫ এবং ৫ - ৩", ["10", "5", "5", "3"]),
        ("হাজার টাকা", ["1000"]),
    ],
)
def test_whole_and_decimal_numbers(text: str, expected: list[str]) -> None:
    """Digits, grouping, words, scales and glued classifiers give exact values."""
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("অর্ধেক", "1/2"),
        ("আধা কেজি", "1/2"),
        ("দেড় লিটার", "3/2"),
        ("আড়াই হাজার টাকা", "2500"),
        ("দেড়শো টাকা", "150"),
        ("পৌনে দুই ঘণ্টা", "7/4"),
        ("সোয়া পাঁচ কেজি", "21/4"),
        ("সাড়ে তিনশো টাকা", "350"),
        ("এক-তৃতীয়াংশ", "1/3"),
        ("দুই-পঞ্চমাংশ", "2/5"),
        ("তিন চতুর্থাংশ", "3/4"),
        ("৩/৪ অংশ", "3/4"),
        ("২ ১/২ কেজি", "5/2"),
        ("২½ কেজি", "5/2"),
    ],
)
def test_fractions(text: str, expected: str) -> None:
    """Fractions in figures and in words are one number each."""
    assert values(text) == [expected]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("দ্বিগুণ, তিনগুণ, ৩ গুণ", ["multiple"] * 3),
        ("৫:৬ অনুপাতে", ["ratio", "ratio"]),
        ("সকাল ৯:৩০ টায়", ["clock"]),
        ("২০% ও শতকরা ১৫ ভাগ ও ১২ শতাংশ", ["percent"] * 3),
        ("৫ম, ২য়, প্রথম, ১০ই", ["ordinal"] * 4),
        ("একটি আম ও এক দিন", ["article", "article"]),
        ("এক কেজি", ["integer"]),
        ("০.৫", ["decimal"]),
        ("১/২", ["fraction"]),
    ],
)
def test_kinds(text: str, kinds: list[str]) -> None:
    """A number says what kind it is."""
    assert [number.kind for number in find_numbers(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "এটা ঠিক নয়।",
        "তিনি দুধ খান",
        "একসাথে চলি",
        "আটা আনো",
        "চারা লাগাও",
        "নয়ন এল",
        "হাজার হাজার মানুষ",
        "কোটিপতি",
    ],
)
def test_words_that_only_look_like_numbers(text: str) -> None:
    """She, milk, together, flour, seedlings and "is not" are no numbers."""
    assert values(text) == []


def test_nine_counts_before_a_classifier_or_scale() -> None:
    """নয় is nine where something is counted."""
    assert values("নয়টি আম, নয় হাজার টাকা") == ["9", "9000"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("৫০ টাকা", "টাকা"),
        ("৳৫০০", "টাকা"),
        ("$20", "ডলার"),
        ("৫০টাকা", "টাকা"),
        ("12kg", "কেজি"),
        ("৩ ঘন্টায়", "ঘণ্টা"),
        ("২০%", "%"),
        ("৩ ডজন", "ডজন"),
        ("৫টি আম", None),
    ],
)
def test_units(text: str, unit: str | None) -> None:
    """A unit is found behind, in front of or glued to its number, under its one name."""
    assert find_numbers(text)[0].unit == unit


def test_noun_is_what_is_counted() -> None:
    """The thing counted is the word behind the classifier, without its ending."""
    assert [n.noun for n in find_numbers("১০০টি কলমের মধ্যে ৫ জন ছাত্র")] == ["কলম", "ছাত্র"]


def test_spans_are_of_the_original_text() -> None:
    """Dropped characters and decomposed letters do not shift a span."""
    text = "\u200bদয়ার\u200d কাছে ১\u200c০০টি কলম, আড়াই হাজার টাকা"
    for number in find_numbers(text):
        assert text[number.start : number.end] == number.text
    assert values(text) == ["100", "2500"]


def test_spelling_table_parses() -> None:
    """Every spelling of 0 to 99 is read, alone and before a classifier."""
    for value, words in enumerate(SPELLINGS):
        for word in words:
            assert parse_number(word) == value
            assert values(f"তার কাছে {word}টি কলম") == ([str(value)])


def test_precomposed_letters_read_alike() -> None:
    """ছয় and আড়াই are the same in both of Unicode's spellings."""
    assert parse_number("\u099b\u09df") == parse_number("\u099b\u09af\u09bc") == 6
    assert parse_number("\u0986\u09dc\u09be\u0987") == Fraction(5, 2)


@given(st.integers(0, 10**9))
def test_words_round_trip(value: int) -> None:
    """A number written in words is read as itself."""
    assert parse_number(to_words(value)) == value


@pytest.mark.parametrize("value", [Fraction(n, d) for d in range(2, 11) for n in range(1, d)])
def test_parts_in_words_are_read_back(value: Fraction) -> None:
    """Every part of a whole down to tenths has words, and they mean it."""
    words = share_in_words(value)
    assert words is not None
    assert parse_number(words) == value


@pytest.mark.parametrize("value", [Fraction(0), Fraction(1), Fraction(3, 2), Fraction(1, 11)])
def test_what_is_no_usual_part_has_no_words(value: Fraction) -> None:
    """Nothing, a whole, more than one and elevenths are not written so."""
    assert share_in_words(value) is None


@given(st.text(max_size=200))
def test_any_text_has_numbers_in_order(text: str) -> None:
    """Nothing raises; spans lie in the text, in order, and hold what they say."""
    end = 0
    for number in find_numbers(text):
        assert number.start >= end
        assert text[number.start : number.end] == number.text
        end = number.end


BANGLA = st.text(st.sampled_from("০১২৫ এক শো হাজার লাখ কোটি পৌনে সাড়ে নয় টি-/:,.%½ মাইনাস"), max_size=60)


@given(BANGLA)
def test_scraps_of_numerals_never_raise(text: str) -> None:
    """Any heap of numeral pieces is read somehow."""
    find_numbers(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,200", 1200),
        ("১,২০,০০০", 120000),
        ("-3.5", Fraction(-7, 2)),
        ("2/3", Fraction(2, 3)),
        ("সাত", 7),
    ],
)
def test_parse_number(text: str, expected: Fraction) -> None:
    """One numeral, as a model writes it, is read exactly."""
    assert parse_number(text) == expected


@pytest.mark.parametrize("text", ["", "কলম", "৫ ৬", "12kg", "NaN", "ক ৫"])
def test_parse_number_refuses(text: str) -> None:
    """What is not exactly one number is a ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12kg", 12, "কেজি"),
        ("১২ কেজি", 12, "কেজি"),
        ("৫টি", 5, "টি"),
        ("৳৫০", 50, "টাকা"),
        ("২০%", 20, "%"),
    ],
)
def test_split_unit(text: str, value: int, unit: str) -> None:
    """A number and what is stuck on it come apart."""
    assert split_unit(text) == (Fraction(value), unit)
