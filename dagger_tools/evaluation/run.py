"""A run on the disk: what was asked (``config.json``) and what came of it (``rows.jsonl``)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError
from dagger_tools.evaluation.problem import Problem
from dagger_tools.graph import json_number
from dagger_tools.rowfile import encode_line

__all__ = ["Record", "Run", "open_run", "problem_row", "read_records"]

TOLERANCE = 1e-6
"""Relative: how far a value may be from the gold answer and still be right."""


@dataclass(frozen=True, slots=True)
class Record:
    """A problem and the row that was written for it (see ``docs/evaluation.md``)."""

    problem: Problem
    row: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Set and id: unique in a run."""
        return f"{self.problem.set}/{self.problem.id}"

    @property
    def value(self) -> float | None:
        """The answer that was given, whatever its status; None where there is none."""
        value = self.row["value"]
        try:
            return None if value is None else float(value)
        except OverflowError:  # longer than any double: never a gold answer
            return math.inf

    @property
    def right(self) -> bool:
        """Whether the value is the gold answer."""
        return is_right(self.value, self.problem.answer)

    @property
    def confidence(self) -> float:
        """0..1; 0 where there is no value."""
        return float(self.row["confidence"])


@dataclass(frozen=True, slots=True)
class Run:
    """A finished or interrupted run, read back."""

    folder: Path
    config: Mapping[str, Any]
    records: tuple[Record, ...]

    @property
    def name(self) -> str:
        """The generators, and the prompt where it is not the graph's."""
        prompt = self.config["prompt"]
        address = " > ".join(self.config["generators"])
        return address if prompt == "graph" else f"{address} ({prompt})"


def is_right(value: float | None, answer: Fraction) -> bool:
    """Whether a value is the answer, within ``TOLERANCE``."""
    try:
        return value is not None and math.isclose(value, float(answer), rel_tol=TOLERANCE)
    except OverflowError:  # longer than any double, and the value is one
        return False


def open_run(folder: Path) -> Run:
    """The run of a folder.

    Raises:
        InputError: the folder holds no run, or a damaged one.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} holds no run: {error}", hint="see dagger-tools eval") from error
    records, _ = read_records(folder / "rows.jsonl")
    return Run(folder, config, tuple(records))


def read_records(path: Path) -> tuple[list[Record], int]:
    """The whole rows of a file, and the bytes they take; a last line that was cut off is left out.

    Raises:
        InputError: a line in the middle is no row of a run.
    """
    records: list[Record] = []
    good = 0
    if not path.exists():
        return records, good
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith(b"\n"):
                break
            try:
                row = json.loads(line)
                records.append(Record(_problem(row["problem"]), row))
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    f"{path}:{number} is no row of a run: {error!r}", hint="name another folder"
                ) from error
            good += len(line)
    return records, good


def problem_row(problem: Problem) -> dict[str, Any]:
    """A problem as JSON values; numbers stay exact."""

    def numbers(values: tuple[Fraction, ...] | None) -> list[int | float | str] | None:
        return None if values is None else [json_number(value) for value in values]

    row: dict[str, Any] = {name: getattr(problem, name) for name in Problem.__slots__}
    return row | {
        "answer": json_number(problem.answer),
        "used": numbers(problem.used),
        "unused": numbers(problem.unused),
        "operations": None if problem.operations is None else list(problem.operations),
    }


def _problem(row: Mapping[str, Any]) -> Problem:
    def number(value: int | float | str) -> Fraction:
        return Fraction(value if isinstance(value, int | str) else repr(value))

    def numbers(values: list[int | float | str] | None) -> tuple[Fraction, ...] | None:
        return None if values is None else tuple(map(number, values))

    fields = dict(row) | {
        "answer": number(row["answer"]),
        "used": numbers(row["used"]),
        "unused": numbers(row["unused"]),
        "operations": None if row["operations"] is None else tuple(row["operations"]),
    }
    return Problem(**fields)


def record_line(problem: Problem, outcome: Mapping[str, Any]) -> bytes:
    """The line of a problem and what came of it."""
    return encode_line({"problem": problem_row(problem), **outcome})
