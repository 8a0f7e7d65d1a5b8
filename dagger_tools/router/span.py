"""The question inside a message: greetings and small talk around it are left out."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_

from dagger_tools.router.cues import HOW_MANY, SMALL_TALK
from dagger_tools.router.ngrams import canonical_text
from dagger_tools.router.words import BIT, IMPLIED, look_up
from dagger_tools.text import MAX_QUESTION_CHARS, normalised

__all__ = ["question_span"]

_CLAUSE = re.compile(r"(?:[^।?!\n,;:….]|\.(?!\s|$))*(?:[।?!\n,;:…]|\.(?=\s|$))+\s*|.+$", re.DOTALL)
"""Up to its mark and the blanks after it; a full stop is one only before a blank, not in 2.5."""

_ASKS = BIT[HOW_MANY]
_TALKS = BIT[SMALL_TALK]
_COMPUTES = _ASKS | reduce(
    or_,
    [
        BIT[name]
        for name in (
            "names an operation",
            "names a part or a multiple",
            "names dozens, pairs or spans of time",
            "names what comes in a known number",
            "says what is left or lacking",
            "speaks of prices",
            "speaks of totals or comparison",
            "tells of having, giving or buying",
            IMPLIED,
        )
    ],
)
"""What is of the problem whoever is spoken to: the brother of a story, an examination's marks."""
_ORDERS = BIT["tells to work out"] | BIT["asks who, when, where, which, why"]
"""What asks where nothing else does, and after "how many?" is a plea: do work it out, please."""
_PROBLEM = ("অঙ্ক", "অংক", "ম্যাথ", "গণিত", "প্রশ্ন", "math", "ongko", "onko", "proshno")
_ARTICLE = ("একট", "ekt", "akt")
"""Before a word for "problem" no number: একটা অঙ্ক."""
_NEEDED = ("লাগ", "দরকার", normalised("প্রয়োজন"), "lagb", "dorkar")
"""After a word of plea nothing of the problem lacks: হেল্প লাগবে."""


def question_span(text: str) -> tuple[int, int]:
    """``[start, end)`` of the question in the message ``text``.

    From both ends clauses are left out that speak of help, greeting or thanks and hold nothing to
    compute with; what remains is one stretch, with everything between its first and last clause.
    A text of more than ``MAX_QUESTION_CHARS`` is no question, and stays as it is.
    """
    if len(text) > MAX_QUESTION_CHARS:
        return 0, len(text)
    clauses = [match.span() for match in _CLAUSE.finditer(text)]
    first, last = 0, len(clauses)
    asks = any(word.bits & _ASKS for word in look_up(canonical_text(text).split()))
    kept = _COMPUTES if asks else _COMPUTES | _ORDERS

    def is_talk(clause: tuple[int, int]) -> bool:
        words = text[slice(*clause)]
        return words.isspace() or _is_talk(words, kept)

    while first < last and is_talk(clauses[first]):
        first += 1
    while last > first and is_talk(clauses[last - 1]):
        last -= 1
    if first == last:
        return 0, len(text)
    start, end = clauses[first][0], clauses[last - 1][1]
    while end > start and text[end - 1] in " ,\n":
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end


def _is_talk(clause: str, kept: int) -> bool:
    """Whether it speaks to somebody, and holds neither a number nor a bit of ``kept``."""
    tokens = canonical_text(clause).split()
    words = look_up(tokens)
    bits = 0
    for place, (token, word) in enumerate(zip(tokens, words, strict=True)):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token.startswith(_ARTICLE) and after.startswith(_PROBLEM):
            continue
        if token.startswith(_NEEDED) and place and words[place - 1].bits & _TALKS:
            continue
        if word.numbers:
            return False
        bits |= word.bits
    return bool(bits & _TALKS) and not bits & kept
