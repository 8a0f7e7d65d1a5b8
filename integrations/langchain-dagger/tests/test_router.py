"""The routing runnable: who gets which text, in which form, and with which events."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pytest
from conftest import CHAT, LONG, PENS, TOLD
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import ToolException
from langchain_dagger import DaggerMathTool, DaggerRouter
from langchain_dagger.testing import ScriptedChatModel

from dagger_tools import Solver


def host(value: Any) -> AIMessage:
    """A chain of the host: it tells what it was given."""
    return AIMessage(f"host: {value!r:.30}")


class Faulty:
    """A generator whose server is dead."""

    address = "faulty"
    calibration = None

    def generate(self, questions: Any, decoding: Any = None, *, cancelled: Any = None) -> Any:
        from dagger_tools.errors import GeneratorError

        raise GeneratorError("the server is dead", hint="start it")

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "value",
    [
        PENS,
        HumanMessage(PENS),
        [HumanMessage("নমস্কার"), AIMessage("নমস্কার"), HumanMessage(PENS)],
        [("human", PENS)],
        [{"role": "user", "content": PENS}],
        [HumanMessage([{"type": "text", "text": PENS}])],
        ChatPromptTemplate([MessagesPlaceholder("all")]).invoke({"all": [HumanMessage(PENS)]}),
    ],
)
async def test_maths_goes_to_the_tool_in_every_form(value: Any) -> None:
    """Whatever a chat model takes as input, the last human message is the question."""
    router = DaggerRouter(host)
    for message in (router.invoke(value), await router.ainvoke(value)):
        assert isinstance(message, AIMessage)
        assert message.content == TOLD
        assert message.response_metadata["dagger"]["value"] == 500


@pytest.mark.parametrize("value", [CHAT, "", LONG, [], [HumanMessage(PENS), AIMessage(PENS)]])
async def test_the_rest_goes_to_the_host_unchanged(value: Any) -> None:
    """Small talk, what cannot be read, and what no person said last is the host's own."""
    seen: list[Any] = []

    def host_that_notes(given: Any) -> AIMessage:
        seen.append(given)
        return host(given)

    router = DaggerRouter(host_that_notes)
    assert "host" in router.invoke(value).text
    assert "host" in (await router.ainvoke(value)).text
    assert seen == [value, value]


def test_text_of_another_input_is_found_by_the_hosts_function() -> None:
    """A chain over dicts says where its text is; the host gets the whole dict."""
    router = DaggerRouter(lambda row: AIMessage(row["name"]), text=itemgetter("question"))
    assert router.invoke({"question": PENS, "name": "মিনা"}).content == TOLD
    assert router.invoke({"question": CHAT, "name": "মিনা"}).content == "মিনা"


def test_statuses_can_be_passed_on(unsure_solver: Solver) -> None:
    """A host with a stronger model takes what the tool is unsure of."""
    tool = DaggerMathTool(solver=unsure_solver)
    assert "নিশ্চিত নই" in DaggerRouter(host, tool=tool).invoke(PENS).text
    strong = DaggerRouter(host, tool=tool, pass_on=("not_math", "unsure", "failed"))
    assert strong.invoke(PENS).text.startswith("host: ")


def test_faults_raise_or_are_passed_on() -> None:
    """A dead generator raises; where the tool handles its errors, the host's chain answers."""
    solver = Solver([Faulty()])
    with pytest.raises(ToolException, match="dead"):
        DaggerRouter(host, tool=DaggerMathTool(solver=solver)).invoke(PENS)
    handled = DaggerMathTool(solver=solver, handle_tool_error=True)
    assert "host" in DaggerRouter(host, tool=handled).invoke(PENS).text


async def test_it_stands_where_a_chat_model_stands() -> None:
    """It composes with prompts and parsers, streams, and takes batches."""
    prompt = ChatPromptTemplate([("system", "ভদ্র হও।"), ("human", "{question}")])
    chain = prompt | DaggerRouter(ScriptedChatModel()) | StrOutputParser()
    rows = [{"question": PENS}, {"question": CHAT}]
    expected = [TOLD, "নমস্কার! গণিতের কোনো প্রশ্ন থাকলে করুন।"]
    assert chain.batch(rows) == expected
    assert await chain.abatch(rows) == expected
    assert ["".join(chain.stream(row)) for row in rows] == expected


async def test_events_show_the_tool_only_for_maths() -> None:
    """A user interface sees the tool run for a question, and no tool run for small talk."""
    router = DaggerRouter(RunnableLambda(host))
    for text, expected in ((PENS, ["on_tool_start", "on_tool_end"]), (CHAT, [])):
        events = [event["event"] async for event in router.astream_events(text, version="v2")]
        assert [event for event in events if event.startswith("on_tool")] == expected
