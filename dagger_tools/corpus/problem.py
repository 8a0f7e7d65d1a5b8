"""One problem of the corpus: a question whose graph is known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, its graph in compact notation over the question's numbers, and its answer.

    ``family`` is ``story/ask`` of the bank (or the name of a data set); ``distractors`` names the
    kinds of sentences that were added (``red``, ``oad``, ``need``).  ``thing`` is what the problem
    counts, where that is known, and ``names_owner`` whether its question says whose.
    """

    question: str
    compact: str
    answer: Fraction
    family: str
    topic: str = ""
    grade: int = 0
    distractors: tuple[str, ...] = ()
    thing: str | None = None
    names_owner: bool = False
