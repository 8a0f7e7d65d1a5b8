"""One form for Bangla text, and the way back."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.text import normalise

BANGLA = st.text(st.characters(min_codepoint=0x0980, max_codepoint=0x09FF), max_size=40)


def test_both_spellings_become_one() -> None:
    """য় ড় ঢ় and ো ৌ read alike however they were typed."""
    assert (
        normalise("\u09df\u09dc\u09dd").text
        == normalise("\u09af\u09bc\u09a1\u09bc\u09a2\u09bc").text
    )
    assert normalise("\u0995\u09c7\u09be").text == "\u0995\u09cb"


def test_invisible_characters_are_dropped_and_blanks_are_plain() -> None:
    """Zero-width, bidirectional and control characters go; every blank is a space."""
    assert normalise("ক\u200b\u200d\u202e\ufeff\x00খ\u00a0গ\tঘ").text == "কখ গ ঘ"


def test_line_breaks_stay() -> None:
    """A new line parts sentences, so it is kept."""
    assert normalise("ক\nখ").text == "ক\nখ"


@given(BANGLA)
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The form is a fixed point."""
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.text(max_size=60))
def test_offsets_lead_back(text: str) -> None:
    """Offsets rise, one for each character and one for the end."""
    whole = normalise(text)
    assert len(whole.offsets) == len(whole.text) + 1
    assert list(whole.offsets) == sorted(whole.offsets)
    assert whole.offsets[-1] == len(text)


@given(st.text(st.sampled_from("কখডঢযো\u09bc\u09be\u09c7 \u09df"), max_size=30))
def test_agrees_with_nfc_on_what_it_composes(text: str) -> None:
    """Where NFC decomposes or composes these letters, so does this."""
    assert unicodedata.normalize("NFC", normalise(text).text) == unicodedata.normalize("NFC", text)
