"""Tokens of normalised Bangla text: numerals, words and signs, each with its span."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

__all__ = ["DIGITS", "Token", "ascii_digits", "tokens"]

DIGITS = "0-9০-৯"
_D = f"[{DIGITS}]"
_ASCII = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"

_TOKEN = re.compile(
    # Western (1,200) and Indian (১,২০,০০০) grouping, else plain digits; then decimals
    rf"(?P<numeral>(?:{_D}{{1,3}}(?:,{_D}{{3}})+(?!{_D})|{_D}{{1,2}}(?:,{_D}{{2}})+,{_D}{{3}}(?!{_D})|{_D}+)"
    rf"(?:\.{_D}+)?)"
    rf"|(?P<vulgar>[{_VULGAR}])"
    r"|(?P<word>[\u0980-\u09e5\u09f0\u09f1\u09fe]+(?:'[\u0980-\u09e5\u09f0\u09f1]+|')?|[^\W\d_]+)"
    r"|(?P<sign>[^\s])"
)


class Token(NamedTuple):
    """``kind`` and the span ``[start, end)`` of ``text`` in the normalised text."""

    kind: Literal["numeral", "vulgar", "word", "sign"]
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of normalised text, in order; blanks are left out."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        yield Token(kind, match[0], match.start(), match.end())  # type: ignore[arg-type]  # the group's name


def ascii_digits(text: str) -> str:
    """``text`` with Bangla digits as ASCII ones and without grouping commas."""
    return text.translate(_ASCII).replace(",", "")
