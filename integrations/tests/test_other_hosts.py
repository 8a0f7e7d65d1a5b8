"""The plain function of the documents in two hosts that take functions: smolagents, pydantic-ai."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from smolagents.models import (  # type: ignore[import-untyped]  # it ships no types
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
    Model,
)

from dagger_tools.schema import TOOL_NAME, function_schema

ROOT = Path(__file__).parent.parent.parent
PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)
TOLD = "উত্তর: ৫০০ টাকা। হিসাবে লাগেনি: ৫০।"
DESCRIPTION = function_schema()["parameters"]["properties"]["question"]["description"]


def plain_function() -> Callable[[str], str]:
    """``bangla_math`` of examples/plain_function.py."""
    spec = importlib.util.spec_from_file_location(
        "plain_function", ROOT / "examples" / "plain_function.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[str], str] = module.bangla_math
    return function


def run_document(host: str, model: Any) -> dict[str, Any]:
    """Run the snippet of docs/integrations.md that imports ``host``; what it defines."""
    document = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    (code,) = (
        code
        for code in re.findall(r"```python\n(.*?)```", document, re.DOTALL)
        if f"from {host} import" in code
    )
    scope = {"bangla_math": plain_function(), "model": model, "question": PENS}
    exec(code, scope)
    return scope


class ScriptedSmolModel(Model):  # type: ignore[misc]  # likewise
    """A smolagents model that calls the tool, then gives its result as the final answer."""

    def generate(
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Any] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        """The next call."""
        last = messages[-1]
        if last.role == MessageRole.TOOL_RESPONSE:
            told = str(last.content[0]["text"] if isinstance(last.content, list) else last.content)
            name, arguments = (
                "final_answer",
                {"answer": told.partition("Observation:\n")[2].strip()},
            )
        else:
            name, arguments = TOOL_NAME, {"question": PENS}
        function = ChatMessageToolCallFunction(name=name, arguments=arguments)
        call = ChatMessageToolCall(function=function, id="call_1", type="function")
        return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=[call])


def test_smolagents_runs_the_plain_function() -> None:
    """Its decorator reads the docstring, and its agent calls the tool and gives the result."""
    scope = run_document("smolagents", ScriptedSmolModel())
    tool = scope["agent"].tools[TOOL_NAME]
    assert tool.inputs == {"question": {"type": "string", "description": DESCRIPTION}}
    assert tool.output_type == "string"
    assert scope["told"] == TOLD


def test_pydantic_ai_runs_the_plain_function() -> None:
    """Its agent offers the function with the docstring's words, calls it and uses the result."""
    offered: list[AgentInfo] = []

    def rule(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered.append(info)
        last = messages[-1].parts[-1]
        if isinstance(last, ToolReturnPart):
            return ModelResponse(parts=[TextPart(str(last.content))])
        return ModelResponse(parts=[ToolCallPart(TOOL_NAME, {"question": PENS})])

    scope = run_document("pydantic_ai", FunctionModel(rule))
    (tool,) = offered[0].function_tools
    assert tool.name == TOOL_NAME
    question = tool.parameters_json_schema["properties"]["question"]
    assert question == {"type": "string", "description": DESCRIPTION}
    assert scope["told"] == TOLD
