"""What one word of a canonical text brings along: cues as bits of one integer, numbers, its stem.

Looking a word's beginnings up in one table costs a microsecond where a pattern for each cue costs
ten; what was found is kept, and a text's cues are one ``or`` over its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dagger_tools.router.cues import CUES, ENDINGS, LATIN_NUMBERS
from dagger_tools.text import find_numbers, find_unit, normalised, strip_ending

__all__ = ["BIT", "IMPLIED", "Word", "look_up", "names_of"]

IMPLIED = "holds an ordinal or an article"
"""Of what is a number word, but no quantity: প্রথম, একটি."""
_YEAR = "holds what may be a year"
_DECIMAL = "holds a decimal"
_PERCENT = "holds a percentage"
_COUNTER = "counts things one by one"

_NAMES = (*CUES, *ENDINGS, IMPLIED, _YEAR, _DECIMAL, _PERCENT, _COUNTER)
BIT = {name: 1 << place for place, name in enumerate(_NAMES)}
"""Each name that a word may bring along, with its bit."""

_TOKEN_CHARS = 64
"""Of a longer token the beginning is looked at, and kept."""
_CUE_CHARS = 10
"""Of a cue's word, that tells it from all others."""
_STEM = 5
_COUNTERS = ("টি", "টা", "জন", "খানা", "ti", "ta", "jon")


class Word(NamedTuple):
    """``bits`` of the names, how many ``numbers``, and the ``stem`` (a number and a sign have none)."""

    bits: int
    numbers: int
    stem: str


def _table() -> tuple[dict[str, int], dict[str, int]]:
    whole: dict[str, int] = {}
    beginnings: dict[str, int] = {}
    for name, words in CUES.items():
        for word in normalised(words).split():
            table = whole if word.endswith("$") else beginnings
            key = word.rstrip("$")[:_CUE_CHARS]
            table[key] = table.get(key, 0) | BIT[name]
    return whole, beginnings


_WHOLE, _BEGINNINGS = _table()
_LENGTHS = tuple(sorted({len(word) for word in _BEGINNINGS}))


def look_up(tokens: Sequence[str]) -> list[Word]:
    """The word of each token, with or without the marks around it."""
    # cut before the cache, which would keep whole messages without blanks
    if max(map(len, tokens), default=0) > _TOKEN_CHARS:
        tokens = [token[:_TOKEN_CHARS] for token in tokens]
    return list(map(_look_up, tokens))


@lru_cache(maxsize=8192)
def _look_up(token: str) -> Word:
    word = token.strip("।?!,;:()'\"-")
    bits = _WHOLE.get(word, 0)
    for length in _LENGTHS:
        if length > len(word):
            break
        bits |= _BEGINNINGS.get(word[:length], 0)
    for name, endings in ENDINGS.items():
        if len(word) > 2 and word.endswith(endings):
            bits |= BIT[name]
    found = find_numbers(token)
    numbers = sum(number.is_quantity for number in found) or int(word in LATIN_NUMBERS)
    if numbers:
        bits |= BIT[_YEAR] * (word.startswith("0000") and not word[4:5].isdigit())
        bits |= BIT[_COUNTER] * word.endswith(_COUNTERS)
        bits |= BIT[_DECIMAL] * ("0.0" in word) | BIT[_PERCENT] * ("%" in word)
        return Word(bits, numbers, "")
    if found:
        return Word(bits | BIT[IMPLIED], 0, "")
    unit = find_unit(word)
    return Word(bits, 0, unit.name if unit else _stem(word))


def _stem(word: str) -> str:
    """A word's beginning, without its ending where that leaves something: the same thing's name."""
    stem = strip_ending(word) if len(word) >= _STEM else word
    return stem[:_STEM] if len(stem) > 1 else ""


def _by_byte() -> Iterator[tuple[tuple[str, ...], ...]]:
    names = [*_NAMES, *(f"the question itself: {name}" for name in _NAMES)]
    for first in range(0, len(names), 8):
        eight = names[first : first + 8]
        yield tuple(
            tuple(name for place, name in enumerate(eight) if byte >> place & 1)
            for byte in range(256)
        )


_TABLES = tuple(_by_byte())
"""The names of each value of each byte: a byte at a time is quicker than a bit at a time."""


def names_of(text: int, question: int) -> list[str]:
    """The names of a text's bits, and those of its question's, apart from each other."""
    both = text | question << len(_NAMES)
    found: list[str] = []
    for byte, table in zip(both.to_bytes(len(_TABLES), "little"), _TABLES, strict=True):
        if byte:
            found += table[byte]
    return found
