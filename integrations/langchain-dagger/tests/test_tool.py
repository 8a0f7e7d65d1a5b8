"""The tool: what it returns, what it raises, and whose solver answers."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from conftest import CHAT, LONG, PENS, TOLD, call_of
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import ToolException
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_dagger import DaggerMathTool

from dagger_tools import Answer, Solver
from dagger_tools.schema import MAX_DESCRIPTION_CHARS, function_schema


class Listener(BaseCallbackHandler):
    """Writes down what a tool run tells its callbacks."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.heard.append(("start", (inputs, tags, metadata)))

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        self.heard.append(("end", output))

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        self.heard.append(("error", error))


def without_seconds(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without the one figure that differs from run to run."""
    attempts = [attempt | {"seconds": 0.0} for attempt in answer["attempts"]]
    return answer | {"seconds": 0.0, "attempts": attempts}


def test_content_is_short_and_artifact_is_the_whole_answer() -> None:
    """A person reads the content; an agent reads the artifact, which is plain JSON."""
    message = DaggerMathTool().invoke(call_of(PENS))
    assert message.content == TOLD
    assert message.status == "success"
    with Solver() as solver:
        assert without_seconds(message.artifact) == without_seconds(solver.solve(PENS).to_dict())
    assert json.loads(json.dumps(message.artifact)) == message.artifact
    assert Answer.model_validate(message.artifact | {"graph": None}).value == 500


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [(PENS, "unsure", "নিশ্চিত নই"), (CHAT, "not_math", "গণিতের প্রশ্ন")],
)
def test_refusals_are_results(
    unsure_solver: Solver, question: str, status: str, words: str
) -> None:
    """What the tool does not answer comes back with an artifact that says why."""
    message = DaggerMathTool(solver=unsure_solver).invoke(call_of(question))
    assert message.status == "success"
    assert message.artifact["status"] == status
    assert message.artifact["reason"]
    assert message.artifact["detail"]
    assert words in message.content


def test_question_that_no_generator_takes_is_a_result() -> None:
    """A maths question beyond the model's window is "failed", with the reason."""
    long = "মিনার কাছে ১০টি কলম আছে। " * 60 + "মিনার কাছে মোট কতটি কলম আছে?"
    message = DaggerMathTool(solver=Solver(routing=False)).invoke(call_of(long))
    assert message.status == "success"
    assert (message.artifact["status"], message.artifact["reason"]) == (
        "failed",
        "refused_by_generator",
    )


@pytest.mark.parametrize("question", ["", LONG])
async def test_faults_raise_when_errors_are_not_handled(question: str) -> None:
    """A question that cannot be read raises ToolException with a hint, in both worlds alike."""
    with pytest.raises(ToolException, match=r"question .+ \(send") as told:
        DaggerMathTool().invoke(call_of(question))
    with pytest.raises(ToolException) as told_async:
        await DaggerMathTool().ainvoke(call_of(question))
    assert str(told.value) == str(told_async.value)


async def test_faults_are_messages_when_errors_are_handled() -> None:
    """With handle_tool_error the agent reads the fault, marked as an error and without artifact."""
    tool = DaggerMathTool(handle_tool_error=True)
    for message in (tool.invoke(call_of("")), await tool.ainvoke(call_of(""))):
        assert message.status == "error"
        assert "the question is empty" in message.content
        assert message.artifact is None


async def test_sync_async_and_batch_agree() -> None:
    """Every road gives the same content and artifact."""
    tool = DaggerMathTool()
    calls: list[str | dict[str, Any] | ToolCall] = [call_of(PENS), call_of(CHAT)]
    expected = [tool.invoke(call) for call in calls]
    for messages in (
        [await tool.ainvoke(call) for call in calls],
        tool.batch(calls),
        await tool.abatch(calls),
    ):
        assert [m.content for m in messages] == [m.content for m in expected]
        assert [without_seconds(m.artifact) for m in messages] == [
            without_seconds(m.artifact) for m in expected
        ]


async def test_callbacks_and_config_are_respected() -> None:
    """Handlers hear the start with its inputs, tags and metadata, and the end with the message."""
    config = {"tags": ["school"], "metadata": {"pupil": "7"}}
    for road in ("sync", "async"):
        listener = Listener()
        own = {**config, "callbacks": [listener]}
        tool = DaggerMathTool()
        if road == "sync":
            message = tool.invoke(call_of(PENS), own)  # type: ignore[arg-type]  # a config as users write it
        else:
            message = await tool.ainvoke(call_of(PENS), own)  # type: ignore[arg-type]  # likewise
        assert listener.heard == [
            ("start", ({"question": PENS}, ["school"], {"pupil": "7"})),
            ("end", message),
        ]


def test_callbacks_hear_faults() -> None:
    """A fault reaches the handlers before it is raised."""
    listener = Listener()
    with pytest.raises(ToolException):
        DaggerMathTool().invoke(call_of(""), {"callbacks": [listener]})
    assert [name for name, _ in listener.heard] == ["start", "error"]


def test_plain_inputs_are_taken() -> None:
    """Without a tool call, a string or a dict gives the content alone."""
    assert DaggerMathTool().invoke(PENS) == TOLD
    assert DaggerMathTool().invoke({"question": PENS}) == TOLD


def test_model_reads_the_same_words_everywhere() -> None:
    """The OpenAI form of the tool is the core's schema, and its description fits."""
    function = convert_to_openai_tool(DaggerMathTool(), strict=True)["function"]
    assert function == function_schema()
    assert len(function["description"]) < MAX_DESCRIPTION_CHARS


def test_own_solver_is_used_and_not_shown() -> None:
    """A tool answers with its own solver, and its repr and dump stay plain."""
    tool = DaggerMathTool(solver=Solver(threshold=1.0))
    assert tool.invoke(call_of(PENS)).artifact["status"] == "unsure"
    assert "Solver" not in repr(tool)
    assert "solver" not in tool.model_dump()


def test_fifty_concurrent_calls_share_one_model() -> None:
    """Fifty tools asked at once, in a fresh process, load the model once and all answer."""
    code = f"""
import asyncio, gc
from dagger_tools.generators.decoder import OnnxDecoder
from langchain_dagger import DaggerMathTool
async def main():
    return await asyncio.gather(*(DaggerMathTool().ainvoke({{"question": {PENS!r}}}) for _ in range(50)))
answers = asyncio.run(main())
assert answers == [{TOLD!r}] * 50, answers
print(sum(isinstance(item, OnnxDecoder) for item in gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


def test_messages_are_tool_messages_of_the_call() -> None:
    """The message carries the call's id and the tool's name, as a model's API wants them."""
    message = DaggerMathTool().invoke(call_of(PENS))
    assert isinstance(message, ToolMessage)
    assert (message.tool_call_id, message.name) == ("call_1", "bangla_math")
