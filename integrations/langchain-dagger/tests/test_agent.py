"""A LangGraph agent with a scripted chat model: it decides, calls, reads the artifact and tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from conftest import CHAT, PENS, TOLD
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import ToolException
from langchain_dagger import DaggerMathTool
from langchain_dagger.testing import ScriptedChatModel, ask_the_tool

from dagger_tools import Solver


async def test_agent_calls_the_tool_and_tells_what_the_artifact_says() -> None:
    """The conversation is question, call, result, answer, in both worlds alike."""
    agent = create_agent(ScriptedChatModel(), [DaggerMathTool()])
    start: Any = {"messages": [HumanMessage(PENS)]}
    for state in (agent.invoke(start), await agent.ainvoke(start)):
        question, call, result, told = state["messages"]
        assert question.text == PENS
        assert call.tool_calls[0]["args"] == {"question": PENS}
        assert isinstance(result, ToolMessage)
        assert result.content == TOLD
        assert result.artifact["value"] == 500
        assert told.text == "হিসাব করে পেলাম ৫০০ টাকা।"


def test_agent_does_not_call_the_tool_for_small_talk() -> None:
    """A message that is no question is answered by the model itself."""
    state = create_agent(ScriptedChatModel(), [DaggerMathTool()]).invoke(
        {"messages": [HumanMessage(CHAT)]}
    )
    assert [type(message) for message in state["messages"]] == [HumanMessage, AIMessage]


def test_agent_acts_on_an_unsure_result(unsure_solver: Solver) -> None:
    """Doubt reaches the agent as a result, and the agent passes it on."""
    agent = create_agent(ScriptedChatModel(), [DaggerMathTool(solver=unsure_solver)])
    state = agent.invoke({"messages": [HumanMessage(PENS)]})
    assert state["messages"][2].artifact["status"] == "unsure"
    assert "আমি নিশ্চিত নই" in state["messages"][-1].text


def an_empty_call(messages: Sequence[BaseMessage]) -> AIMessage:
    """A model that forgets the question when it calls, and then tells what it was told."""
    if isinstance(messages[-1], ToolMessage):
        return ask_the_tool(messages)
    call = {"name": "bangla_math", "args": {"question": " "}, "id": "call_1"}
    return AIMessage("", tool_calls=[call])


def test_agent_reads_a_fault_when_the_tool_handles_errors() -> None:
    """With handle_tool_error the agent sees an error message and goes on."""
    agent = create_agent(
        ScriptedChatModel(rule=an_empty_call), [DaggerMathTool(handle_tool_error=True)]
    )
    result, told = agent.invoke({"messages": [HumanMessage(PENS)]})["messages"][-2:]
    assert result.status == "error"
    assert result.artifact is None
    assert told.text.startswith("যন্ত্রটি কাজ করেনি: the question is empty")


def test_fault_stops_the_agent_when_the_tool_does_not_handle_errors() -> None:
    """Without handle_tool_error the run stops with ToolException, and its cause is the core's error."""
    agent = create_agent(ScriptedChatModel(rule=an_empty_call), [DaggerMathTool()])
    with pytest.raises(ToolException, match="the question is empty") as told:
        agent.invoke({"messages": [HumanMessage(PENS)]})
    assert type(told.value.__cause__).__name__ == "InputError"


def test_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    """A call with another key does not reach the solver; the model reads which key it was."""

    def wrong_key(messages: Sequence[BaseMessage]) -> AIMessage:
        if isinstance(messages[-1], ToolMessage):
            return AIMessage(messages[-1].text)
        return AIMessage(
            "", tool_calls=[{"name": "bangla_math", "args": {"text": PENS}, "id": "1"}]
        )

    agent = create_agent(ScriptedChatModel(rule=wrong_key), [DaggerMathTool()])
    told = agent.invoke({"messages": [HumanMessage(PENS)]})["messages"][-1].text
    assert "question: Field required" in told


async def test_streaming_events_show_start_and_end() -> None:
    """A user interface sees the tool start with its question and end with its artifact."""
    agent = create_agent(ScriptedChatModel(), [DaggerMathTool()])
    seen = [
        event
        async for event in agent.astream_events({"messages": [HumanMessage(PENS)]}, version="v2")
        if event["event"].startswith("on_tool")
    ]
    assert [(event["event"], event["name"]) for event in seen] == [
        ("on_tool_start", "bangla_math"),
        ("on_tool_end", "bangla_math"),
    ]
    assert seen[0]["data"]["input"] == {"question": PENS}
    assert seen[1]["data"]["output"].artifact["value"] == 500
