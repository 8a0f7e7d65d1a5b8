"""Ways to choose among stored outputs, compared without generating anything again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagger_tools.evaluation.run import Record, Run, is_right
from dagger_tools.evaluation.statistics import Interval, bootstrap
from dagger_tools.generators import Calibration, Candidate
from dagger_tools.graph import json_value
from dagger_tools.text import read_question
from dagger_tools.vote import Failure, Judged, judge, vote

__all__ = ["Rerank", "rerank"]


@dataclass(frozen=True, slots=True)
class Rerank:
    """Accuracies on a set of the greedy output, of the majority by executed answer, and of the vote
    that weighs the checks; over rows of which ``generator`` wrote something."""

    generator: str
    set: str
    greedy: Interval
    majority: Interval
    checked: Interval


def rerank(run: Run) -> tuple[Rerank, ...]:
    """The three for each generator and set of a run of graphs with several samples; else none."""
    if run.config["prompt"] != "graph":
        return ()
    found = []
    for address in run.config["generators"]:
        if run.config["decoding"][address]["samples"] == 1:
            continue
        calibration = _calibration(run.config["calibration"][address])
        for told in run.config["sets"]:
            rights = [
                _rights(record, address, calibration)
                for record in run.records
                if record.problem.set == told["name"] and not record.problem.damaged
            ]
            columns = list(zip(*[r for r in rights if r is not None], strict=True))
            if columns:
                greedy, majority, checked = (bootstrap(column) for column in columns)
                found.append(Rerank(address, str(told["name"]), greedy, majority, checked))
    return tuple(found)


def _rights(
    record: Record, address: str, calibration: Calibration | None
) -> tuple[bool, bool, bool] | None:
    outputs = [o for o in record.row["outputs"] if o["generator"] == address]
    if not outputs:
        return None
    question = read_question(record.row["read"])
    judged = [judge(Candidate(**output), question, calibration) for output in outputs]
    best, _ = vote(judged, calibration)
    gold = record.problem.answer
    return (
        is_right(_value(judged[0]), gold),
        is_right(_majority(judged), gold),
        is_right(_value(best), gold),
    )


def _majority(judged: Sequence[Judged | Failure]) -> float | None:
    """The value that most candidates give; of several, the one that was given first."""
    counts: dict[float, int] = {}
    for one in judged:
        value = _value(one)
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
    return max(counts, key=lambda value: counts[value]) if counts else None


def _value(one: Judged | Failure) -> float | None:
    if isinstance(one, Failure):
        return None
    try:
        return float(json_value(one.execution.value))
    except OverflowError:
        return math.inf


def _calibration(row: Mapping[str, Any] | None) -> Calibration | None:
    return None if row is None else Calibration(row["intercept"], row["weights"])
