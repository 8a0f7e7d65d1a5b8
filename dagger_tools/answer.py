"""What a host gets for a question: one frozen, typed answer it can trust, show or refuse."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dagger_tools.graph import Check, Graph, Step
from dagger_tools.router import Route

__all__ = ["DEFAULT_THRESHOLD", "Answer", "Attempt", "NumberUse", "Reason", "Role", "Status"]

Status = Literal["answered", "unsure", "not_math", "failed"]
Role = Literal["used", "distractor", "unmentioned"]
Reason = Literal[
    "low_confidence", "not_math", "refused_by_generator", "unreadable_graph", "not_executable"
]

DEFAULT_THRESHOLD = 0.5
"""Confidence from which an answer is given; below it, it is more likely wrong than right."""


class NumberUse(BaseModel):
    """A number of the question and what the graph did with it.

    ``span`` is ``[start, end)`` in code points of the question; ``role`` is ``used`` when the answer
    depends on it, ``distractor`` when the graph sets it aside, ``unmentioned`` when it is in no node.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    value: int | float
    unit: str | None = None
    span: tuple[int, int]
    role: Role


class Attempt(BaseModel):
    """What one generator did for a question, and what it cost.

    ``status`` is what the answer would have been with this generator alone; ``candidates`` how many
    graphs it wrote; ``seconds`` includes executing and checking them.
    """

    model_config = ConfigDict(frozen=True)

    generator: str
    status: Status
    confidence: float = Field(ge=0.0, le=1.0)
    candidates: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    seconds: float = Field(ge=0.0)


class Answer(BaseModel):
    """The outcome of one question.

    ``value`` is a JSON number, ``exact`` the same as a rational in text (``"2/3"``; None where the
    result is irrational), ``text`` as a Bangla reader writes it (``৫০০ টাকা``).  An ``unsure`` answer
    carries the value, graph and checks it was unsure of; ``reason`` and ``detail`` say why any
    answer is not ``answered``.  ``confidence`` is a calibrated probability of being right.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    status: Status
    value: int | float | None = None
    exact: str | None = None
    text: str | None = None
    unit: str | None = None
    confidence: float = Field(default=0.0, ge=0.0, le=1.0)
    reason: Reason | None = None
    detail: str = ""
    route: Route | None = None
    graph: Graph | None = None
    numbers: tuple[NumberUse, ...] = ()
    checks: tuple[Check, ...] = ()
    steps: tuple[Step, ...] = ()
    generator: str | None = None
    attempts: tuple[Attempt, ...] = ()
    output_tokens: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON values; the graph in its published shape."""
        row = self.model_dump(mode="json")
        row["graph"] = None if self.graph is None else self.graph.to_dict()
        return row

    def __str__(self) -> str:
        """One or two sentences in Bangla that a host can show."""
        if self.status == "not_math":
            return "এটি বাংলা গণিতের প্রশ্ন বলে মনে হচ্ছে না।"
        if self.status == "failed" or self.text is None:
            return "দুঃখিত, প্রশ্নটির সমাধান করা গেল না।"
        aside = [number.text for number in self.numbers if number.role == "distractor"]
        tail = f" হিসাবে লাগেনি: {', '.join(aside)}।" if aside else ""
        if self.status == "unsure":
            return f"আমি নিশ্চিত নই; সম্ভাব্য উত্তর {self.text}।{tail}"
        return f"উত্তর: {self.text}।{tail}"
