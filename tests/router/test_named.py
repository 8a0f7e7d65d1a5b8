"""What is counted of a text: each word's bits, and how numbers and the question stand together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.router.language import language_of
from dagger_tools.router.named import NAMES, named_features
from dagger_tools.router.ngrams import canonical_text, grams
from dagger_tools.router.words import BIT, look_up, names_of


def features(text: str) -> tuple[str, ...]:
    """The names of a text as the router finds them."""
    canonical = canonical_text(text)
    return named_features(canonical, language_of(text), grams(canonical))


def test_a_word_brings_its_cues_numbers_and_stem() -> None:
    """Marks around a word do not matter, an ending does not change its stem, a number has none."""
    asks, bracket, number = look_up(["কতটি?", "(00টি", "00টি"])
    assert asks.bits & BIT["asks how many"]
    assert bracket.numbers == 1
    assert number.stem == ""
    for inflected, plain in (("ঝিনুকের", "ঝিনুক"), ("ঘণ্টায়", "ঘণ্টা")):
        first, second = look_up([inflected, plain])
        assert first.stem == second.stem


def test_long_tokens_are_cut_before_they_are_kept() -> None:
    """Words that differ after sixty characters are one to the cache: no message fills the memory."""
    start = "ক" * 100
    first, second = look_up([start + "খ", start + "গ"])
    assert first is second


def test_bits_become_names() -> None:
    """Those of the text and those of its question are told apart."""
    bit = BIT["asks how many"]
    assert names_of(bit, 0) == ["asks how many"]
    assert names_of(0, bit) == ["the question itself: asks how many"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ঝুড়িতে ১২টি আম ও ৫টি লিচু আছে। কয়টি আম আছে?", "asks for what was counted"),
        ("রিনার ৭টি ফুল ছিল। সে ৩টি ফুল দিল। কয়টি ফুল আছে?", "asks for what was counted twice"),
        ("গাড়ির ৪ চাকা। ৩টি গাড়ির চাকা কয়টি?", "asks for what was counted, naming it first"),
        ("৩টি বাস ও ২টি ট্রাক থামল। সেখানে কয়জন নামল?", "asks for what was not named"),
        ("সেতুটি ১৯৯৮ সালে চালু হয়। খরচ কত?", "one number before the question"),
        ("৫ ও ৭ এর যোগফল কত?", "two numbers in the question or more"),
        ("১২ এর ২৫% কত?", "holds a percentage"),
        ("১৯৭১ সালে কী হয়েছিল?", "holds what may be a year"),
        ("বাসে ৯৭ জন ছিল। ৫০ জন নামল। কতজন রইল?", "counts one thing more than once"),
        ("ঘরে ৬টি চেয়ার ও ২টি টেবিল। টেবিল কয়টি?", "counts different things"),
        ("ঘরে ৬টি চেয়ার ও ২টি টেবিল। টেবিল কয়টি?", "how many is the last word"),
        ("৩টি বাস থামল। মোট কতজন নামল?", "how many stands before the last word"),
        ("৪টি খাতার দাম কত টাকা, ৭টির কত?", "asks how many more than once"),
        ("আর ক'টি রইল?", "asks how many"),
        ("সাত আর বারোর গুণফল কত?", "holds numbers in words alone"),
        ("১৫০০০ টাকার ৬% কত?", "holds a numeral of five digits"),
        ("৫ ও ৭ এর যোগফল কত?", "the question has up to six words"),
    ],
)
def test_structure_is_named(text: str, name: str) -> None:
    """Where numbers stand, and whether the thing asked for was counted before."""
    assert name in features(text)


@given(st.text(max_size=200))
def test_only_known_names_are_found(text: str) -> None:
    """Each once: the network has a row for every one of them."""
    found = features(text)
    assert len(found) == len(set(found))
    assert set(found) <= set(NAMES)
