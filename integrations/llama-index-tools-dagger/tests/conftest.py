"""Questions and solvers that the tests share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from dagger_tools import Solver
from dagger_tools.errors import GeneratorError
from dagger_tools.generators import GREEDY, Candidate, Decoding, Refusal
from dagger_tools.text import Question

PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)
TOLD = "উত্তর: ৫০০ টাকা। হিসাবে লাগেনি: ৫০।"
CHAT = "আজ আবহাওয়া কেমন?"
LONG = PENS + " " * 1_000_000


class Dead:
    """A generator whose server is dead."""

    address = "dead"
    calibration = None

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        raise GeneratorError("the server is dead", hint="start it")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def dead_solver() -> Solver:
    """A solver that has a fault."""
    return Solver([Dead()])


@pytest.fixture
def unsure_solver() -> Iterator[Solver]:
    """A solver that is never sure enough."""
    with Solver(threshold=1.0) as solver:
        yield solver
