"""What of a message the model reads: the question alone, in Bangla script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dagger_tools.router.verdict import Route
from dagger_tools.text import MAX_QUESTION_CHARS, Question, read_question
from dagger_tools.text.transliterate import to_bangla_script

__all__ = ["Framed", "frame"]


@dataclass(frozen=True, slots=True)
class Framed:
    """A question for the model; ``offsets[i]`` is where its character ``i`` begins in the message."""

    question: Question
    message: str
    offsets: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` of the message for a stretch of the question."""
        return self.offsets[start], self.offsets[end]


def frame(question: Question, route: Route | None) -> Framed:
    """Leave out the small talk around the question, and put romanised Bangla into its own script.

    A message that was not routed, or that needs neither, stays as it is.
    """
    message = question.text
    if route is None or not route.math:
        return Framed(question, message, range(len(message) + 1))
    start, end = route.span
    text = message[start:end]
    offsets: Sequence[int] = range(start, end + 1)
    if route.language in ("bn-Latn", "mixed"):
        written = to_bangla_script(text, unknown=route.language == "bn-Latn")
        if len(written.text) <= MAX_QUESTION_CHARS:
            text, offsets = written.text, [start + offset for offset in written.offsets]
    return Framed(question if text == message else read_question(text), message, offsets)
