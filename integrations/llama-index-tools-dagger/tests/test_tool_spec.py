"""The tools: what they return, how they are described, and whose solver answers."""

from __future__ import annotations

import asyncio

import pytest
from conftest import CHAT, LONG, PENS, TOLD
from llama_index.core.tools import FunctionTool, ToolOutput
from llama_index.core.tools.calling import acall_tool, call_tool
from llama_index.core.tools.tool_spec.base import BaseToolSpec
from llama_index.tools.dagger import DaggerToolSpec

from dagger_tools import Answer, Solver
from dagger_tools.errors import InputError
from dagger_tools.schema import function_schema


def only_tool(solver: Solver | None = None) -> FunctionTool:
    """The one tool of the spec."""
    (tool,) = DaggerToolSpec(solver).to_tool_list()
    return tool


def without_seconds(output: ToolOutput) -> Answer:
    """An answer without the one figure that differs from run to run."""
    assert isinstance(output.raw_output, Answer)
    answer = output.raw_output
    attempts = tuple(a.model_copy(update={"seconds": 0.0}) for a in answer.attempts)
    return answer.model_copy(update={"seconds": 0.0, "attempts": attempts})


async def test_output_is_short_and_raw_output_is_the_answer() -> None:
    """A person reads the content, an agent the raw output; both worlds agree."""
    tool = only_tool()
    output, output_async = tool(question=PENS), await tool.acall(question=PENS)
    assert output.content == output_async.content == TOLD
    assert without_seconds(output) == without_seconds(output_async)
    assert output.raw_output.value == 500
    assert not output.is_error


def test_spec_is_what_llama_hub_expects() -> None:
    """The class is a tool spec whose functions come in pairs."""
    assert DaggerToolSpec.__mro__[1] is BaseToolSpec
    assert DaggerToolSpec.spec_functions == [("bangla_math", "abangla_math")]


def test_description_is_accepted_and_the_same_everywhere() -> None:
    """to_openai_tool takes it (1,024 characters), and the words are the core's."""
    function = only_tool().metadata.to_openai_tool()["function"]
    schema = function_schema()
    assert function["name"] == schema["name"]
    assert function["description"] == schema["description"]
    question = {
        k: v for k, v in function["parameters"]["properties"]["question"].items() if k != "title"
    }
    assert question == schema["parameters"]["properties"]["question"]
    assert function["parameters"]["required"] == ["question"]


def test_hosts_may_describe_it_otherwise() -> None:
    """A mapping of the host's own wins over ours."""
    metadata = only_tool().metadata
    metadata.description = "Bangla sums."
    (tool,) = DaggerToolSpec().to_tool_list(func_to_metadata_mapping={"bangla_math": metadata})
    assert tool.metadata.description == "Bangla sums."


@pytest.mark.parametrize(
    ("question", "status", "words"),
    [(PENS, "unsure", "নিশ্চিত নই"), (CHAT, "not_math", "গণিতের প্রশ্ন")],
)
def test_refusals_are_outputs(
    unsure_solver: Solver, question: str, status: str, words: str
) -> None:
    """What the tool does not answer comes back with an answer that says why."""
    output = only_tool(unsure_solver)(question=question)
    assert not output.is_error
    assert output.raw_output.status == status
    assert output.raw_output.reason
    assert words in output.content


@pytest.mark.parametrize("question", ["", LONG])
async def test_faults_are_tool_errors_for_who_calls_through_llama_index(question: str) -> None:
    """call_tool gives an output with is_error and the hint; calling the function itself raises."""
    tool = only_tool()
    for output in (
        call_tool(tool, {"question": question}),
        await acall_tool(tool, {"question": question}),
    ):
        assert output.is_error
        assert "the question" in output.content
        assert "(send" in output.content
    with pytest.raises(InputError):
        DaggerToolSpec().bangla_math(question)


def test_arguments_that_do_not_fit_are_tool_errors() -> None:
    """A call with another key names that key."""
    output = call_tool(only_tool(), {"text": PENS, "language": "bn"})
    assert output.is_error
    assert "text" in output.content


async def test_calls_in_parallel_share_the_solver() -> None:
    """Fifty calls at once all answer."""
    outputs = await asyncio.gather(*(only_tool().acall(question=PENS) for _ in range(50)))
    assert {output.content for output in outputs} == {TOLD}
