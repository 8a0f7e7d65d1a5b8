"""Statistics against values computed by hand, and the properties they must have."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagger_tools.evaluation.published import PUBLISHED, weighted_average
from dagger_tools.evaluation.run import is_right
from dagger_tools.evaluation.statistics import (
    bootstrap,
    calibration_error,
    coverage_curve,
    distractor_score,
    mcnemar,
    risk_area,
    weighted_bootstrap,
)

ROWS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def test_published_averages_follow_from_their_columns() -> None:
    """The weighted average of each published row's four columns is the published one."""
    computed = {row.model: round(weighted_average(row.accuracy), 1) for row in PUBLISHED}
    published = {row.model: row.average for row in PUBLISHED}
    # one published average does not follow from its columns; the report shows both
    assert published.pop("dagger-4B_GRPO") == 29.0
    assert computed.pop("dagger-4B_GRPO") == 32.5
    assert computed == published
    names = ("dagger-4B_SFT_GRPO", "dagger-12B_SFT_GRPO", "dagger-4B_SFT", "dagger-12B_SFT")
    assert [computed[name] for name in names] == [47.3, 69.4, 44.3, 66.7]


def test_a_gold_answer_that_no_float_holds_is_not_given() -> None:
    """It is compared with, and no value that a float holds, nor infinity, is it."""
    longest = Fraction(10) ** 400
    assert not is_right(5.0, longest)
    assert not is_right(math.inf, longest)
    assert not is_right(None, longest)


def test_mcnemar_is_the_exact_binomial() -> None:
    """Five lost and one won: 2 * (1 + 6) / 64; no change: 1."""
    before = [True] * 5 + [False] + [True] * 4
    after = [False] * 5 + [True] + [True] * 4
    assert mcnemar(before, after) == pytest.approx(14 / 64)
    assert mcnemar(before, before) == 1.0
    assert mcnemar([True] * 3000, [False] * 3000) == 0.0  # below the least double


def test_risk_area_is_the_mean_of_risks() -> None:
    """Surest right, then wrong, then right: (0 + 1/2 + 1/3) / 3; ties share their errors."""
    assert risk_area([0.9, 0.8, 0.7], [True, False, True]) == pytest.approx((1 / 2 + 1 / 3) / 3)
    assert risk_area([0.5, 0.5], [True, False]) == pytest.approx(0.5)
    assert risk_area([0.5, 0.5], [False, True]) == pytest.approx(0.5)


def test_coverage_curve_goes_from_the_surest_to_all() -> None:
    """Each confidence is a threshold."""
    curve = coverage_curve([0.2, 0.9, 0.9, 0.4], [False, True, False, True])
    assert curve == [(0.5, 0.5, 0.9), (0.75, pytest.approx(2 / 3), 0.4), (1.0, 0.5, 0.2)]


def test_calibration_error_by_hand() -> None:
    """Bins of 0.95 (all right), 0.15 (none right): half of 0.05 and half of 0.15."""
    error = calibration_error([0.95, 0.95, 0.15, 0.15], [True, True, False, False])
    assert error == pytest.approx(0.1)
    assert calibration_error([1.0], [True]) == 0.0


def test_distractor_scores_count_values_with_their_multiplicity() -> None:
    """Two fives wanted and one found: recall 1/2."""
    score = distractor_score([([5.0, 5.0], [5.0]), ([], [7.0])])
    assert (score.precision, score.recall, score.f1, score.gold) == (0.5, 0.5, 0.5, 2)
    assert math.isnan(distractor_score([([], [])]).f1)


def test_bootstrap_is_repeatable_and_near_the_binomial() -> None:
    """100 rows at a half: 0.4 to 0.6 within a point, and the same twice."""
    interval = bootstrap([True, False] * 50)
    assert interval == bootstrap([False, True] * 50)
    assert interval.value == 0.5
    assert interval.low == pytest.approx(0.4, abs=0.015)
    assert interval.high == pytest.approx(0.6, abs=0.015)
    assert math.isnan(bootstrap([]).value)


def test_no_right_row_does_not_make_a_set_hopeless_beyond_doubt() -> None:
    """None of 47 right: up to 1 - 0.025 ** (1 / 47) = 7.5 % may be; all right, the mirror image."""
    none, every = bootstrap([False] * 47), bootstrap([True] * 47)
    assert none.low == 0.0
    assert none.high == pytest.approx(0.0755, abs=1e-3)
    assert every.low == pytest.approx(1 - none.high)
    assert every.high == 1.0


def test_weighted_bootstrap_weighs_sets_not_rows() -> None:
    """A small set counts as its weight says."""
    right = {"a": [True] * 2, "b": [False] * 50}
    assert weighted_bootstrap(right, {"a": 3, "b": 1}).value == pytest.approx(0.75)


@settings(deadline=None)  # a loaded machine is no fault
@given(rows=ROWS)
def test_shares_stay_shares(rows: list[tuple[float, bool]]) -> None:
    """Areas and errors lie in 0..1, the curve covers all, and the interval holds the value."""
    sure, right = [s for s, _ in rows], [r for _, r in rows]
    accuracy = sum(right) / len(right)
    assert 0 <= calibration_error(sure, right) <= 1
    assert -1e-9 <= risk_area(sure, right) <= 1 + 1e-9
    last = coverage_curve(sure, right)[-1]
    assert last[0] == 1.0
    assert last[1] == pytest.approx(accuracy)
    interval = bootstrap(right)
    assert interval.low <= interval.value + 1e-9
    assert interval.value <= interval.high + 1e-9


@settings(deadline=None)
@given(before=st.lists(st.booleans(), max_size=50), data=st.data())
def test_mcnemar_does_not_care_for_direction(before: list[bool], data: st.DataObject) -> None:
    """Swapping before and after changes no p, and p is a probability."""
    size = len(before)
    after = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    assert mcnemar(before, after) == mcnemar(after, before)
    assert 0 < mcnemar(before, after) <= 1
