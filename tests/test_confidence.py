"""What the confidence in an answer is computed from."""

from __future__ import annotations

import math

import pytest

from dagger_tools.confidence import confidence, features
from dagger_tools.generators import Calibration, Candidate
from dagger_tools.graph import Graph, Verification, execute, verify
from dagger_tools.text import read_question

QUESTION = read_question("৪টি থালায় ৬টি করে পিঠা। মোট কতটি পিঠা?")


def _checked(compact: str = "n1 * n2") -> Verification:
    graph = Graph.from_compact(compact, QUESTION.numbers)
    return verify(graph, execute(graph), QUESTION)


def _candidate(log_probability: float | None) -> Candidate:
    return Candidate("n1 * n2", "compact", "test", 4, 0.01, log_probability, log_probability)


@pytest.mark.parametrize(
    ("log_probability", "odds"),
    [
        (math.log(0.5), 0.0),
        (math.log(0.9), math.log(9)),
        (0.0, math.log(1e4)),
        (-500.0, -20.0),
        (None, 0.0),
    ],
)
def test_log_odds_are_finite_and_right(log_probability: float | None, odds: float) -> None:
    """Log(p / (1 - p)), bounded where an output is all but certain or all but impossible; 0 where unknown."""
    row = features(_candidate(log_probability), _checked())
    assert row["log_odds"] == pytest.approx(odds, abs=1e-4)


def test_confidence_weighs_odds_votes_and_checks() -> None:
    """It rises with the odds, and falls with a failed check and with votes for other values."""
    weighed = Calibration(0.0, {"log_odds": 1.0, "disagreement": -2.0, "failed_coverage": -3.0})
    sure = confidence(_candidate(math.log(0.9)), _checked(), weighed)
    assert sure == pytest.approx(0.9)
    assert confidence(_candidate(math.log(0.6)), _checked(), weighed) == pytest.approx(0.6)
    split = confidence(_candidate(math.log(0.9)), _checked(), weighed, share=0.5)
    assert split == pytest.approx(1 / (1 + math.exp(1 - math.log(9))))
    # a number that the graph forgets
    assert confidence(_candidate(math.log(0.9)), _checked("n1"), weighed) < sure
