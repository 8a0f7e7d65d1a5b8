"""Questions and solvers that the tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langchain_core.messages import ToolCall

from dagger_tools import Solver
from dagger_tools.schema import TOOL_NAME

PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)
TOLD = "উত্তর: ৫০০ টাকা। হিসাবে লাগেনি: ৫০।"
CHAT = "আজ আবহাওয়া কেমন?"
LONG = PENS + " " * 1_000_000


def call_of(question: str) -> ToolCall:
    """A tool call, as a model writes it."""
    return ToolCall(name=TOOL_NAME, args={"question": question}, id="call_1", type="tool_call")


@pytest.fixture
def unsure_solver() -> Iterator[Solver]:
    """A solver that is never sure enough."""
    with Solver(threshold=1.0) as solver:
        yield solver
