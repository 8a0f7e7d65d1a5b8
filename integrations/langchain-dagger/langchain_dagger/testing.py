"""A chat model that follows a rule, to try an agent without weights, keys or network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from dagger_tools.schema import TOOL_NAME, is_math

__all__ = ["ScriptedChatModel", "ask_the_tool"]


def ask_the_tool(messages: Sequence[BaseMessage]) -> AIMessage:
    """A rule: call the tool with a maths question, tell what its artifact says, else small talk."""
    last = messages[-1]
    if isinstance(last, ToolMessage):
        answer = last.artifact
        if answer is None:
            return AIMessage(f"যন্ত্রটি কাজ করেনি: {last.text}")
        if answer["status"] == "answered":
            return AIMessage(f"হিসাব করে পেলাম {answer['text']}।")
        return AIMessage(str(last.text))
    if is_math(str(last.text)):
        call = ToolCall(name=TOOL_NAME, args={"question": str(last.text)}, id="call_1")
        return AIMessage("", tool_calls=[call])
    return AIMessage("নমস্কার! গণিতের কোনো প্রশ্ন থাকলে করুন।")


class ScriptedChatModel(BaseChatModel):
    """A chat model whose next message is ``rule`` of the messages so far."""

    rule: Callable[[Sequence[BaseMessage]], AIMessage] = ask_the_tool

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.rule(messages))])

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Take the tools as a model of the OpenAI kind would: a tool that does not fit fails here."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)
