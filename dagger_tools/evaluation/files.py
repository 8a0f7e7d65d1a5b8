"""Rows of a data set from a file or from the hub, each with the place it stands at."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError, MissingDependencyError

__all__ = ["SUFFIXES", "read_file", "read_hub"]

SUFFIXES = (".jsonl", ".json", ".tsv", ".csv", ".parquet")
_MAX_BYTES = 256_000_000
_MAX_FIELD = 1_000_000
_NO_HEADER = ("question", "answer")
"""Columns of a table without a header: that of the published ``mgsm_bn.tsv``."""

Row = tuple[str, Mapping[str, Any]]


def read_file(path: Path) -> Iterator[Row]:
    """``(place, columns)`` of each row of a JSONL, JSON, TSV, CSV or Parquet file.

    ``place`` is file:line, or the row's number where a file has no lines.

    Raises:
        InputError: the file cannot be read, or a row is not what its suffix promises.
        MissingDependencyError: it is Parquet, as copies of the hub are, and pyarrow is not installed.
    """
    if path.suffix == ".parquet":
        return _parquet(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path} is over {_MAX_BYTES:,} bytes", hint="pass a part of it")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8: {error.reason}", hint="save it as UTF-8") from error
    if path.suffix in (".tsv", ".csv"):
        return _table(path, text, "\t" if path.suffix == ".tsv" else ",")
    if text.lstrip().startswith("["):
        return _array(path, text)
    return _lines(path, text)


def read_hub(repository: str, config: str | None, split: str | None) -> Iterator[Row]:
    """Rows of a data set of the hub, through ``datasets``.

    Raises:
        MissingDependencyError: ``datasets`` is not installed.
        InputError: the hub does not give it (no network, no such set).
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError(
            "datasets is not installed", hint="pip install 'dagger-tools[hub]'"
        ) from error
    try:
        splits = datasets.load_dataset(repository, config)
    except Exception as error:  # datasets raises whatever its loaders raise
        raise InputError(
            f"cannot load {repository} from the hub: {error}",
            hint="download it, and pass its folder",
        ) from error
    chosen = split or ("test" if "test" in splits or len(splits) != 1 else next(iter(splits)))
    if chosen not in splits:
        raise InputError(
            f"{repository} has no split {chosen!r}",
            hint=f"there are {', '.join(map(str, splits))}; a split is named by owner/name:config:split",
        )
    for number, row in enumerate(splits[chosen], start=1):
        yield f"{repository}:{number}", row


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingDependencyError(
            "pyarrow is not installed", hint="pip install 'dagger-tools[hub]'"
        ) from error
    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot read {path}: {error}", hint="check the file") from error
    for number, row in enumerate(rows, start=1):
        yield f"{path}:row {number}", row


def _lines(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{place} is not JSON: {error}", hint="mend the line") from error
        yield place, _object(row, place)


def _array(path: Path, text: str) -> Iterator[Row]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}", hint="mend the file") from error
    for number, row in enumerate(rows, start=1):
        place = f"{path}:row {number}"
        yield place, _object(row, place)


def _object(row: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise InputError(f"{place} is no JSON object", hint='write {"question": ..., ...}')
    return row


def _table(path: Path, text: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    header: list[str] | None = None
    try:
        for cells in reader:
            place = f"{path}:{reader.line_num}"
            if header is None:
                # a first cell in Latin letters is a column's name: the questions are Bangla
                if cells and cells[0].isascii():
                    header = cells
                    continue
                header = list(_NO_HEADER)
            if not cells:
                continue
            if len(cells) != len(header):
                raise InputError(
                    f"{place} has {len(cells)} columns instead of {len(header)}",
                    hint="mend the line",
                )
            yield place, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}", hint="mend the line") from error
