"""A runnable that takes the maths questions out of a conversation and leaves the rest to its host."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    convert_to_messages,
)
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.runnables.base import RunnableBindingBase, RunnableLike, coerce_to_runnable
from langchain_core.tools import BaseTool

from dagger_tools.schema import is_math
from langchain_dagger.tool import DaggerMathTool

__all__ = ["DaggerRouter", "last_human_text"]


def last_human_text(value: Any) -> str:
    """What the person said last, from any input that a chat model takes.

    Args:
        value: a string, a message, a prompt value, or a list of messages or what stands for them
            (``("human", "...")``, ``{"role": "user", ...}``).

    Returns:
        The text; ``""`` when the last message is not a person's.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, PromptValue):
        messages = value.to_messages()
    else:
        messages = convert_to_messages([value] if isinstance(value, BaseMessage) else value)
    last = messages[-1] if messages else None
    return str(last.text) if isinstance(last, HumanMessage) else ""


class DaggerRouter(RunnableBindingBase[Any, Any]):
    """Maths questions to the tool, everything else to the host's own chain.

    It stands where a chat model stands: the tool's answers are ``AIMessage`` too, with the whole
    ``Answer`` as a dict under ``response_metadata["dagger"]``.  ``stream``, ``batch``, events and
    the asynchronous methods are those of every runnable.

    Args:
        otherwise: the host's chain or chat model; it gets the input unchanged.
        tool: the tool that answers; ``DaggerMathTool()`` where it is left out.
        text: how to find the person's text in the input; for a dict, ``itemgetter("question")``.
        pass_on: statuses (of ``dagger_tools.answer.Status``) that the host's chain gets as well;
            add ``"failed"`` and ``"unsure"`` when that chain is a stronger model.  An error that
            the tool handles itself (``handle_tool_error``) is passed on too.

    Raises:
        ToolException: when invoked, for a fault that the tool does not handle.
    """

    def __init__(
        self,
        otherwise: RunnableLike[Any, Any],
        *,
        tool: BaseTool | None = None,
        text: Callable[[Any], str] = last_human_text,
        pass_on: Collection[str] = ("not_math",),
    ) -> None:
        host: Runnable[Any, Any] = coerce_to_runnable(otherwise)
        solve = tool or DaggerMathTool()

        def choose(value: Any) -> Runnable[Any, Any]:
            said = text(value)
            if not is_math(said):
                return host
            judge = partial(_judge, value=value, host=host, pass_on=frozenset(pass_on))
            return _call_of(solve, said) | solve | RunnableLambda(judge)

        super().__init__(bound=RunnableLambda(choose, name="DaggerRouter"))


def _call_of(tool: BaseTool, question: str) -> Runnable[Any, Any]:
    """A tool call, as a model would write it: only then does the tool return its artifact."""
    call = {"type": "tool_call", "id": "dagger", "name": tool.name, "args": {"question": question}}
    return RunnableLambda(lambda _: call, name="call")


def _judge(
    message: ToolMessage, *, value: Any, host: Runnable[Any, Any], pass_on: frozenset[str]
) -> AIMessage | Runnable[Any, Any]:
    if message.artifact is None or message.artifact["status"] in pass_on:
        return RunnableLambda(lambda _: value) | host
    return AIMessage(content=message.content, response_metadata={"dagger": message.artifact})
