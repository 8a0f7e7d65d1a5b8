"""The tool as hosts see it: schema, calls, the shared solver, and the documents that show them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dagger_tools import Solver
from dagger_tools.errors import InputError
from dagger_tools.schema import (
    MAX_DESCRIPTION_CHARS,
    TOOL_DESCRIPTION,
    TOOL_NAME,
    answer_call,
    default_solver,
    function_schema,
    is_math,
)

ROOT = Path(__file__).parent.parent
PARAMETERS = function_schema()["parameters"]
PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)


def run_example(name: str) -> str:
    """What an example prints."""
    command = [sys.executable, str(ROOT / "examples" / name)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def test_schema_keeps_the_rules_of_strict_mode() -> None:
    """Every object lists all its keys as required and allows no other; names and texts fit."""
    schema = function_schema()
    jsonschema.Draft202012Validator.check_schema(PARAMETERS)
    assert schema["strict"] is True
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", schema["name"])
    assert len(schema["description"]) <= MAX_DESCRIPTION_CHARS
    assert PARAMETERS["required"] == list(PARAMETERS["properties"])
    assert PARAMETERS["additionalProperties"] is False
    assert all(set(p) <= {"type", "description"} for p in PARAMETERS["properties"].values())
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("arguments", [{"question": PENS}, {"question": "?"}])
def test_calls_that_fit_the_schema_are_answered(arguments: dict[str, Any]) -> None:
    """A call that jsonschema accepts is read, as a mapping and as the JSON that a model writes."""
    jsonschema.validate(arguments, PARAMETERS)
    told = answer_call(arguments)
    assert told.question == arguments["question"]
    assert str(answer_call(json.dumps(arguments))) == str(told)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ({}, "$.question"),
        ({"question": 5}, "$.question"),
        ({"question": None}, "$.question"),
        ({"question": PENS, "language": "bn"}, "$.language"),
    ],
)
def test_calls_that_do_not_fit_are_refused_alike(arguments: dict[str, Any], path: str) -> None:
    """What jsonschema refuses, answer_call refuses too, and names the place."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(arguments, PARAMETERS)
    with pytest.raises(InputError, match=re.escape(path)):
        answer_call(arguments)


def test_arguments_that_are_no_json_are_an_input_error() -> None:
    """A call that a model cut short says what to send."""
    with pytest.raises(InputError, match=r'send \{"question"'):
        answer_call('{"question": "মিনার')


def test_answer_of_a_call_is_the_solvers_own() -> None:
    """A host's own solver answers where one is given."""
    with Solver(threshold=1.0) as unsure:
        assert answer_call({"question": PENS}, solver=unsure).status == "unsure"
    assert answer_call({"question": PENS}).value == 500


def test_example_in_the_description_is_real() -> None:
    """The question that the description shows gives the answer that it shows."""
    shown = re.search(r"question=“(.+?)” gives “(.+?)”", TOOL_DESCRIPTION)
    assert shown is not None
    assert str(answer_call({"question": shown[1]})) == shown[2]


def test_is_math_asks_the_router_and_never_raises() -> None:
    """A question is taken, small talk is not, and what cannot be read is not either."""
    assert is_math(PENS)
    assert not is_math("আজ আবহাওয়া কেমন?")
    assert not is_math("")
    assert not is_math("ক" * 1_000_000)


def test_threads_share_one_solver_and_one_model() -> None:
    """Fifty threads that ask at once, in a fresh process, open the model once."""
    code = """
import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from dagger_tools.generators.decoder import OnnxDecoder
from dagger_tools.schema import default_solver
barrier = Barrier(50)
def ask(_):
    barrier.wait()
    return default_solver()
with ThreadPoolExecutor(50) as pool:
    solvers = set(pool.map(ask, range(50)))
print(len(solvers), sum(isinstance(item, OnnxDecoder) for item in gc.get_objects()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]
    assert default_solver() is default_solver()


def test_schema_is_light() -> None:
    """Who only wants the schema loads no model code."""
    code = (
        "import sys; from dagger_tools.schema import function_schema; function_schema(); "
        "print({'onnxruntime', 'tokenizers', 'torch', 'networkx'} & set(sys.modules) or 'light')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


@pytest.mark.parametrize("name", ["plain_function.py", "function_call.py"])
def test_document_shows_the_examples_that_run(name: str) -> None:
    """docs/integrations.md holds the examples' code word for word, and they answer."""
    code = (ROOT / "examples" / name).read_text(encoding="utf-8").partition('"""\n\n')[2]
    shown = code.partition("\n\n\nif __name__")[0].strip()
    assert shown in (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    assert "উত্তর: ৫০০ টাকা।" in run_example(name)


def test_plain_function_says_what_the_schema_says() -> None:
    """The function that hosts read by its docstring has the schema's name and words."""
    code = (ROOT / "examples" / "plain_function.py").read_text(encoding="utf-8")
    assert f"def {TOOL_NAME}(question: str) -> str:" in code
    assert f"question: {PARAMETERS['properties']['question']['description']}" in code
