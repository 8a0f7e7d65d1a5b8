"""The tool that a LangChain or LangGraph agent calls when a person asks a Bangla maths question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, Field

from dagger_tools import Answer, DaggerError, Solver
from dagger_tools.schema import TOOL_DESCRIPTION, TOOL_NAME, ToolArguments, default_solver

__all__ = ["DaggerMathTool"]


class DaggerMathTool(BaseTool):
    """Answers a Bangla maths question.

    The content is one or two sentences in Bangla; the artifact is the whole ``Answer`` as a dict
    of JSON values (``dagger_tools.Answer.to_dict``).  "Not a maths question", "unsure" and "could
    not" are such results too: ``artifact["status"]`` tells them apart.

    Args:
        solver: who answers, with its generators and threshold; where it is left out, the one
            solver that all tools of this process share, opened at the first question.

    Raises:
        ToolException: when invoked, for a fault: an empty or too long question, a missing model, a
            dead server.  With ``handle_tool_error`` set the agent reads it as an error message.

    >>> DaggerMathTool(solver=Solver(["nano", "openai:http://host/v1#model"], threshold=0.8))
    """

    name: str = TOOL_NAME
    description: str = TOOL_DESCRIPTION
    args_schema: type[BaseModel] = ToolArguments
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    solver: Solver | None = Field(default=None, exclude=True, repr=False)

    def _run(
        self, question: str, run_manager: CallbackManagerForToolRun | None = None
    ) -> tuple[str, dict[str, Any]]:
        with _faults_as_tool_exceptions():
            return _told((self.solver or default_solver()).solve(question))

    async def _arun(
        self, question: str, run_manager: AsyncCallbackManagerForToolRun | None = None
    ) -> tuple[str, dict[str, Any]]:
        with _faults_as_tool_exceptions():
            return _told(await (self.solver or default_solver()).asolve(question))


def _told(answer: Answer) -> tuple[str, dict[str, Any]]:
    return str(answer), answer.to_dict()


@contextmanager
def _faults_as_tool_exceptions() -> Iterator[None]:
    try:
        yield
    except DaggerError as error:
        raise ToolException(str(error)) from error
