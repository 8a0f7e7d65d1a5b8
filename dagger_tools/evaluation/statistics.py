"""The statistics of an evaluation, over plain sequences of right and wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = [
    "DistractorScore",
    "Interval",
    "bootstrap",
    "calibration_bins",
    "calibration_error",
    "coverage_curve",
    "distractor_score",
    "mcnemar",
    "risk_area",
    "weighted_bootstrap",
]

_RESAMPLES = 10_000
_SEED = 20_26
_TAIL = 0.025
"""On each side: intervals hold 95 % of the resamples."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share (0..1) with its 95 % bootstrap interval, over ``count`` rows."""

    value: float
    low: float
    high: float
    count: int


def bootstrap(right: Sequence[bool]) -> Interval:
    """Accuracy with its percentile bootstrap interval (Efron, 1979); NaN over no rows.

    Where no row or every row is right all resamples are alike and say nothing: there the interval is
    the exact one (Clopper and Pearson, 1934).
    """
    rows, good = len(right), sum(right)
    if rows and good in (0, rows):
        reach = 1 - _TAIL ** (1 / rows)
        low, high = (0.0, reach) if good == 0 else (1 - reach, 1.0)
        return Interval(good / rows, low, high, rows)
    return weighted_bootstrap({"": right}, {"": 1})


def weighted_bootstrap(
    right: Mapping[str, Sequence[bool]], weights: Mapping[str, float]
) -> Interval:
    """The weighted mean of several sets' accuracies, each set resampled on its own.

    Resampling rows with replacement makes the number of right ones binomial, so that is drawn.
    """
    count = sum(len(right[name]) for name in weights)
    if any(not right[name] for name in weights):
        return Interval(math.nan, math.nan, math.nan, count)
    rng = np.random.default_rng(_SEED)
    total = sum(weights.values())
    value, draws = 0.0, np.zeros(_RESAMPLES)
    for name, weight in weights.items():
        rows = len(right[name])
        share = sum(right[name]) / rows
        value += weight / total * share
        draws += weight / total * rng.binomial(rows, share, _RESAMPLES) / rows
    low, high = np.quantile(draws, [_TAIL, 1 - _TAIL])
    return Interval(value, float(low), float(high), count)


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Two-sided exact p of McNemar's test (1947) over paired rows; 1 where no pair differs."""
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    won = sum(a and not b for b, a in zip(before, after, strict=True))
    changed = lost + won
    # whole numbers to the end: 0.5 ** 2000 is no double
    tail = sum(math.comb(changed, k) for k in range(min(lost, won) + 1))
    return min(1.0, 2 * tail / (1 << changed))


def coverage_curve(
    confidence: Sequence[float], right: Sequence[bool]
) -> list[tuple[float, float, float]]:
    """``(coverage, accuracy, confidence)`` for each confidence as a threshold, surest first."""
    groups = _groups(confidence, right)
    curve, seen, good = [], 0, 0
    for sure in sorted(groups, reverse=True):
        seen += groups[sure][0]
        good += groups[sure][1]
        curve.append((seen / len(right), good / seen, sure))
    return curve


def risk_area(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Area under the risk-coverage curve (Geifman and El-Yaniv, 2017): the mean over k of the share
    of wrong answers among the k surest, 0..1.

    Rows of one confidence have no order, so each takes its part of their errors.
    """
    if not right:
        return math.nan
    groups = _groups(confidence, right)
    area = wrong = 0.0
    seen = 0
    for sure in sorted(groups, reverse=True):
        count, good = groups[sure]
        step = (count - good) / count
        for _ in range(count):
            seen += 1
            wrong += step
            area += wrong / seen
    return area / len(right)


def calibration_bins(
    confidence: Sequence[float], right: Sequence[bool], bins: int = 10
) -> list[tuple[int, float, float]]:
    """``(rows, mean confidence, accuracy)`` of each bin of equal width that holds any."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for sure, good in zip(confidence, right, strict=True):
        held.setdefault(min(bins - 1, int(sure * bins)), []).append((sure, good))
    return [
        (len(rows), sum(s for s, _ in rows) / len(rows), sum(g for _, g in rows) / len(rows))
        for _, rows in sorted(held.items())
    ]


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error (Naeini et al., 2015), ten bins of equal width; 0..1."""
    if not right:
        return math.nan
    return sum(
        rows / len(right) * abs(sure - good)
        for rows, sure, good in calibration_bins(confidence, right)
    )


@dataclass(frozen=True, slots=True)
class DistractorScore:
    """Numbers set aside against those that gold sets aside; shares 0..1, NaN over nothing."""

    precision: float
    recall: float
    f1: float
    gold: int


def distractor_score(
    pairs: Sequence[tuple[Sequence[float], Sequence[float]]],
) -> DistractorScore:
    """Precision, recall and F1 over ``(gold, found)`` values of each row, as multisets."""
    gold = found = both = 0
    for wanted, flagged in pairs:
        both += (Counter(wanted) & Counter(flagged)).total()
        gold += len(wanted)
        found += len(flagged)
    return DistractorScore(
        precision=both / found if found else math.nan,
        recall=both / gold if gold else math.nan,
        f1=2 * both / (gold + found) if gold + found else math.nan,
        gold=gold,
    )


def _groups(confidence: Sequence[float], right: Sequence[bool]) -> dict[float, tuple[int, int]]:
    """Rows, and right rows, by confidence."""
    groups: dict[float, tuple[int, int]] = {}
    for sure, good in zip(confidence, right, strict=True):
        count, hits = groups.get(sure, (0, 0))
        groups[sure] = (count + 1, hits + good)
    return groups
