"""The workflow: route event, solve event, and what a host puts beside them."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import CHAT, LONG, PENS, TOLD
from llama_index.core.workflow import StopEvent, WorkflowRuntimeError, step
from llama_index.tools.dagger import DaggerWorkflow, OtherEvent

from dagger_tools import Answer, Solver
from dagger_tools.errors import GeneratorError


class Helper(DaggerWorkflow):
    """A host with small talk of its own."""

    @step
    async def other(self, ev: OtherEvent) -> StopEvent:
        """Talk."""
        return StopEvent(result=f"host: {ev.question}")


async def test_question_is_routed_and_solved() -> None:
    """The result of a maths question is the whole answer."""
    answer = await DaggerWorkflow().run(question=PENS)
    assert isinstance(answer, Answer)
    assert str(answer) == TOLD


@pytest.mark.parametrize("text", [CHAT, "", LONG])
async def test_the_rest_is_not_solved(text: str) -> None:
    """What is no question, or cannot be read as one, is "not_math"; a host answers it itself."""
    answer: Any = await DaggerWorkflow().run(question=text)
    assert (answer.status, answer.question) == ("not_math", text)
    assert await Helper().run(question=text) == f"host: {text}"


async def test_hosts_steps_leave_ours_in_place(unsure_solver: Solver) -> None:
    """A subclass solves as before, with its own solver."""
    answer: Any = await Helper(unsure_solver, timeout=30).run(question=PENS)
    assert answer.status == "unsure"


async def test_faults_are_raised_by_run(dead_solver: Solver) -> None:
    """A dead server ends the run with the core's error (0.12 wraps it in its own)."""
    with pytest.raises((GeneratorError, WorkflowRuntimeError), match="start it") as told:
        await DaggerWorkflow(dead_solver).run(question=PENS)
    assert isinstance(told.value, GeneratorError) or isinstance(
        told.value.__cause__, GeneratorError
    )
