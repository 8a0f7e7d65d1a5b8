"""A generator that gives what it was told to, for tests and for measuring what runs around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from dagger_tools.generators import (
    GREEDY,
    Calibration,
    Candidate,
    Completion,
    Decoding,
    Refusal,
)
from dagger_tools.text import Question

__all__ = ["ScriptedGenerator"]


class ScriptedGenerator:
    """``write`` maps a question or prompt, and the number of the sample, to an output."""

    address = "scripted"
    calibration: Calibration | None = None

    def __init__(self, write: Callable[[str, int], str]) -> None:
        self._write = write

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        return [
            tuple(
                Candidate(self._write(question.text, sample), "json", self.address, 1, 0.0)
                for sample in range(decoding.samples)
            )
            for question in questions
        ]

    def complete(
        self,
        prompts: Sequence[str],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Completion, ...]]:
        return [
            tuple(
                Completion(self._write(prompt, sample), 7, 0.5)
                for sample in range(decoding.samples)
            )
            for prompt in prompts
        ]

    def close(self) -> None:
        pass
