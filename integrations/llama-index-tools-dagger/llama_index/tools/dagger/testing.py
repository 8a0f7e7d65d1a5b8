"""A language model that follows a rule, to try an agent without weights, keys or network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import BaseTool

from dagger_tools.schema import TOOL_NAME, is_math

__all__ = ["Rule", "ScriptedLLM", "ask_the_tool", "reason_and_act"]

Rule = Callable[[Sequence[ChatMessage]], ChatMessage]
"""The next message, from the messages so far."""

_SMALL_TALK = "নমস্কার! গণিতের কোনো প্রশ্ন থাকলে করুন।"


def ask_the_tool(messages: Sequence[ChatMessage]) -> ChatMessage:
    """A rule for ``FunctionAgent``: call the tool with a maths question, tell its result."""
    last = messages[-1].content or ""
    if messages[-1].role == MessageRole.TOOL:
        return _said(f"যন্ত্র বলছে: {last}")
    if not is_math(last):
        return _said(_SMALL_TALK)
    call = ToolSelection(tool_id="call_1", tool_name=TOOL_NAME, tool_kwargs={"question": last})
    return ChatMessage(
        role=MessageRole.ASSISTANT, content="", additional_kwargs={"tool_calls": [call]}
    )


def reason_and_act(messages: Sequence[ChatMessage]) -> ChatMessage:
    """The same rule for ``ReActAgent``, which reads actions and writes observations as text."""
    last = messages[-1].content or ""
    if last.startswith("Observation:"):
        told = last.removeprefix("Observation:").strip()
        return _said(f"Thought: I can answer.\nAnswer: যন্ত্র বলছে: {told}")
    if not is_math(last):
        return _said(f"Thought: No tool is needed.\nAnswer: {_SMALL_TALK}")
    question = json.dumps({"question": last}, ensure_ascii=False)
    return _said(f"Thought: I need a tool.\nAction: {TOOL_NAME}\nAction Input: {question}")


class ScriptedLLM(CustomLLM, FunctionCallingLLM):
    """A language model whose next message is ``rule`` of the messages so far.

    A completion's prompt is one message of the user's.  Tool calls are ``ToolSelection`` objects in
    the message's ``additional_kwargs["tool_calls"]``.
    """

    rule: Rule = ask_the_tool

    @property
    def metadata(self) -> LLMMetadata:
        """It chats, and calls functions."""
        return LLMMetadata(is_chat_model=True, is_function_calling_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """The rule's message."""
        return ChatResponse(message=self.rule(messages))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        """The rule's message in one piece."""
        message = self.rule(messages)
        yield ChatResponse(message=message, delta=message.content)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """The text of the rule's message."""
        told = self.rule([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=told.content or "")

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """The text of the rule's message in one piece."""
        told = self.complete(prompt)
        yield CompletionResponse(text=told.text, delta=told.text)

    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Take the tools as a model of the OpenAI kind would: a tool that does not fit fails here."""
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        messages = [*(chat_history or []), *([user_msg] if user_msg else [])]
        offered = [tool.metadata.to_openai_tool() for tool in tools]
        return {"messages": messages, "tools": offered}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """The calls that the rule put into its message."""
        calls: list[ToolSelection] = response.message.additional_kwargs.get("tool_calls", [])
        if error_on_no_tool_call and not calls:
            raise ValueError("the message calls no tool")
        return calls


def _said(text: str) -> ChatMessage:
    return ChatMessage(role=MessageRole.ASSISTANT, content=text)
