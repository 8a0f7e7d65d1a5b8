"""The tool as any host sees it: its name, description and arguments, and how a call is answered.

The LangChain and LlamaIndex distributions, and every host with OpenAI-style function calling, take
these from here, so that a model reads the same words wherever it runs::

    client.chat.completions.create(..., tools=[{"type": "function", "function": function_schema()}])
    client.responses.create(..., tools=[{"type": "function", **function_schema()}])
    answer = answer_call(call.function.arguments)   # str(answer) goes back to the model
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dagger_tools.answer import Answer
from dagger_tools.errors import InputError
from dagger_tools.router import route
from dagger_tools.text import check_text

if TYPE_CHECKING:
    from dagger_tools.solver import Solver

__all__ = [
    "MAX_DESCRIPTION_CHARS",
    "TOOL_DESCRIPTION",
    "TOOL_NAME",
    "ToolArguments",
    "answer_call",
    "default_solver",
    "function_schema",
    "is_math",
]

TOOL_NAME = "bangla_math"

MAX_DESCRIPTION_CHARS = 1024
"""What OpenAI's API, and LlamaIndex's ``to_openai_tool``, take of a description."""

TOOL_DESCRIPTION = (
    "Answers a maths word problem written in Bangla (Bengali), exactly and with its steps. "
    "Call it whenever the user asks in Bangla how much, how many, how long or what share, and the "
    "answer follows from numbers in the question. Numbers that do not matter are set aside, so do "
    "not compute yourself. Pass the question as the user wrote it: not translated, not shortened. "
    "Example: question=“মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?” gives “উত্তর: ৫০০ টাকা। হিসাবে লাগেনি: ৫০।” "
    "The result is one or two sentences in Bangla. If it says “আমি নিশ্চিত নই”, pass the doubt on; "
    "if it says “দুঃখিত”, the question could not be solved: ask for a clearer one. "
    "Not for other languages, small talk, or facts that merely hold numbers."
)
"""When and how a model should call the tool; at most ``MAX_DESCRIPTION_CHARS`` characters."""


class ToolArguments(BaseModel):
    """What a call brings: the question, and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(
        description="The whole question in Bangla, word for word, with every number in it."
    )


def function_schema() -> dict[str, Any]:
    """The tool for OpenAI-style function calling in strict mode, as JSON values.

    ``parameters`` lists every key as required and allows no other
    (https://platform.openai.com/docs/guides/function-calling#strict-mode).
    """
    schema = ToolArguments.model_json_schema()
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema["properties"].items()
    }
    return {
        "name": TOOL_NAME,
        "description": TOOL_DESCRIPTION,
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        },
    }


def answer_call(arguments: str | Mapping[str, Any], *, solver: Solver | None = None) -> Answer:
    """Answer a model's call of the tool.

    Args:
        arguments: the call's arguments, as the JSON text that a model writes or already read.
        solver: who answers; the process's ``default_solver()`` where it is left out.

    Raises:
        InputError: the arguments do not fit the schema (each fault with its path), or the question
            is empty or too long.
        GeneratorError: a generator is at fault.
    """
    try:
        if isinstance(arguments, str):
            read = ToolArguments.model_validate_json(arguments)
        else:
            read = ToolArguments.model_validate(dict(arguments))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(('$', *map(str, fault['loc'])))}: {fault['msg']}"
            for fault in error.errors()
        )
        hint = 'send {"question": "..."}'
        raise InputError(f"the arguments do not fit: {faults}", hint=hint) from error
    return (solver or default_solver()).solve(read.question)


def is_math(text: str) -> bool:
    """Whether a message is a Bangla maths question for the tool; asks no model and never raises.

    What cannot be read as a question (empty, too long) is none.
    """
    try:
        check_text(text)
    except InputError:
        return False
    return route(text).math


def default_solver() -> Solver:
    """The solver that all tools of this process share unless they are given their own.

    It is opened at the first call, once, whichever threads ask for it; nobody closes it.

    Raises:
        GeneratorError: the embedded model cannot be opened.
        MissingDependencyError: ONNX Runtime is not installed.
    """
    with _OPENING:
        return _open_default()


_OPENING = threading.Lock()


@cache
def _open_default() -> Solver:
    # imported here: a host that only wants the schema loads no model code
    from dagger_tools.solver import Solver

    return Solver()
