"""The same message as others would type it."""

from __future__ import annotations

import random

import pytest

from dagger_tools.training.router_varied import (
    as_order,
    as_spoken,
    in_words,
    mixed_with_english,
    varied,
)

STORY = "রিনার ১২টি কলম ছিল। সে ৫টি দিল। দাম ২.৫ টাকা। এখন কলম কয়টি?"


@pytest.mark.parametrize("text", ["২৪ ও ৩৬ এর গসাগু কত?", "বাগানের পরিসীমা কত হবে?", "বাসে কয়জন রইল?"])
def test_a_question_becomes_an_order(text: str) -> None:
    """Without its mark, what it asks about as it was."""
    for seed in range(20):
        order = as_order(text, random.Random(seed))
        assert "?" not in order
        assert order.startswith(text.split(" কত")[0].rstrip("?"))


def test_what_asks_nothing_is_no_order() -> None:
    """A statement stays, and Latin letters get no Bangla word after them."""
    rng = random.Random(1)
    assert as_order("বাস ছাড়ে ৭টায়।", rng) == "বাস ছাড়ে ৭টায়।"
    assert as_order("koyta kolom roilo?", rng) == "koyta kolom roilo"


def test_short_numerals_are_put_in_words() -> None:
    """Not those of decimals, dates and times."""
    assert in_words("১২টি, ২.৫ টাকা, ৭:৩০, ১৯৭১ সাল", random.Random(1)) == (
        "বারোটি, ২.৫ টাকা, ৭:৩০, ১৯৭১ সাল"
    )


def test_words_become_those_of_speech_and_of_english() -> None:
    """Endings stand apart after an English word."""
    rng = random.Random(1)
    spoken = {as_spoken("সে ৫টি আম কিনেছে।", rng) for _ in range(40)}
    assert any("কিনসে" in text for text in spoken)
    assert any("৫টা" in text for text in spoken)
    mixed = {mixed_with_english("বইয়ের দাম ২০ টাকা", rng) for _ in range(40)}
    assert any("price ২০ taka" in text for text in mixed)


def test_a_text_varies_by_chance_alone() -> None:
    """The same generator gives the same text; many give many, some in Latin letters."""
    assert varied(STORY, random.Random(3)) == varied(STORY, random.Random(3))
    texts = {varied(STORY, random.Random(seed)) for seed in range(60)}
    assert len(texts) > 20
    assert any(text.isascii() for text in texts)
