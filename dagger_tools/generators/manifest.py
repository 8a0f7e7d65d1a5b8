"""An exported model's folder: which files belong to it, each with its hash, and its tokenizer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import ModelFileError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["MANIFEST", "checked_manifest", "hash_of", "open_tokenizer"]

MANIFEST = "manifest.json"
_FORMAT = 1


def checked_manifest(folder: Path, *, needed: Iterable[str], hint: str) -> dict[str, Any]:
    """The manifest of ``folder``, once every file that it names is found to be the one it names.

    Args:
        needed: files that it must name.
        hint: of the errors.

    Raises:
        ModelFileError: it cannot be read, is of another format, or a file is missing or another.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = dict(manifest["sha256"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"cannot read {path}: {error!r}", hint=hint) from error
    if manifest.get("format") != _FORMAT:
        raise ModelFileError(
            f"{path} is of format {manifest.get('format')!r}; {_FORMAT} is read", hint=hint
        )
    if missing := [name for name in needed if name not in files]:
        raise ModelFileError(f"{path} names no {', '.join(missing)}", hint=hint)
    for name, expected in files.items():
        # files of the folder alone, and no device that never ends
        if name != Path(name).name or ((folder / name).exists() and not (folder / name).is_file()):
            raise ModelFileError(f"{path} names {name!r}, which is no file of it", hint=hint)
        try:
            digest = hash_of(folder / name)
        except OSError as error:
            raise ModelFileError(f"cannot read {folder / name}: {error}", hint=hint) from error
        if digest != expected:
            raise ModelFileError(f"{folder / name} is not the file its manifest names", hint=hint)
    return manifest


def hash_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; read in pieces, for weights may be larger than memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_tokenizer(folder: Path, *, hint: str) -> Tokenizer:
    """``tokenizer.json`` of the folder.

    Raises:
        ModelFileError: it is missing or broken; with ``hint``.
    """
    # imported here: a host that only routes does not pay for it
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception for every fault of a file
        raise ModelFileError(f"cannot load {path}: {error}", hint=hint) from error
