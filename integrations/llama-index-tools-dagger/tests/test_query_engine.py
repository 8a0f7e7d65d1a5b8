"""The query engine: alone, as a tool, and behind a router query engine."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from conftest import CHAT, PENS, TOLD
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine, RouterQueryEngine
from llama_index.core.schema import NodeRelationship
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool, ToolMetadata
from llama_index.tools.dagger import DaggerQueryEngine
from llama_index.tools.dagger.base import tool_metadata
from llama_index.tools.dagger.testing import ScriptedLLM

from dagger_tools import Solver
from dagger_tools.errors import GeneratorError
from dagger_tools.schema import is_math


class Weather(CustomQueryEngine):
    """The host's own engine."""

    def custom_query(self, query_str: str) -> str:
        """Talk of the weather."""
        return "আজ রোদ।"


def choose(messages: Sequence[ChatMessage]) -> ChatMessage:
    """The rule of a model that selects an engine: the first for maths, else the second."""
    asked = (messages[-1].content or "").rsplit("'", 2)[1]
    choice = json.dumps([{"choice": 1 if is_math(asked) else 2, "reason": "numbers"}])
    return ChatMessage(role="assistant", content=choice)


async def test_response_has_the_answer_and_its_sources() -> None:
    """The text is short, the metadata whole; nodes are the question, its numbers and the steps."""
    engine = DaggerQueryEngine()
    for response in (engine.query(PENS), await engine.aquery(PENS)):
        assert isinstance(response, Response)
        assert str(response) == TOLD
        assert response.metadata is not None
        assert response.metadata["value"] == 500
        question, *parts = response.source_nodes
        assert question.text == PENS
        assert question.score == response.metadata["confidence"]
        assert question.metadata["status"] == "answered"
        kinds = [part.metadata["kind"] for part in parts]
        assert kinds == ["number", "number", "number", "step"]
        for part in parts:
            source = part.node.relationships[NodeRelationship.SOURCE]
            assert source.node_id == question.node_id  # type: ignore[union-attr]  # one source


def test_number_nodes_point_into_the_question() -> None:
    """Each number's node has its characters of the question, its role, and a score by it."""
    numbers = DaggerQueryEngine().query(PENS).source_nodes[1:4]
    for number, role, score in zip(
        numbers, ("used", "used", "distractor"), (1.0, 1.0, 0.0), strict=True
    ):
        node = number.node
        assert PENS[node.start_char_idx : node.end_char_idx] == number.text  # type: ignore[attr-defined]  # a TextNode
        assert (number.metadata["role"], number.score) == (role, score)
    assert "tool" not in str([n.metadata for n in numbers])
    json.dumps([n.to_dict() for n in numbers])


def test_refusals_are_responses(unsure_solver: Solver) -> None:
    """What is not answered is a response whose metadata says why."""
    unsure = DaggerQueryEngine(solver=unsure_solver).query(PENS)
    assert unsure.metadata is not None
    assert unsure.metadata["status"] == "unsure"
    talk = DaggerQueryEngine().query(CHAT)
    assert talk.metadata is not None
    assert talk.metadata["status"] == "not_math"
    assert [node.metadata["kind"] for node in talk.source_nodes] == ["question"]


def test_faults_raise(dead_solver: Solver) -> None:
    """A dead server is no response."""
    with pytest.raises(GeneratorError, match="start it"):
        DaggerQueryEngine(solver=dead_solver).query(PENS)


async def test_engine_is_a_tool() -> None:
    """QueryEngineTool calls it by the core's name and words."""
    tool = QueryEngineTool(DaggerQueryEngine(), metadata=tool_metadata())
    assert tool.metadata.to_openai_tool()["function"]["name"] == "bangla_math"
    for output in (tool(question=PENS), await tool.acall(question=PENS)):
        assert output.content == TOLD
        assert output.raw_output.metadata["value"] == 500
        assert output.raw_output.metadata["question"] == PENS


def test_a_text_that_begins_like_a_call_is_a_text() -> None:
    """What cannot be read as arguments is asked as it is."""
    typed = "{'question': " + PENS
    assert (DaggerQueryEngine().query(typed).metadata or {})["question"] == typed


async def test_router_query_engine_selects_it_for_maths() -> None:
    """A selector that reads our description sends maths here, and the rest elsewhere."""
    router = RouterQueryEngine(
        selector=LLMSingleSelector.from_defaults(llm=ScriptedLLM(rule=choose)),
        query_engine_tools=[
            QueryEngineTool(DaggerQueryEngine(), metadata=tool_metadata()),
            QueryEngineTool(
                Weather(), metadata=ToolMetadata(name="weather", description="Weather")
            ),
        ],
        llm=ScriptedLLM(),
    )
    assert str(router.query(PENS)) == TOLD
    assert str(await router.aquery(PENS)) == TOLD
    assert str(router.query(CHAT)) == "আজ রোদ।"
