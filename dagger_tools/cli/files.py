"""One text from a file or from standard input, within bounds."""

from __future__ import annotations

import sys
from pathlib import Path

from dagger_tools.errors import InputError

__all__ = ["read_text"]


def read_text(source: str, most: int) -> str:
    """The text of a file, or of standard input for ``-``; at most ``most`` bytes of UTF-8.

    Raises:
        InputError: it cannot be read, is longer, or is no UTF-8.
    """
    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            raw = sys.stdin.buffer.read(most + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}", hint="check the path") from error
    if len(raw) > most:
        raise InputError(f"{name} is over {most:,} bytes", hint="pass a part of it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not UTF-8: {error.reason}", hint="save it as UTF-8") from error
