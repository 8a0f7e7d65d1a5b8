"""Peers' prompts: what is asked, and what is read from the outputs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dagger_tools.errors import InputError
from dagger_tools.evaluation import Plan, evaluate, read_sets, summarise
from dagger_tools.evaluation.peers import program_of, stated_answer
from dagger_tools.generators import Decoding
from tests.evaluation.scripted import ScriptedGenerator

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("প্রথমে ৫ + ৩ = ৮।\nউত্তর: ৮", 8),
        ("উত্তর: ৫?\nনা।\nউত্তর: ১,২০০ টাকা", 1200),
        ("5 + 3\n#### 8", 8),
        (r"so \boxed{2.5}", Fraction(5, 2)),
        ("The answer is 12.", 12),
        ("তাই তার ৪টি কলম আছে।\n১২", 12),
        ("আমি জানি না", None),
        ("উত্তর: জানি না", None),
        ("", None),
    ],
)
def test_a_chain_of_thought_states_its_answer_last(text: str, value: Fraction | None) -> None:
    """The last mark of an answer counts, else the last line's number; no number, no answer."""
    assert stated_answer(text) == value


def test_a_program_is_taken_out_of_its_fence() -> None:
    """The last fence counts; one that was cut off runs to the end."""
    assert program_of("x\n```python\na = 1\n```\ny\n```python\nanswer = 2\n```") == "answer = 2\n"
    assert program_of("```\nanswer = 3") == "answer = 3"
    assert program_of("answer = 4") == "answer = 4"


def test_the_runner_drives_both_peers(tmp_path: Path) -> None:
    """Prompts hold the question; the majority of the samples is the answer."""
    asked: list[str] = []

    def write(prompt: str, sample: int) -> str:
        asked.append(prompt)
        if "python" in prompt:
            return "```python\nanswer = 14 + 9\n```" if sample else "```python\nimport os\n```"
        return "উত্তর: ২৩" if sample else "উত্তর: ১"

    sets = read_sets(["msvamp"], DATA, limit=1)
    for prompt in ("cot", "pal"):
        plan = Plan(
            generators=(ScriptedGenerator(write),),
            prompt=prompt,
            decoding=Decoding(samples=3),
        )
        run = evaluate(sets, plan, tmp_path / prompt)
        assert run.name == f"scripted ({prompt})"
        assert run.records[0].right
        assert run.records[0].confidence == pytest.approx(2 / 3)
        summary = summarise(run)
        assert summary.sets["msvamp"].cost.tokens_mean == 21
    assert all(sets[0].problems[0].question in prompt for prompt in asked)


def test_a_generator_without_prompts_is_bad_usage(tmp_path: Path) -> None:
    """The embedded model knows nothing but graphs."""
    with pytest.raises(InputError, match="takes no other prompt"):
        evaluate(read_sets(["msvamp"], DATA, limit=1), Plan(prompt="cot"), tmp_path)
