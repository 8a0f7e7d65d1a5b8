"""Two of the same thing, one for each kind of LlamaIndex.

- ``DaggerWorkflow`` (with its events) is for current versions, and runs on 0.12.52 as well.
- ``DaggerQueryComponent`` is a component of a ``QueryPipeline``: llama-index-core 0.12 alone, where
  query pipelines are deprecated since 0.12.44.  Version 0.13 took them out; asking for the name
  there says so.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field
from llama_index.core.workflow import Event, StartEvent, StopEvent, Workflow, step
from llama_index.tools.dagger.query_engine import DaggerQueryEngine

from dagger_tools import Answer, Solver
from dagger_tools.errors import MissingDependencyError
from dagger_tools.schema import default_solver, is_math

__all__ = ["AskEvent", "DaggerWorkflow", "MathEvent", "OtherEvent"]

_HAS_PIPELINES = find_spec("llama_index.core.query_pipeline") is not None
if _HAS_PIPELINES:
    __all__ += ["DaggerQueryComponent"]


class AskEvent(StartEvent):
    """A person said something."""

    question: str


class MathEvent(Event):
    """It is a Bangla maths question."""

    question: str


class OtherEvent(Event):
    """It is something else: the host's to answer."""

    question: str


class DaggerWorkflow(Workflow):
    """Route, then solve: ``await DaggerWorkflow().run(question=...)`` gives an ``Answer``.

    A host overrides ``other`` (a step from ``OtherEvent``) to answer what is no maths question, and
    adds steps of its own.  A fault (a dead server) is raised by ``run``; 0.12 wraps it in its
    ``WorkflowRuntimeError``.

    Args:
        solver: who answers, with its generators and threshold; where it is left out, the one
            solver that all tools of this process share, opened at the first question.
        **options: those of ``Workflow`` (``timeout`` in seconds, ``verbose``, ...).
    """

    def __init__(self, solver: Solver | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._solver = solver

    @step
    async def route(self, ev: AskEvent) -> MathEvent | OtherEvent:
        """Is it a maths question?  No model is asked."""
        return (MathEvent if is_math(ev.question) else OtherEvent)(question=ev.question)

    @step
    async def solve(self, ev: MathEvent) -> StopEvent:
        """Answer it; "unsure" and "failed" are answers too."""
        return StopEvent(result=await (self._solver or default_solver()).asolve(ev.question))

    @step
    async def other(self, ev: OtherEvent) -> StopEvent:
        """Say that it is no maths question."""
        return StopEvent(result=Answer(question=ev.question, status="not_math", reason="not_math"))


if TYPE_CHECKING or _HAS_PIPELINES:
    # the two ignores: on 0.13 and newer the package is not there, and its class is unknown
    from llama_index.core.base.query_pipeline.query import (  # type: ignore[import-not-found,unused-ignore]
        CustomQueryComponent,
        validate_and_convert_stringable,
    )

    class DaggerQueryComponent(CustomQueryComponent):  # type: ignore[misc,unused-ignore]
        """Question in (``input``), ``Response`` out (``output``), as ``DaggerQueryEngine`` gives it.

        Args:
            engine: a query engine with its own solver; one with the shared solver by default.

        >>> QueryPipeline(chain=[DaggerQueryComponent()]).run(input="মিনার কাছে ১০০টি কলম আছে। ...")
        """

        engine: DaggerQueryEngine = Field(default_factory=DaggerQueryEngine)

        @property
        def _input_keys(self) -> set[str]:
            return {"input"}

        @property
        def _output_keys(self) -> set[str]:
            return {"output"}

        def _validate_component_inputs(self, input: dict[str, Any]) -> dict[str, Any]:
            said = input["input"]
            # the text of a message begins with who said it, which is no part of the question
            if isinstance(said, ChatMessage):
                said = said.content or ""
            return {"input": validate_and_convert_stringable(said)}

        def _run_component(self, **kwargs: Any) -> dict[str, Any]:
            return {"output": self.engine.query(kwargs["input"])}

        async def _arun_component(self, **kwargs: Any) -> dict[str, Any]:
            return {"output": await self.engine.aquery(kwargs["input"])}


else:

    def __getattr__(name: str) -> Any:
        """Say why the component is not there."""
        if name == "DaggerQueryComponent":
            raise MissingDependencyError(
                "llama-index-core 0.13 took query pipelines out",
                hint="use DaggerWorkflow, or pip install 'llama-index-core==0.12.52.post1'",
            )
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
