"""JSONL in, JSONL out, in order: resumable, and nothing already written is ever lost."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any

from dagger_tools.errors import DaggerError, InputError
from dagger_tools.progress import Progress
from dagger_tools.rowfile import append_line, encode_line, lock_file

__all__ = ["Row", "process", "read_rows", "write_rows"]

MAX_LINE = 4_000_000
"""Bytes of one row; a longer line becomes a row with an error, without being read whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the input: its 1-based ``number``, its ``id`` (None if it has none), its text.

    ``fields`` is the whole object of the line.
    """

    number: int
    id: Any
    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: InputError | None = None


def read_rows(path: Path, field: str) -> Iterator[Row]:
    """The rows of ``path``; one that cannot be read carries its error instead of a text.

    Raises:
        InputError: the file cannot be opened.
    """
    try:
        lines = path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    with lines:
        number = 0
        while raw := lines.readline(MAX_LINE):
            if not raw.endswith(b"\n") and len(raw) == MAX_LINE:
                number += 1
                while raw and not raw.endswith(b"\n"):
                    raw = lines.readline(MAX_LINE)
                fault = InputError(f"row {number} is over {MAX_LINE:,} bytes", hint="split it")
                yield Row(number, None, error=fault)
            elif raw.strip():
                number += 1
                yield _row(number, raw, field)


def process(
    source: Path,
    target: Path,
    *,
    field: str,
    work: Callable[[Sequence[str]], Sequence[dict[str, Any] | DaggerError]],
    belongs: Callable[[dict[str, Any], str], bool],
    title: str,
    batch: int = 16,
) -> int:
    """Write a row to ``target`` for every row of ``source``; return how many held an error.

    ``work`` turns the texts of good rows into what is written beside the ``id``; ``belongs`` tells
    whether a row that was written earlier is the result of a text.  Rows that ``target`` already
    holds are kept and not done again; a line that an interruption cut off is.

    Raises:
        InputError: a file cannot be read or written, or ``target`` is of another input.
    """
    total = sum(1 for _ in read_rows(source, field))
    if target.exists() and (not target.is_file() or target.samefile(source)):
        raise InputError(f"cannot write {target}: it is no file of its own", hint="name another")
    done, faults, good_bytes = _resume(source, target, field, belongs)
    try:
        with (
            # unbuffered: a line is on its way to the disk when it is said to be written
            FileIO(target, "r+b" if target.exists() else "xb") as out,
            Progress(title, total) as tick,
        ):
            lock_file(out, target)
            out.seek(good_bytes)
            out.truncate()
            tick(done)
            rows = islice(read_rows(source, field), done, None)
            while chunk := list(islice(rows, batch)):
                results = iter(work([row.text for row in chunk if row.error is None]))
                for row in chunk:
                    result = next(results) if row.error is None else row.error
                    faults += isinstance(result, DaggerError)
                    append_line(out, encode_line(_written(row, result)))
                    tick(1)
    except OSError as error:
        raise InputError(
            f"cannot write {target}: {error.strerror}",
            hint="what is written is whole; mend it and run the same command again",
        ) from error
    return faults


def write_rows(
    target: Path | None, rows: Iterable[dict[str, Any]], *, title: str, total: int
) -> None:
    """Write rows to ``target`` when all of them are there, or to standard output as they come.

    Raises:
        InputError: ``target`` cannot be written.
    """
    if target is None:
        with Progress(title, total) as tick:
            for row in rows:
                sys.stdout.buffer.write(encode_line(row))
                tick(1)
        sys.stdout.buffer.flush()
        return
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as out, Progress(title, total) as tick:
            for row in rows:
                out.write(encode_line(row))
                tick(1)
        part.replace(target)
    except OSError as error:
        message = f"cannot write {target}: {error.strerror}"
        raise InputError(message, hint="check the path and the space on the disk") from error
    finally:
        part.unlink(missing_ok=True)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _row(number: int, raw: bytes, field: str) -> Row:
    try:
        value = json.loads(raw, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        fault = InputError(f"row {number} is not JSON: {error}", hint='write {"id": ..., ...}')
        return Row(number, None, error=fault)
    if not isinstance(value, dict) or not isinstance(value.get(field), str):
        row_id = value.get("id") if isinstance(value, dict) else None
        fault = InputError(
            f'row {number} has no text under "{field}"', hint=f'write {{"{field}": "..."}}'
        )
        return Row(number, row_id, error=fault)
    return Row(number, value.get("id"), value[field], value)


def _written(row: Row, result: dict[str, Any] | DaggerError) -> dict[str, Any]:
    if isinstance(result, DaggerError):
        error = {"type": type(result).__name__, "message": result.message, "hint": result.hint}
        return {"id": row.id, "row": row.number, "error": error}
    return {"id": row.id, **result}


def _resume(
    source: Path, target: Path, field: str, belongs: Callable[[dict[str, Any], str], bool]
) -> tuple[int, int, int]:
    """Rows already in ``target``, how many of them hold errors, and the bytes they take."""
    if not target.exists():
        return 0, 0, 0
    done = faults = good_bytes = 0
    rows = read_rows(source, field)
    try:
        lines = target.open("rb")
    except OSError as error:
        raise InputError(
            f"cannot read {target}: {error.strerror}", hint="check the path"
        ) from error
    with lines:
        for line in lines:
            row = next(rows, None)
            if row is not None and not line.endswith(b"\n") and _is_cut_off(line, row):
                break  # done again
            if row is None or not _is_result(line, row, belongs):
                raise InputError(
                    f"{target}:{done + 1} is no output for {source}",
                    hint="name another output file",
                )
            done += 1
            faults += row.error is not None or line.startswith(_beginning(row) + b', "row": ')
            good_bytes += len(line)
    return done, faults, good_bytes


def _beginning(row: Row) -> bytes:
    """How the row's output begins."""
    return encode_line({"id": row.id})[:-2]


def _is_cut_off(line: bytes, row: Row) -> bool:
    """Whether a line without its end can be the first part of the row's output."""
    beginning = _beginning(row)
    return line.startswith(beginning) or beginning.startswith(line)


def _is_result(line: bytes, row: Row, belongs: Callable[[dict[str, Any], str], bool]) -> bool:
    """Whether a whole line is what was once written for the row."""
    try:
        written = json.loads(line)
        if not line.startswith(_beginning(row)) or not isinstance(written, dict):
            return False
        if "error" in written:
            return bool(written["row"] == row.number)
        return row.error is None and belongs(written, row.text)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
