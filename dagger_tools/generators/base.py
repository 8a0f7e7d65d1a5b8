"""The seam between a question and whatever writes a graph for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from dagger_tools.graph import Graph
from dagger_tools.graph.parse import parse
from dagger_tools.text import Question

__all__ = ["Calibration", "Candidate", "Generator", "Refusal", "read_candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One output of a generator.

    ``text`` is what the model wrote, in ``notation``; ``log_probability`` (natural, summed over
    the output; at most 0) and ``least_log_probability`` (of its least likely token) are the model's
    own confidence, None where a backend does not tell.
    """

    text: str
    notation: Literal["compact", "json"]
    generator: str
    output_tokens: int
    seconds: float
    log_probability: float | None = None
    least_log_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that this generator does not take, with the reason (a normal outcome)."""

    reason: str
    generator: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of a logistic regression over named features (see ``dagger_tools.confidence``)."""

    intercept: float
    weights: Mapping[str, float]


@runtime_checkable
class Generator(Protocol):
    """A backend.  It takes questions in batches and is safe to call from several threads."""

    @property
    def address(self) -> str:
        """The address that makes this generator again (``nano``)."""

    @property
    def calibration(self) -> Calibration | None:
        """What turns its log-probabilities and the checks into a probability, if it was measured."""

    def generate(self, questions: Sequence[Question]) -> list[Candidate | Refusal]:
        """One outcome a question, in order.

        Raises:
            GeneratorError: the backend is at fault (missing weights, a dead server).
        """

    def close(self) -> None:
        """Give back what the backend holds; calling it twice does no harm."""


def read_candidate(candidate: Candidate, question: Question) -> Graph:
    """The graph a candidate stands for.

    Raises:
        GraphError: the output is no complete graph; lists every fault.
    """
    if candidate.notation == "compact":
        return Graph.from_compact(candidate.text, question.numbers)
    return parse(candidate.text)
