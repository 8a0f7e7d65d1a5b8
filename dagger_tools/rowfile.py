"""Rows as lines of JSON that are appended one by one: what is written stays, whatever comes after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError

__all__ = ["append_line", "encode_line", "lock_file"]


def encode_line(row: Mapping[str, Any]) -> bytes:
    """A row as UTF-8; one that holds half a character (a lone surrogate) is written in escapes."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode() + b"\n"


def append_line(out: FileIO, line: bytes) -> None:
    """Write one whole line, or leave the file as it was before it (a disk may fill in the middle)."""
    before = out.tell()
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[out.write(rest) or 0 :]
    except OSError:
        out.seek(before)
        out.truncate()
        raise


def lock_file(out: FileIO, target: Path) -> None:
    """Keep a second run from writing into the same file (where the system has such locks).

    Raises:
        InputError: another run holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows opens files without sharing them for writing to begin with
        return
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        hint = "wait for it, or name another output file"
        raise InputError(f"another run is writing {target}", hint=hint) from error
