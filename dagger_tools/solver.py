"""The way of a question, read from top to bottom.

::

    text --read--> Question --route--> Route --frame--> Framed --generate--> Candidate
         --read--> Graph --execute--> Execution --verify--> Verification --> Answer

``Solver`` is that line and its policy: which generator is asked first, when the next is asked, and
when to say "unsure".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Any, Self

from dagger_tools.answer import DEFAULT_THRESHOLD, Answer, NumberUse, Reason, Role
from dagger_tools.confidence import confidence
from dagger_tools.errors import ExecutionError, GraphError, InputError
from dagger_tools.generators import Candidate, Generator, Refusal, open_generator, read_candidate
from dagger_tools.graph import Graph, ancestors, execute, explain, json_value, verify
from dagger_tools.graph.model import FINAL_ID
from dagger_tools.router import Framed, Route, frame, route
from dagger_tools.text import Question, format_quantity, read_question

__all__ = ["Solver"]


class Solver:
    """Answers Bangla maths questions.

    Args:
        generators: addresses or generators, cheap to strong; each next one is asked what the one
            before it was unsure of or could not do.
        threshold: confidence (0..1) from which an answer is ``answered``.
        routing: whether to ask the router first; without it every text is taken for a question.

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
    ) -> None:
        if not generators:
            raise InputError("a solver needs a generator", hint='leave it out for "nano"')
        self._generators = [open_generator(g) if isinstance(g, str) else g for g in generators]
        self._threshold = threshold
        self._routing = routing

    def solve(self, question: str | Question) -> Answer:
        """Answer one question.

        Raises:
            InputError: the text is empty or too long.
            GeneratorError: a generator is at fault.
        """
        return next(self.solve_many([question]))

    async def asolve(self, question: str | Question) -> Answer:
        """``solve`` without blocking the event loop."""
        return await asyncio.to_thread(self.solve, question)

    def solve_many(
        self, questions: Iterable[str | Question], *, batch: int = 16
    ) -> Iterator[Answer]:
        """Answers in the order of the questions, ``batch`` of them at a time."""
        stream = iter(questions)
        while chunk := list(islice(stream, batch)):
            read = [read_question(q) if isinstance(q, str) else q for q in chunk]
            yield from self._solve_batch(read)

    def close(self) -> None:
        """Close the generators."""
        for generator in self._generators:
            generator.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _solve_batch(self, questions: Sequence[Question]) -> list[Answer]:
        routes = [route(question.text) if self._routing else None for question in questions]
        framed = [frame(q, r) for q, r in zip(questions, routes, strict=True)]
        answers = [_first_answer(q, r) for q, r in zip(questions, routes, strict=True)]
        for generator in self._generators:
            open_ = [i for i, answer in enumerate(answers) if answer.status in ("unsure", "failed")]
            outcomes = generator.generate([framed[i].question for i in open_])
            for i, outcome in zip(open_, outcomes, strict=True):
                answer = self._judge(framed[i], routes[i], outcome, generator)
                answers[i] = _better(answers[i], answer)
        return answers

    def _judge(
        self,
        framed: Framed,
        routed: Route | None,
        outcome: Candidate | Refusal,
        generator: Generator,
    ) -> Answer:
        """From what a generator wrote to an answer."""
        started = time.perf_counter()
        question = framed.question
        common: dict[str, Any] = {
            "question": framed.message,
            "route": routed,
            "generator": outcome.generator,
        }
        if isinstance(outcome, Refusal):
            return _failed(common, "refused_by_generator", outcome.reason)
        common |= {"output_tokens": outcome.output_tokens, "seconds": outcome.seconds}
        try:
            graph = read_candidate(outcome, question)
            execution = execute(graph)
        except ExecutionError as error:
            return _failed(common, "not_executable", str(error))
        except GraphError as error:
            return _failed(common, "unreadable_graph", str(error))
        verification = verify(graph, execution, question)
        sure = confidence(outcome, verification, generator.calibration)
        value = execution.value
        common |= {
            "value": json_value(value),
            "exact": None if isinstance(value, float) else str(value),
            "text": format_quantity(value, question),
            "unit": question.asked_unit,
            "confidence": sure,
            "graph": graph,
            "numbers": _uses(framed, graph),
            "checks": verification.checks,
            "steps": explain(graph, execution, unit=question.asked_unit),
            "seconds": outcome.seconds + time.perf_counter() - started,
        }
        if sure >= self._threshold:
            return Answer(**common, status="answered")
        failed = [f"{c.name}: {c.detail}" for c in verification.checks if not c.passed]
        detail = "; ".join(failed) or "the model itself is unsure"
        return Answer(**common, status="unsure", reason="low_confidence", detail=detail)


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


def _better(before: Answer, after: Answer) -> Answer:
    """The surer of two answers, with the cost of both."""
    order = {"failed": 0, "unsure": 1, "answered": 2}
    best = max(after, before, key=lambda a: (order[a.status], a.confidence))
    return best.model_copy(
        update={
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
        start, end = framed.original(number.start, number.end)
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
