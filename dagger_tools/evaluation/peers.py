"""Peers of the graph on the same model: chain of thought, and a program that is run.

Wei et al., "Chain-of-thought prompting", 2022; Gao et al., "PAL: program-aided language models", 2023.
The prompts are the project's own, in ``prompts/``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from importlib import resources
from typing import Any, Literal

from dagger_tools.errors import InputError
from dagger_tools.evaluation.sandbox import run_program
from dagger_tools.generators import Calibration, Completer, Completion, Decoding, Generator
from dagger_tools.generators.prompt import Prompt
from dagger_tools.graph import json_value
from dagger_tools.text import find_numbers, parse_number

__all__ = ["PeerAsker", "open_peer", "program_of", "stated_answer"]

_STATED = re.compile(r"(?:####|\\boxed\{|উত্তর\s*[:ঃ=]|answer\s*(?:is|[:=]))\s*", re.IGNORECASE)
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_MAX_STATED = 80
"""Characters after the mark in which the number is looked for."""


def open_peer(generator: Generator, prompt: str, decoding: Decoding) -> PeerAsker:
    """The asker for ``cot`` or ``pal``.

    Raises:
        InputError: the generator takes no prompt but its own.
    """
    if not isinstance(generator, Completer):
        raise InputError(
            f"{generator.address} takes no other prompt than the graph's",
            hint="give transformers:... or openai:...",
        )
    kind: Literal["cot", "pal"] = "cot" if prompt == "cot" else "pal"
    return PeerAsker(generator, generator, kind, decoding)


class PeerAsker:
    """Answers from what a model writes to a peer's prompt; of several samples, the majority's."""

    def __init__(
        self,
        generator: Generator,
        completer: Completer,
        kind: Literal["cot", "pal"],
        decoding: Decoding,
    ) -> None:
        text = (resources.files("dagger_tools.evaluation") / "prompts" / f"{kind}.txt").read_text(
            "utf-8"
        )
        self._prompt = Prompt(text, name=f"{kind}.txt")
        self._generator, self._completer = generator, completer
        self._kind, self._decoding = kind, decoding

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self._generator.address,)

    @property
    def calibrations(self) -> Mapping[str, Calibration | None]:
        return {self._generator.address: None}

    @property
    def decodings(self) -> Mapping[str, Decoding]:
        return {self._generator.address: self._decoding}

    def ask(self, questions: Sequence[str]) -> list[dict[str, Any]]:
        prompts = [self._prompt.render(question) for question in questions]
        written = self._completer.complete(prompts, self._decoding)
        return [
            self._outcome(question, completions)
            for question, completions in zip(questions, written, strict=True)
        ]

    def close(self) -> None:
        self._generator.close()

    def _outcome(self, question: str, completions: Sequence[Completion]) -> dict[str, Any]:
        read = [self._value(one.text) for one in completions]
        votes: dict[Fraction, int] = {}
        for value, _ in read:
            if value is not None:
                votes[value] = votes.get(value, 0) + 1
        best = max(votes, key=lambda value: votes[value]) if votes else None
        return {
            "read": question,
            "outputs": [self._output(one) for one in completions],
            "refusals": {},
            "status": "failed" if best is None else "answered",
            "value": None if best is None else json_value(best),
            "exact": None if best is None else str(best),
            # prose and programs bring no checks: the share of the votes is all there is
            "confidence": 0.0 if best is None else votes[best] / len(completions),
            "reason": "not_executable" if best is None else None,
            "detail": next((fault for _, fault in read if fault), "") if best is None else "",
            "generator": self._generator.address,
            "graph": None,
            "checks": [],
            "numbers": [],
            "output_tokens": sum(one.output_tokens for one in completions),
            "seconds": sum(one.seconds for one in completions),
        }

    def _value(self, text: str) -> tuple[Fraction | None, str]:
        """The answer that a text stands for, or why there is none."""
        if self._kind == "cot":
            value = stated_answer(text)
            return value, "" if value is not None else "it states no answer"
        outcome = run_program(program_of(text))
        if outcome.value is None:
            return None, outcome.error
        try:
            return Fraction(outcome.value), ""
        except (ValueError, ZeroDivisionError):  # nan, inf
            return None, f"the program gave {outcome.value}"

    def _output(self, completion: Completion) -> dict[str, Any]:
        return {
            **asdict(completion),
            "notation": self._kind,
            "generator": self._generator.address,
        }


def stated_answer(text: str) -> Fraction | None:
    """The number that a chain of thought ends with: after the last mark of an answer, else the last."""
    marks = list(_STATED.finditer(text))
    if marks:
        stated = text[marks[-1].end() : marks[-1].end() + _MAX_STATED]
        found = find_numbers(stated)
        return found[0].value if found else None
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return None
    try:
        return parse_number(lines[-1].strip().rstrip("।."))
    except ValueError:
        found = find_numbers(lines[-1][-1000:])
        return found[-1].value if found else None


def program_of(text: str) -> str:
    """The last fenced program of an output, or all of it where there is no fence."""
    fenced = _FENCE.findall(text)
    return str(fenced[-1]) if fenced else text
