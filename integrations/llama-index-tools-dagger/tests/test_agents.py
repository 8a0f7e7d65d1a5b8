"""Real agents on a scripted language model: they call the tool and use its result."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import CHAT, PENS, TOLD
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.agent.workflow.base_agent import BaseWorkflowAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import ToolOutput
from llama_index.tools.dagger import DaggerToolSpec
from llama_index.tools.dagger.testing import Rule, ScriptedLLM, ask_the_tool, reason_and_act

from dagger_tools import Solver


def make(kind: str, solver: Solver | None = None, rule: Rule | None = None) -> BaseWorkflowAgent:
    """An agent of either kind with the tool."""
    tools = DaggerToolSpec(solver).to_tool_list()
    if kind == "function":
        return FunctionAgent(tools=tools, llm=ScriptedLLM(rule=rule or ask_the_tool))  # type: ignore[arg-type]  # a list is invariant
    return ReActAgent(tools=tools, llm=ScriptedLLM(rule=rule or reason_and_act))  # type: ignore[arg-type]  # likewise


async def talk(agent: BaseWorkflowAgent, text: str) -> tuple[str, list[ToolOutput]]:
    """What the agent says in the end, and what its tool calls gave on the way."""
    handler = agent.run(text)
    outputs = [
        event.tool_output
        async for event in handler.stream_events()
        if isinstance(event, ToolCallResult)
    ]
    return str(await handler), outputs


@pytest.mark.parametrize("kind", ["function", "react"])
async def test_agent_calls_the_tool_and_uses_its_result(kind: str) -> None:
    """The question goes in word for word, the answer comes out, and the events show the call."""
    told, (output,) = await talk(make(kind), PENS)
    assert told == f"যন্ত্র বলছে: {TOLD}"
    assert output.raw_output.value == 500
    assert output.raw_output.question == PENS


@pytest.mark.parametrize("kind", ["function", "react"])
async def test_agent_does_not_call_the_tool_for_small_talk(kind: str) -> None:
    """A message that is no question is answered by the model itself."""
    told, outputs = await talk(make(kind), CHAT)
    assert told.startswith("নমস্কার!")
    assert outputs == []


@pytest.mark.parametrize("kind", ["function", "react"])
async def test_doubt_reaches_the_agent_as_a_result(kind: str, unsure_solver: Solver) -> None:
    """An unsure answer is an output like any other, and the agent can pass the doubt on."""
    told, (output,) = await talk(make(kind, unsure_solver), PENS)
    assert "আমি নিশ্চিত নই" in told
    assert not output.is_error


@pytest.mark.parametrize("kind", ["function", "react"])
async def test_faults_are_tool_errors_not_crashes(kind: str, dead_solver: Solver) -> None:
    """The agent reads that the server is dead and what to do, and ends its run."""
    told, (output,) = await talk(make(kind, dead_solver), PENS)
    assert output.is_error
    assert "the server is dead (start it)" in told


async def test_wrong_arguments_are_tool_errors_not_crashes() -> None:
    """A model that invents a key is told so."""

    def invents(messages: Sequence[ChatMessage]) -> ChatMessage:
        if messages[-1].role == "tool":
            return ask_the_tool(messages)
        call = ToolSelection(tool_id="1", tool_name="bangla_math", tool_kwargs={"text": PENS})
        return ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [call]})

    told, (output,) = await talk(make("function", rule=invents), PENS)
    assert output.is_error
    assert "text" in told
