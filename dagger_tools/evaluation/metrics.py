"""What a run's rows say, as numbers: one summary that every report shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from dagger_tools.evaluation.published import SIZES
from dagger_tools.evaluation.run import Record, Run
from dagger_tools.evaluation.statistics import (
    DistractorScore,
    Interval,
    bootstrap,
    calibration_bins,
    calibration_error,
    coverage_curve,
    distractor_score,
    mcnemar,
    risk_area,
    weighted_bootstrap,
)

__all__ = ["Cost", "Drop", "SetSummary", "Summary", "drop_between", "summarise"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a question cost: means, tokens also as a median; None where no backend told.

    ``prefill`` and ``decode`` are the generators' seconds, ``seconds`` includes executing and
    checking; ``peak_bytes`` is the most that the process held.
    """

    tokens_mean: float
    tokens_median: float
    seconds: float
    prefill: float | None
    decode: float | None
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class SetSummary:
    """A set's figures, over its undamaged rows; ``with_damaged`` is the accuracy over all.

    ``executed`` is the share of rows whose chosen graph gave a value.  ``answered`` is the accuracy
    among the answers given without "unsure".  ``curve``, ``bins``, ``risk_area`` and
    ``calibration_error`` are those of ``statistics``, the last two over rows with a value.
    """

    name: str
    source: str
    made: bool
    damaged: int
    accuracy: Interval
    with_damaged: Interval
    executed: float
    answered: Interval
    kinds: Mapping[str, Interval]
    steps: Mapping[str, Interval]
    operations: Mapping[str, Interval]
    distractors: DistractorScore | None
    curve: Sequence[tuple[float, float, float]]
    bins: Sequence[tuple[int, float, float]]
    risk_area: float
    calibration_error: float
    cost: Cost


@dataclass(frozen=True, slots=True)
class Drop:
    """Accuracy over the same rows before and after (0..1): who was lost, who was won, McNemar's p."""

    name: str
    before: float
    after: float
    lost: int
    won: int
    pairs: int
    p: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run: its sets, the drops under distractors (by kind and in all), and the average
    weighted by the published sizes, None unless all four sets were asked."""

    name: str
    sets: Mapping[str, SetSummary]
    drops: tuple[Drop, ...]
    weighted: Interval | None
    unasked: int = field(default=0)


def summarise(run: Run) -> Summary:
    """The summary of a run, finished or not."""
    whole = [record for record in run.records if not record.problem.damaged]
    sets = {
        str(told["name"]): _set(told, [r for r in run.records if r.problem.set == told["name"]])
        for told in run.config["sets"]
    }
    weighted = None
    if set(SIZES) <= set(sets):
        right = {name: [r.right for r in whole if r.problem.set == name] for name in SIZES}
        weighted = weighted_bootstrap(right, SIZES)
    asked = sum(int(told["rows"]) for told in run.config["sets"])
    return Summary(run.name, sets, _drops(whole), weighted, asked - len(run.records))


def drop_between(name: str, pairs: Sequence[tuple[bool, bool]]) -> Drop:
    """The change over pairs of (right before, right after)."""
    before, after = [b for b, _ in pairs], [a for _, a in pairs]
    return Drop(
        name=name,
        before=_mean(before),
        after=_mean(after),
        lost=sum(b and not a for b, a in pairs),
        won=sum(a and not b for b, a in pairs),
        pairs=len(pairs),
        p=mcnemar(before, after),
    )


def _set(told: Mapping[str, object], every: Sequence[Record]) -> SetSummary:
    records = [record for record in every if not record.problem.damaged]
    valued = [record for record in records if record.value is not None]
    sure, good = [r.confidence for r in valued], [r.right for r in valued]
    by_steps = {
        r.key: [str(len(r.problem.operations))] if r.problem.operations is not None else []
        for r in records
    }
    operations = {r.key: sorted(set(r.problem.operations or ())) for r in records}
    return SetSummary(
        name=str(told["name"]),
        source=str(told["source"]),
        made=bool(told["made"]),
        damaged=len(every) - len(records),
        accuracy=bootstrap([r.right for r in records]),
        with_damaged=bootstrap([r.right for r in every]),
        executed=_mean([r.value is not None for r in records]),
        answered=bootstrap([r.right for r in records if r.row["status"] == "answered"]),
        kinds=_parts(records, lambda r: [r.problem.kind] if r.problem.kind else []),
        steps=_parts(records, lambda r: by_steps[r.key]),
        operations=_parts(records, lambda r: operations[r.key]),
        distractors=_distractors(records),
        curve=coverage_curve([r.confidence for r in records], [r.right for r in records]),
        bins=calibration_bins(sure, good),
        risk_area=risk_area([r.confidence for r in records], [r.right for r in records]),
        calibration_error=calibration_error(sure, good),
        cost=_cost(records),
    )


def _parts(
    records: Iterable[Record], labels: Callable[[Record], Sequence[str]]
) -> dict[str, Interval]:
    parts: dict[str, list[bool]] = {}
    for record in records:
        for label in labels(record):
            parts.setdefault(label, []).append(record.right)
    return {label: bootstrap(parts[label]) for label in sorted(parts, key=_natural)}


def _natural(label: str) -> tuple[int, str]:
    return (int(label) if label.isdecimal() else 0), label


def _distractors(records: Iterable[Record]) -> DistractorScore | None:
    pairs = [
        (
            [float(value) for value in record.problem.unused],
            [float(n["value"]) for n in record.row["numbers"] if n["role"] == "distractor"],
        )
        for record in records
        # of a question whose gold names no number at all, nothing is known
        if record.problem.unused is not None and (record.problem.unused or record.problem.used)
    ]
    return distractor_score(pairs) if pairs else None


def _drops(records: Sequence[Record]) -> tuple[Drop, ...]:
    """Distracted rows against their base rows; a base row counts once for each of them."""
    base = {record.key: record.right for record in records if not record.problem.kind}
    pairs: dict[str, list[tuple[bool, bool]]] = {}
    for record in records:
        before = base.get(record.problem.base_id or "")
        if before is None or record.problem.kind is None:
            continue
        for part in (record.problem.kind, "all"):
            name = f"{record.problem.set} {part}"
            pairs.setdefault(name, []).append((before, record.right))
    return tuple(drop_between(name, rows) for name, rows in sorted(pairs.items()))


def _cost(records: Sequence[Record]) -> Cost:
    tokens = [int(r.row["output_tokens"]) for r in records]
    prefill, decode = [], []
    for record in records:
        outputs = record.row["outputs"]
        if outputs and all(o["prefill_seconds"] is not None for o in outputs):
            prefill.append(sum(o["prefill_seconds"] for o in outputs))
            decode.append(sum(o["seconds"] for o in outputs) - prefill[-1])
    peaks = [r.row["peak_bytes"] for r in records if r.row["peak_bytes"] is not None]
    return Cost(
        tokens_mean=_mean(tokens),
        tokens_median=float(median(tokens)) if tokens else math.nan,
        seconds=_mean([float(r.row["seconds"]) for r in records]),
        prefill=fmean(prefill) if prefill else None,
        decode=fmean(decode) if decode else None,
        peak_bytes=max(peaks, default=None),
    )


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else math.nan
