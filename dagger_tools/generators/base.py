"""The seam between a question and whatever writes a graph for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from dagger_tools.errors import InputError
from dagger_tools.graph import Graph
from dagger_tools.graph.parse import parse
from dagger_tools.text import Question

__all__ = [
    "GREEDY",
    "MAX_NEW_TOKENS",
    "MAX_SAMPLES",
    "Calibration",
    "Candidate",
    "Completer",
    "Completion",
    "Decoding",
    "Generator",
    "Preferring",
    "Refusal",
    "Repairer",
    "read_candidate",
    "usual_decoding",
]

MAX_SAMPLES = 256
"""Outputs of one question; more would be a mistake, or an attack."""

MAX_NEW_TOKENS = 1024
"""Tokens of an output of a language model: the limit of the published evaluation."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """How outputs are drawn.

    Of ``samples`` outputs the first is always the greedy one; the others are drawn at
    ``temperature`` (above 0) from the ``top_k`` likeliest tokens (0: all) that hold ``top_p`` of the
    probability.  ``grammar`` keeps a backend that can to well-formed graphs; ``max_new_tokens`` None
    leaves the limit to the backend.

    Raises:
        InputError: a value out of its range.
    """

    samples: int = 1
    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 64
    seed: int = 0
    grammar: bool = True
    max_new_tokens: int | None = None

    def __post_init__(self) -> None:
        ranges = {
            f"samples from 1 to {MAX_SAMPLES}": 1 <= self.samples <= MAX_SAMPLES,
            "temperature above 0 and at most 5": 0 < self.temperature <= 5,
            "top_p above 0 and at most 1": 0 < self.top_p <= 1,
            "top_k of 0 or more": self.top_k >= 0,
            "max_new_tokens of 1 or more": self.max_new_tokens is None or self.max_new_tokens >= 1,
        }
        if wrong := [name for name, holds in ranges.items() if not holds]:
            raise InputError(f"decoding wants {wrong[0]}", hint="see Decoding")


GREEDY = Decoding()
"""One output, the likeliest token at every place."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One output of a generator.

    ``text`` is what the model wrote, in ``notation``; ``log_probability`` (natural, summed over
    the output; at most 0) and ``least_log_probability`` (of its least likely token) are the model's
    own confidence, None where a backend does not tell.  ``prompt_log_probability`` (mean over the
    tokens of the question) says how usual the question's wording is to the model;
    ``prefill_seconds`` is the part of ``seconds`` that went into reading the prompt, where it is known.
    """

    text: str
    notation: Literal["compact", "json"]
    generator: str
    output_tokens: int
    seconds: float
    log_probability: float | None = None
    least_log_probability: float | None = None
    prompt_log_probability: float | None = None
    prefill_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model wrote to a prompt that is not the graph's; fields as ``Candidate``'s."""

    text: str
    output_tokens: int
    seconds: float
    prefill_seconds: float | None = None
    log_probability: float | None = None

    @classmethod
    def of(cls, output: Candidate) -> Completion:
        """A backend's output that is no graph."""
        return cls(
            text=output.text,
            output_tokens=output.output_tokens,
            seconds=output.seconds,
            prefill_seconds=output.prefill_seconds,
            log_probability=output.log_probability,
        )


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

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        """For each question, in order: ``decoding.samples`` candidates (fewer where outputs did not
        end), the greedy one first, or why the question is not taken.

        ``cancelled`` may be set from another thread; the backend then stops at the next token.

        Raises:
            CancelledError: ``cancelled`` was set.
            GeneratorError: the backend is at fault (missing weights, a dead server).
        """

    def close(self) -> None:
        """Give back what the backend holds; calling it twice does no harm."""


@runtime_checkable
class Preferring(Protocol):
    """A backend that is better drawn from in a way of its own than greedily."""

    @property
    def usual(self) -> Decoding:
        """How it is decoded where the host does not say."""


def usual_decoding(generator: Generator) -> Decoding:
    """How a generator is decoded where the host does not say: its own way, else greedily."""
    return generator.usual if isinstance(generator, Preferring) else GREEDY


@runtime_checkable
class Repairer(Protocol):
    """A backend that follows instructions: told what was wrong with its graph, it may mend it."""

    def repair(self, question: Question, candidate: Candidate, fault: str) -> Candidate | Refusal:
        """One more candidate, with ``fault`` named in the prompt.

        Raises:
            GeneratorError: the backend is at fault.
        """


@runtime_checkable
class Completer(Protocol):
    """A backend that takes any prompt (a chat's user message), not only the one for graphs."""

    def complete(
        self,
        prompts: Sequence[str],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Completion, ...]]:
        """For each prompt, in order: up to ``decoding.samples`` texts, the greedy one first.

        The grammar of graphs is off, whatever ``decoding.grammar`` says.

        Raises:
            CancelledError: ``cancelled`` was set.
            GeneratorError: the backend is at fault.
        """


def read_candidate(candidate: Candidate, question: Question) -> Graph:
    """The graph a candidate stands for.

    Raises:
        GraphError: the output is no complete graph; lists every fault.
    """
    if candidate.notation == "compact":
        return Graph.from_compact(candidate.text, question.numbers)
    return parse(candidate.text)
