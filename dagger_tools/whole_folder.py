"""A folder that appears whole or not at all, also where two runs, or another's files, are in the way."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dagger_tools.errors import ExportError, InputError
from dagger_tools.rowfile import lock_file

__all__ = ["check_free", "whole_folder"]

_MARK = "dagger-tools-export.lock"
"""Held as long as an export writes; a part folder without it is somebody else's."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_free(out: Path) -> None:
    """Whether a folder may appear as ``out``.

    Raises:
        InputError: it holds something, or is the current folder, which cannot be exchanged.
    """
    if out.is_symlink() and not out.exists():
        raise InputError(f"{out} is a link to nothing", hint="give another folder, or remove it")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} holds something already", hint="give another folder, or remove it")
    if out.resolve() == Path.cwd():
        raise InputError("the current folder cannot be written whole", hint="name a new folder")


@contextmanager
def whole_folder(out: Path, *, needed: Callable[[], int]) -> Iterator[Path]:
    """A folder in ``OUT.part`` that becomes ``out`` at the end, and is removed if it is not reached.

    What a killed run left is removed first.  A link is followed: the folder it names appears.

    Args:
        needed: bytes that are written about, told where the disk is full.

    Raises:
        InputError: ``out`` is not free, another export writes it, or ``OUT.part`` is not ours.
        ExportError: the folder cannot be written; the disk may be full.
    """
    check_free(out)
    out = out.resolve()
    part = out.with_name(out.name + ".part")
    try:
        _remove_abandoned(part)
        part.mkdir(parents=True)
        with (part / _MARK).open("wb", buffering=0) as mark:
            lock_file(mark, out)
            try:
                whole = part / "whole"
                whole.mkdir()
                yield whole
                whole.replace(out)  # also over an empty folder
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        hint = "nothing was written; look at the path and its permissions"
        if error.errno in _FULL:
            hint = (
                f"nothing was written; about {needed() / 1e6:,.0f} MB are needed, "
                f"{_free(out) / 1e6:,.0f} MB are free"
            )
        raise ExportError(f"cannot write {out}: {error}", hint=hint) from error


def _remove_abandoned(part: Path) -> None:
    """Remove what a killed export left; anything else stays, and is an error."""
    mark = part / _MARK
    if part.is_symlink() or (part.exists() and not mark.is_file()):
        raise InputError(
            f"{part} is there and was not left by an export", hint="move it, or give another folder"
        )
    if not part.exists():
        return
    with mark.open("ab", buffering=0) as held:
        lock_file(held, part)
        shutil.rmtree(part)


def _free(path: Path) -> int:
    """Bytes that are free where ``path`` is to appear."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
