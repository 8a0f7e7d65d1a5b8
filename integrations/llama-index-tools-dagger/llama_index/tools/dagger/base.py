"""The tool that a LlamaIndex agent calls when a person asks a Bangla maths question."""

from __future__ import annotations

from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec

from dagger_tools import Answer, Solver
from dagger_tools.schema import TOOL_DESCRIPTION, TOOL_NAME, ToolArguments, default_solver

__all__ = ["DaggerToolSpec"]


class DaggerToolSpec(BaseToolSpec):
    """One tool, ``bangla_math``, synchronous and asynchronous.

    A tool output's ``content`` is one or two sentences in Bangla, its ``raw_output`` the whole
    ``dagger_tools.Answer``.  "Not a maths question", "unsure" and "could not" are such outputs too:
    ``raw_output.status`` tells them apart.  A fault raises a ``DaggerError``, which agents and
    ``call_tool`` give to the model as an output with ``is_error``.

    Args:
        solver: who answers, with its generators and threshold; where it is left out, the one
            solver that all tools of this process share, opened at the first question.

    >>> DaggerToolSpec(Solver(["nano", "openai:http://host/v1#model"], threshold=0.8))
    """

    spec_functions: list[SPEC_FUNCTION_TYPE] = [(TOOL_NAME, f"a{TOOL_NAME}")]  # noqa: RUF012  # so in the base class

    def __init__(self, solver: Solver | None = None) -> None:
        self._solver = solver

    def bangla_math(self, question: str) -> Answer:
        """Answer a Bangla maths question.

        Raises:
            InputError: the question is empty or too long.
            GeneratorError: a generator is at fault.
            MissingDependencyError: ONNX Runtime is not installed.
        """
        return (self._solver or default_solver()).solve(question)

    async def abangla_math(self, question: str) -> Answer:
        """``bangla_math`` without blocking the event loop."""
        return await (self._solver or default_solver()).asolve(question)

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """The tools, described in the same words as in every other host."""
        told = {TOOL_NAME: tool_metadata(), **(func_to_metadata_mapping or {})}
        return super().to_tool_list(spec_functions, told)


def tool_metadata() -> ToolMetadata:
    """Name, description and schema of the tool; for a ``QueryEngineTool`` too."""
    return ToolMetadata(name=TOOL_NAME, description=TOOL_DESCRIPTION, fn_schema=ToolArguments)
