"""One problem of an evaluation set."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A question with its gold answer, as a set gives it.

    ``id`` is unique within ``set``.  ``kind`` is RED, OAD or NEED where a distractor was put in;
    ``base_question`` the same question without it, and ``base_id`` its id in the base set, where
    that was read too.  ``used`` and ``unused`` are the gold roles of the question's numbers and
    ``operations`` those on the way to the gold answer, as many as there are steps; None where the
    set does not tell.  ``damaged`` marks a question that lost text in translation.
    """

    set: str
    id: str
    question: str
    answer: Fraction
    kind: str | None = None
    base_question: str | None = None
    base_id: str | None = None
    used: tuple[Fraction, ...] | None = None
    unused: tuple[Fraction, ...] | None = None
    operations: tuple[str, ...] | None = None
    damaged: bool = False
