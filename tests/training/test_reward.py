"""The reward: as published, for honest and for hostile completions."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import InputError
from dagger_tools.training.reward import dagger_reward, gold_value, rewards


def graph(*nodes: dict[str, Any]) -> str:
    """An output in the published shape."""
    return "```json\n" + json.dumps({"nodes": list(nodes)}) + "\n```"


def const(name: str, value: Any, distractor: bool = False) -> dict[str, Any]:
    """A number of the question."""
    return {"id": name, "op": "const", "val": value, "distractor": distractor, "label": "কলম"}


def final(op: str, *args: str) -> dict[str, Any]:
    """The last node."""
    return {"id": "final_result", "op": op, "args": list(args), "distractor": False}


RIGHT = graph(const("n1", 100), const("n2", 5), const("n3", 50, True), final("mul", "n1", "n2"))


def test_rewards_are_those_published() -> None:
    """0.5 for a valid graph, 0.5 for executing, 1.0 for the right answer."""
    assert dagger_reward(RIGHT, 500) == 2.0
    assert dagger_reward(RIGHT, 501) == 1.0
    assert dagger_reward(graph(const("n1", 1), const("n2", 0), final("div", "n1", "n2")), 1) == 0.5
    assert dagger_reward("উত্তর ৫০০", 500) == 0.0
    assert dagger_reward(RIGHT[:-30], 500) == 0.0
    assert dagger_reward("", 500) == 0.0


def test_answers_are_compared_within_rounding() -> None:
    """A third is a third, and an irrational root is right to a millionth."""
    third = graph(const("n1", 1), const("n2", 3), final("div", "n1", "n2"))
    assert dagger_reward(third, Fraction(1, 3)) == 2.0
    assert dagger_reward(third, "0.33333333") == 2.0
    assert dagger_reward(third, "0.333") == 1.0
    assert dagger_reward(graph(const("n1", 2), final("sqrt", "n1")), 1.41421356237) == 2.0
    zero = graph(const("n1", 5), const("n2", 5), final("sub", "n1", "n2"))
    assert dagger_reward(zero, 0) == 2.0


def test_flags_are_paid_only_on_request_and_only_with_the_right_answer() -> None:
    """Each node whose flag says what the answer needs earns its share; a wrong answer earns none."""
    unflagged = RIGHT.replace("true", "false")
    assert dagger_reward(RIGHT, 500, flag_weight=0.4) == pytest.approx(2.4)
    assert dagger_reward(unflagged, 500, flag_weight=0.4) == pytest.approx(2.3)
    assert dagger_reward(RIGHT, 7, flag_weight=0.4) == 1.0


@pytest.mark.parametrize(
    "hostile",
    [
        graph(const("a", 10), final("pow", "a", "a")).replace(
            '"args": ["a", "a"]', '"args": ["a", 1e9]'
        ),
        graph(const("a", 10), {"id": "b", "op": "pow", "args": ["a", "a"]}, final("pow", "a", "b")),
        graph({"id": "a", "op": "add", "args": ["final_result", "a"]}, final("add", "a", "a")),
        "[" * 100_000,
        '{"nodes": ' * 5_000,
        graph(*[const(f"n{i}", i) for i in range(20_000)], final("identity", "n1")),
        "9" * 1_000_000,
        '{"nodes": [{"id": "n1", "op": "const", "val": ' + "9" * 100_000 + "}]}",
    ],
)
def test_hostile_completions_earn_little_and_cost_no_time(hostile: str) -> None:
    """Towers of powers, cycles, depth, length: a bounded reward in bounded time."""
    started = time.perf_counter()
    assert dagger_reward(hostile, 1) <= 1.0
    assert time.perf_counter() - started < 5


@given(st.text(max_size=300), st.integers(-1000, 1000))
def test_any_text_gets_a_reward(text: str, gold: int) -> None:
    """Nothing raises, and nothing leaves the range."""
    assert dagger_reward(text, gold) in (0.0, 0.5, 1.0, 2.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [("500", 500), (" ১,২০০ ", 1200), ("2/3", Fraction(2, 3)), ("-12.5", Fraction(-25, 2))],
)
def test_gold_answers_are_read(text: str, value: Fraction) -> None:
    """As they stand in data, in either script."""
    assert gold_value(text) == value


@pytest.mark.parametrize("text", ["", "পাঁচশ টাকা", "1/0", "9" * 5_000])
def test_a_gold_answer_that_is_no_number_is_an_error(text: str) -> None:
    """A fault of the data is the trainer's to hear of, not a low reward."""
    with pytest.raises(InputError, match="gold answer"):
        gold_value(text)


def test_a_batch_is_rewarded_as_trl_asks() -> None:
    """Plain texts and conversations, with columns that are of no interest."""
    chat = [{"role": "assistant", "content": RIGHT}]
    assert rewards([RIGHT, chat, "?"], ["500", "৫০০", 500], prompts=["a"] * 3) == [2.0, 2.0, 0.0]


def test_a_value_too_large_for_a_float_is_only_wrong() -> None:
    """10 to the power of 400 executes within the bounds; comparing it must not end a run."""
    huge = graph(const("a", 10), const("b", 400), final("pow", "a", "b"))
    assert dagger_reward(huge, 5) == 1.0
    assert dagger_reward(huge, "2.5") == 1.0


@pytest.mark.parametrize("gold", ["1e999999999", "9" * 200, "1/0", "nan", "inf", "", "1_000"])
def test_a_gold_answer_that_is_no_plain_number_is_refused_at_once(gold: str) -> None:
    """Nothing is computed from it: an exponent of nine digits would fill the memory."""
    with pytest.raises(InputError, match="no gold answer"):
        gold_value(gold)
