"""A problem of the corpus, before and after its text is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from dagger_tools.graph import Graph
from dagger_tools.graph.expression import Expr, operations
from dagger_tools.text import Question

__all__ = ["Distractor", "DistractorKind", "Draft", "Problem"]

DistractorKind = Literal["red", "oad", "need"]


@dataclass(frozen=True, slots=True)
class Distractor:
    """A sentence whose number does not matter: its kind, its words, and the family it is of."""

    kind: DistractorKind
    sentence: str
    family: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text whose numbers are known but not yet found again in it.

    ``placed`` says which letter of ``expression`` stands at which character of ``text``, and
    ``numbers`` the letters' values; a letter that ``expression`` does not use is set aside.  A text
    that came without its graph has no expression.  ``place`` names the family or row in messages.
    ``person`` and ``thing`` are whom and what the problem is about, where that is known, ``people``
    everybody it names, and ``names_owner`` whether its question says whose things it asks for.
    """

    text: str
    placed: Mapping[int, str]
    numbers: Mapping[str, Fraction]
    expression: Expr | None
    answer: Fraction
    place: str
    family: str
    topic: str = ""
    grade: int = 0
    person: str | None = None
    thing: str | None = None
    people: tuple[str, ...] = ()
    names_owner: bool = False
    distractors: tuple[Distractor, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, the graph that answers it, and its answer.

    ``family`` is ``story/ask`` of the bank, or the name of a data set's row.
    """

    read: Question
    expression: Expr
    graph: Graph = field(compare=False)
    draft: Draft

    @property
    def question(self) -> str:
        """The text."""
        return self.read.text

    @property
    def compact(self) -> str:
        """The graph over the question's numbers, in compact notation."""
        return self.graph.compact(self.read.numbers)

    @property
    def answer(self) -> Fraction:
        """The exact answer."""
        return self.draft.answer

    @property
    def family(self) -> str:
        """Where it comes from."""
        return self.draft.family

    @property
    def distractors(self) -> tuple[Distractor, ...]:
        """The sentences that were added."""
        return self.draft.distractors

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations on the way to the answer; as many as there are steps."""
        return tuple(operations(self.expression))[::-1]
