"""What a number in a text is, and what a question is once its numbers are known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

__all__ = ["Number", "NumberKind", "Question"]

NumberKind = Literal[
    "integer", "decimal", "fraction", "percent", "ratio", "multiple", "clock", "ordinal", "article"
]


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text.

    ``text`` is exactly ``source[start:end]`` (code points of the text as the caller gave it):
    the numeral alone, without classifier, case ending or unit.  ``value`` is exact; of ``২০%`` it
    is 20 with unit ``%``.  Each part of a ratio ``৫:৬`` is a number of its own.  ``unit`` is the
    canonical name from ``text.units`` (``টাকা``, ``কেজি``, ``%``) or None; ``noun`` is the thing
    counted, as written (``কলম``), or None.
    ``article`` marks একটি and its like where they say "a" rather than count, and ``ordinal``
    marks প্রথম, ২য়: neither is a quantity.
    """

    text: str
    value: Fraction
    start: int
    end: int
    kind: NumberKind = "integer"
    unit: str | None = None
    noun: str | None = None

    @property
    def is_quantity(self) -> bool:
        """Whether a graph has to account for it."""
        return self.kind not in ("article", "ordinal")


@dataclass(frozen=True, slots=True)
class Question:
    """A text read once at the edge.

    ``numbers`` are its quantities in order of appearance; the compact notation calls them
    ``n1``, ``n2``, ...  ``asked_unit`` and ``asked_noun`` are what the question asks for, where it
    says (``কত টাকা`` -> ``টাকা``; ``কতটি কলম`` -> noun ``কলম``, classifier ``টি``).
    """

    text: str
    numbers: tuple[Number, ...]
    asked_unit: str | None = None
    asked_noun: str | None = None
    asked_classifier: str | None = None
