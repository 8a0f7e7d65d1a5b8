"""The question inside a message: greetings and small talk around it are left out."""

from __future__ import annotations

import re

from dagger_tools.router.named import holds_number, is_small_talk

__all__ = ["question_span"]

_CLAUSE = re.compile(r"(?:[^।?!\n,;:….]|\.(?!\s|$))*(?:[।?!\n,;:…]|\.(?=\s|$))+\s*|.+$", re.DOTALL)
"""Up to its mark and the blanks after it; a full stop is one only before a blank, not in 2.5."""


def question_span(text: str) -> tuple[int, int]:
    """``[start, end)`` of the question in the message ``text``.

    From both ends clauses are left out that hold no number, ask for none, and speak of help, greeting
    or thanks; what remains is one stretch, with everything between its first and last clause.
    """
    clauses = [match.span() for match in _CLAUSE.finditer(text)]

    def is_talk(clause: tuple[int, int]) -> bool:
        start, end = clause
        words = text[start:end]
        return not words.strip() or (is_small_talk(words) and not holds_number(words))

    first, last = 0, len(clauses)
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
