"""The way of a question, read from top to bottom.

::

    text --read--> Question --route--> Route --frame--> Framed --generate--> Candidate(s)
         --judge (read, execute, verify)--> Judged --vote--> Answer

``Solver`` is that line and its policy: which generator is asked first and for how many candidates,
when to try again, when the next generator is asked, and when to say "unsure".
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

from dagger_tools.answer import DEFAULT_THRESHOLD, Answer, Attempt, NumberUse, Reason, Role
from dagger_tools.errors import InputError
from dagger_tools.generators import (
    Candidate,
    Decoding,
    Generator,
    Refusal,
    Repairer,
    open_generator,
    usual_decoding,
)
from dagger_tools.graph import Graph, ancestors, explain, json_value
from dagger_tools.graph.model import FINAL_ID
from dagger_tools.router import Framed, Route, frame, route
from dagger_tools.text import Question, format_quantity, read_question
from dagger_tools.vote import Failure, Judged, judge, vote

__all__ = ["Solver"]

_AGREED = 0.5
"""Share of the votes below which an answer is said to be unsure for its candidates' disagreement."""


class Solver:
    """Answers Bangla maths questions.

    Args:
        generators: addresses or generators, cheap to strong; each next one is asked what the one
            before it was unsure of or could not do.
        threshold: confidence (0..1) from which an answer is ``answered``.
        routing: whether to ask the router first; without it every text is taken for a question.
        decoding: how many candidates each generator is asked for, and how they are drawn; of
            several, the one that the checks and the others speak for is taken (``dagger_tools.vote``).
            None leaves it to each generator: eight for the embedded model, one greedy output for others.
        repair: whether a generator that follows instructions is told of a fault of its graph, once,
            and asked again.

    Raises:
        GeneratorError: a generator cannot be opened.
        InputError: there is no generator at all.
    """

    def __init__(
        self,
        generators: Sequence[str | Generator] = ("nano",),
        *,
        threshold: float = DEFAULT_THRESHOLD,
        routing: bool = True,
        decoding: Decoding | None = None,
        repair: bool = False,
    ) -> None:
        if not generators:
            raise InputError("a solver needs a generator", hint='leave it out for "nano"')
        self._generators = [open_generator(g) if isinstance(g, str) else g for g in generators]
        self._threshold = threshold
        self._routing = routing
        self._decoding = decoding
        self._repair = repair

    def solve(
        self, question: str | Question, *, cancelled: threading.Event | None = None
    ) -> Answer:
        """Answer one question.

        Raises:
            InputError: the text is empty or too long.
            GeneratorError: a generator is at fault.
            CancelledError: ``cancelled`` was set, from another thread, before the answer was there.
        """
        return next(self.solve_many([question], cancelled=cancelled))

    async def asolve(self, question: str | Question) -> Answer:
        """``solve`` without blocking the event loop; cancelling the task stops the generator."""
        cancelled = threading.Event()
        try:
            return await asyncio.to_thread(self.solve, question, cancelled=cancelled)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def solve_many(
        self,
        questions: Iterable[str | Question],
        *,
        batch: int = 16,
        cancelled: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """Answers in the order of the questions, ``batch`` of them at a time."""
        stream = iter(questions)
        while chunk := list(islice(stream, batch)):
            read = [read_question(q) if isinstance(q, str) else q for q in chunk]
            yield from self._solve_batch(read, cancelled)

    def close(self) -> None:
        """Close the generators."""
        for generator in self._generators:
            generator.close()

    async def aclose(self) -> None:
        """``close`` without blocking the event loop."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _solve_batch(
        self, questions: Sequence[Question], cancelled: threading.Event | None
    ) -> list[Answer]:
        routes = [route(question.text) if self._routing else None for question in questions]
        framed = [frame(q, r) for q, r in zip(questions, routes, strict=True)]
        answers = [_first_answer(q, r) for q, r in zip(questions, routes, strict=True)]
        for generator in self._generators:
            open_ = [i for i, answer in enumerate(answers) if answer.status in ("unsure", "failed")]
            if not open_:
                break
            decoding = self._decoding or usual_decoding(generator)
            outcomes = generator.generate(
                [framed[i].question for i in open_], decoding, cancelled=cancelled
            )
            for i, outcome in zip(open_, outcomes, strict=True):
                answer = self._choose(framed[i], routes[i], outcome, generator)
                answers[i] = _better(answers[i], answer)
        return answers

    def _choose(
        self,
        framed: Framed,
        routed: Route | None,
        outcome: tuple[Candidate, ...] | Refusal,
        generator: Generator,
    ) -> Answer:
        """From what a generator wrote to an answer."""
        started = time.perf_counter()
        common: dict[str, Any] = {
            "question": framed.message,
            "route": routed,
            "generator": generator.address,
        }
        if isinstance(outcome, Refusal):
            return _with_attempt(_failed(common, "refused_by_generator", outcome.reason), 0)
        question, calibration = framed.question, generator.calibration
        judged = [judge(candidate, question, calibration) for candidate in outcome]
        best, share = vote(judged, calibration)
        if self._repair and best.fault and isinstance(generator, Repairer):
            mended = generator.repair(question, best.candidate, best.fault)
            if isinstance(mended, Candidate):
                judged.append(judge(mended, question, calibration))
                best = max(judged[-1], best, key=_soundness)
        common |= {
            "output_tokens": sum(one.candidate.output_tokens for one in judged),
            "seconds": sum(one.candidate.seconds for one in judged),
        }
        answer = self._answer(common, framed, best, share)
        spent = answer.seconds + time.perf_counter() - started
        return _with_attempt(answer.model_copy(update={"seconds": spent}), len(judged))

    def _answer(
        self, common: dict[str, Any], framed: Framed, best: Judged | Failure, share: float
    ) -> Answer:
        """The chosen candidate as an answer."""
        if isinstance(best, Failure):
            return _failed(common, best.reason, best.fault)
        question = framed.question
        value = best.execution.value
        common |= {
            "value": json_value(value),
            "exact": None if isinstance(value, float) else str(value),
            "text": format_quantity(value, question),
            "unit": question.asked_unit,
            "confidence": best.confidence,
            "graph": best.graph,
            "numbers": _uses(framed, best.graph),
            "checks": best.verification.checks,
            "steps": explain(best.graph, best.execution, unit=question.asked_unit),
        }
        if common["confidence"] >= self._threshold:
            return Answer(**common, status="answered")
        detail = best.fault or (
            "the model itself is unsure"
            if share >= _AGREED
            else f"its candidates disagree: {share:.0%} give this value"
        )
        return Answer(**common, status="unsure", reason="low_confidence", detail=detail)


def _soundness(one: Judged | Failure) -> tuple[int, float]:
    """Orders candidates: with a value and no fault, with a value, without."""
    if isinstance(one, Failure):
        return 0, 0.0
    return (1 if one.fault else 2), one.confidence


def _first_answer(question: Question, routed: Route | None) -> Answer:
    """Before any generator: not a maths question, or still open."""
    if routed is None or routed.math:
        return Answer(question=question.text, status="failed", route=routed)
    return Answer(
        question=question.text,
        status="not_math",
        reason="not_math",
        detail="; ".join(routed.reasons),
        route=routed,
    )


def _failed(common: dict[str, Any], reason: Reason, detail: str) -> Answer:
    return Answer(**common, status="failed", reason=reason, detail=detail)


def _with_attempt(answer: Answer, candidates: int) -> Answer:
    """``answer`` with what its generator did and cost."""
    attempt = Attempt(
        generator=answer.generator or "",
        status=answer.status,
        confidence=answer.confidence,
        candidates=candidates,
        output_tokens=answer.output_tokens,
        seconds=answer.seconds,
    )
    return answer.model_copy(update={"attempts": (attempt,)})


def _better(before: Answer, after: Answer) -> Answer:
    """The surer of two answers, with the cost of both."""
    order = {"failed": 0, "unsure": 1, "answered": 2}
    best = max(after, before, key=lambda a: (order[a.status], a.confidence))
    return best.model_copy(
        update={
            "attempts": before.attempts + after.attempts,
            "output_tokens": before.output_tokens + after.output_tokens,
            "seconds": before.seconds + after.seconds,
        }
    )


def _uses(framed: Framed, graph: Graph) -> tuple[NumberUse, ...]:
    """The role of each number: by its own node, else by a constant of the same value."""
    on_path = ancestors(graph, FINAL_ID) | {FINAL_ID}
    constants = [node for node in graph.nodes if node.op == "const"]
    uses = []
    for index, number in enumerate(framed.question.numbers, start=1):
        start, end = framed.original_span(number.start, number.end)
        own = [node for node in constants if node.id == f"n{index}" and node.val == number.value]
        nodes = own or [node for node in constants if node.val == number.value]
        role: Role = "unmentioned"
        if nodes:
            role = "used" if any(node.id in on_path for node in nodes) else "distractor"
        uses.append(
            NumberUse(
                text=framed.message[start:end],
                value=json_value(number.value),
                unit=number.unit,
                span=(start, end),
                role=role,
            )
        )
    return tuple(uses)
