"""What a set's questions are put to: generators behind a solver, or a peer's prompt."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from dagger_tools.answer import Answer
from dagger_tools.errors import InputError
from dagger_tools.generators import (
    GREEDY,
    Calibration,
    Candidate,
    Decoding,
    Generator,
    Refusal,
    open_generator,
    usual_decoding,
)
from dagger_tools.solver import Solver
from dagger_tools.text import Question

__all__ = ["Asker", "GraphAsker", "open_asker"]

Outcome = dict[str, Any]


class Asker(Protocol):
    """Questions in, outcomes (the columns of a row) out, in order."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The generators that are asked."""

    @property
    def calibrations(self) -> Mapping[str, Calibration | None]:
        """Each generator's own, by address."""

    @property
    def decodings(self) -> Mapping[str, Decoding]:
        """How each is decoded, by address."""

    def ask(self, questions: Sequence[str]) -> list[Outcome]:
        """An outcome for each question.

        Raises:
            GeneratorError: a generator is at fault.
        """

    def close(self) -> None:
        """Close the generators."""


def open_asker(
    generators: Sequence[str | Generator], prompt: str, decoding: Decoding | None, *, routing: bool
) -> Asker:
    """The asker of a prompt.

    Raises:
        InputError: a peer's prompt was given several generators, or one that takes no prompt.
        GeneratorError: a generator cannot be opened.
    """
    opened = [open_generator(g) if isinstance(g, str) else g for g in generators]
    if prompt == "graph":
        return GraphAsker(opened, decoding, routing=routing)
    from dagger_tools.evaluation.peers import open_peer

    if len(opened) != 1:
        raise InputError(f"{prompt} is asked of one generator", hint="give --generator once")
    return open_peer(opened[0], prompt, decoding or GREEDY)


class GraphAsker:
    """The whole way of a question, with every candidate kept."""

    def __init__(
        self, generators: Sequence[Generator], decoding: Decoding | None, *, routing: bool = False
    ) -> None:
        self._kept = [_Keeping(generator) for generator in generators]
        self._decoding = decoding
        self._solver = Solver(self._kept, routing=routing, decoding=decoding)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(kept.address for kept in self._kept)

    @property
    def calibrations(self) -> Mapping[str, Calibration | None]:
        return {kept.address: kept.calibration for kept in self._kept}

    @property
    def decodings(self) -> Mapping[str, Decoding]:
        return {kept.address: self._decoding or kept.usual for kept in self._kept}

    def ask(self, questions: Sequence[str]) -> list[Outcome]:
        for kept in self._kept:
            kept.outcomes.clear()
        answers = self._solver.solve_many(questions, batch=max(1, len(questions)))
        return [self._outcome(answer) for answer in answers]

    def close(self) -> None:
        self._solver.close()

    def _outcome(self, answer: Answer) -> Outcome:
        # with routing, the generator read the question alone, without the talk around it
        text = answer.question if answer.route is None else self._framed(answer)
        outputs: list[Outcome] = []
        refusals: dict[str, str] = {}
        for kept in self._kept:
            outcome = kept.outcomes.get(text, ())
            if isinstance(outcome, Refusal):
                refusals[kept.address] = outcome.reason
            else:
                # whole: a re-ranking reads them back as candidates
                outputs += [asdict(candidate) for candidate in outcome]
        return {
            "read": text,
            "outputs": outputs,
            "refusals": refusals,
            "status": answer.status,
            "value": answer.value,
            "exact": answer.exact,
            "confidence": answer.confidence,
            "reason": answer.reason,
            "detail": answer.detail,
            "generator": answer.generator,
            "graph": None if answer.graph is None else answer.graph.to_dict(),
            "checks": [
                {"name": c.name, "passed": c.passed, "detail": c.detail} for c in answer.checks
            ],
            "numbers": [{"value": n.value, "role": n.role} for n in answer.numbers],
            "output_tokens": answer.output_tokens,
            "seconds": answer.seconds,
        }

    def _framed(self, answer: Answer) -> str:
        from dagger_tools.router import frame
        from dagger_tools.text import read_question

        return frame(read_question(answer.question), answer.route).question.text


class _Keeping:
    """A generator that keeps what it gave, by the text of the question."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.outcomes: dict[str, tuple[Candidate, ...] | Refusal] = {}

    @property
    def address(self) -> str:
        return self._generator.address

    @property
    def calibration(self) -> Calibration | None:
        return self._generator.calibration

    @property
    def usual(self) -> Decoding:
        return usual_decoding(self._generator)

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        outcomes = self._generator.generate(questions, decoding, cancelled=cancelled)
        for question, outcome in zip(questions, outcomes, strict=True):
            self.outcomes[question.text] = outcome
        return outcomes

    def close(self) -> None:
        self._generator.close()
