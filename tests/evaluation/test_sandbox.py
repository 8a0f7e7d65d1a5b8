"""Programs of a model: arithmetic runs, everything else is refused or ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagger_tools.evaluation import sandbox
from dagger_tools.evaluation.sandbox import refusal, run_program


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("pens = 5\nanswer = pens * 3 - 1", "14"),
        ("from fractions import Fraction\nanswer = Fraction(2, 3) * 1", "2/3"),
        ("import math\ndef solution():\n    return math.ceil(7 / 2)", "4"),
        ("answer = 0\nfor i in range(1, 5):\n    if i % 2:\n        answer += i", "4"),
        ("print('x')\nanswer = sum([1, 2, 3]) / 4", "1.5"),
    ],
)
def test_arithmetic_runs(program: str, value: str) -> None:
    """Assignments, loops, functions of numbers, math and fractions give their value."""
    assert run_program(program).value == value


@pytest.mark.parametrize(
    "program",
    [
        "import os\nanswer = 1",
        "import socket\nanswer = 1",
        "from math import __loader__\nanswer = 1",
        "from fractions import sys\nanswer = 1",
        "import math\nanswer = math.__loader__",
        "import fractions\nanswer = fractions.numbers",
        "answer = (1).__class__",
        "answer = ''.join(['1'])",
        "answer = __import__('os')",
        "answer = __builtins__",
        "class A: pass\nanswer = 1",
        "answer = (lambda: 1)()",
        "with x as y: pass",
        "try:\n    answer = 1\nexcept E:\n    pass",
        "global answer",
        "del answer",
        "answer = f'{1}'",
        "answer = (" + "-" * 3000 + "1)",
        "answer = " + "+".join(["1"] * 3000),
        "def f(__x): pass",
        "answer = 1 2",
    ],
)
def test_whatever_is_no_arithmetic_is_not_run(program: str) -> None:
    """Imports, attributes, classes and hidden names are refused before any process is started."""
    assert refusal(program)


@pytest.mark.parametrize("name", ["open", "eval", "exec", "getattr", "globals", "compile", "input"])
def test_other_builtins_are_not_there(name: str) -> None:
    """A function that is not of numbers has no such name inside."""
    outcome = run_program(f"answer = {name}('x')")
    assert outcome.value is None
    assert "NameError" in outcome.error


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    pass",
        "answer = 10 ** 10 ** 10",
        "answer = [0] * 10 ** 9",
        "answer = 1 / 0",
        "x = 1",
        "def solution():\n    return solution()",
    ],
)
def test_endless_huge_and_failing_programs_end_without_a_value(program: str) -> None:
    """Loops, huge powers, memory bombs and faults cost bounded time and give no answer."""
    outcome = run_program(program)
    assert outcome.value is None
    assert outcome.error


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")
@pytest.mark.parametrize(
    "program",
    [
        "open('new', 'w').write('x')",
        "open('/etc/hostname').read()",
        "import socket; socket.create_connection(('127.0.0.1', 80), 1)",
        "import subprocess; subprocess.run(['true'])",
    ],
)
def test_the_second_wall_holds_without_the_first(program: str, tmp_path: Path) -> None:
    """Even unlisted code finds no file, no process and no network in the child."""
    child = sandbox._CHILD.format(cpu=2, memory=sandbox.MEMORY, builtins=sandbox._BUILTINS)
    # the same limits, with every builtin given back
    freed = child.replace('{"__builtins__": allowed,', '{"__builtins__": builtins,')
    assert freed != child
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", freed],
        input=f"{program}\nanswer = 1".encode(),
        capture_output=True,
        cwd=tmp_path,
        env={},
        check=False,
    )
    assert done.returncode != 0
    assert list(tmp_path.iterdir()) == []


@settings(deadline=None)  # a loaded machine is no fault
@given(st.text(max_size=80))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    """Reading a program never raises."""
    assert isinstance(refusal(text), str)
