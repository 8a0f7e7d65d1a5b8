"""An exported model's folder: which files belong to it, each with its hash, and its tokenizer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import ModelFileError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["MANIFEST", "checked_manifest", "hash_of", "open_tokenizer"]

MANIFEST = "manifest.json"


def checked_manifest(folder: Path, *, hint: str) -> dict[str, Any]:
    """The manifest of ``folder``, once every file that it names is found to be the one it names.

    Raises:
        ModelFileError: it cannot be read, or a file is missing or another; with ``hint``.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = dict(manifest["sha256"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"cannot read {path}: {error!r}", hint=hint) from error
    for name, expected in files.items():
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
