"""What the manifest of an exported language model says, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagger_tools.errors import ModelFileError
from dagger_tools.generators.fused_session import LONGEST_CONTEXT
from dagger_tools.generators.manifest import checked_manifest

__all__ = ["HINT", "PROMPT", "TEMPLATE", "ExportedFolder", "open_folder"]

PROMPT = "prompt.txt"
TEMPLATE = "chat_template.jinja"
HINT = "export the checkpoint anew: dagger-tools export CHECKPOINT DIR"

_NEEDED = ("model.onnx", "tokenizer.json", "config.json", PROMPT)
_LONGEST = 1 << 20
"""Tokens of context that are believed of Optimum's graph, which holds no table of positions."""
_MOST_TOKENS = 1 << 20
"""Size of a vocabulary that is believed: four times Gemma's."""


@dataclass(frozen=True, slots=True)
class ExportedFolder:
    """An exported checkpoint: ``fused`` says which graph, ``template`` is None for Gemma's turns."""

    fused: bool
    system: str | None
    template: str | None
    context: int
    vocabulary: int
    stop: tuple[int, ...]


def open_folder(folder: Path) -> ExportedFolder:
    """Read the manifest of ``folder``, and compare its files with it.

    Raises:
        ModelFileError: a file is missing or another, or the manifest says what cannot be.
    """
    manifest = checked_manifest(folder, needed=_NEEDED, hint=HINT)
    graph, prompt, dims = (manifest.get(name) for name in ("graph", "prompt", "dims"))
    stop = manifest.get("stop")
    if not isinstance(prompt, dict) or not isinstance(dims, dict):
        raise _wrong(folder, "prompt and dims must be objects")
    system = prompt.get("system")
    if graph not in ("fused", "optimum"):
        raise _wrong(folder, f"graph is {graph!r}")
    if system is not None and not isinstance(system, str):
        raise _wrong(folder, f"the system message is {system!r}")
    if not isinstance(stop, list) or not all(type(one) is int for one in stop):
        raise _wrong(folder, f"stop is {stop!r}")
    fused = graph == "fused"
    if fused and "model.onnx.data" not in manifest["sha256"]:
        raise _wrong(folder, "it names no model.onnx.data")
    return ExportedFolder(
        fused=fused,
        system=system,
        template=_template(folder),
        context=_number(folder, dims, "context", LONGEST_CONTEXT if fused else _LONGEST),
        vocabulary=_number(folder, dims, "vocabulary", _MOST_TOKENS),
        stop=tuple(stop),
    )


def _template(folder: Path) -> str | None:
    path = folder / TEMPLATE
    if not path.exists():
        return None
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelFileError(f"cannot read {path}: {error}", hint=HINT) from error


def _number(folder: Path, dims: Mapping[str, Any], name: str, most: int) -> int:
    value = dims.get(name)
    if type(value) is not int or not 0 < value <= most:
        raise _wrong(folder, f"{name} is {value!r}, not from 1 to {most:,}")
    return value


def _wrong(folder: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"the manifest of {folder} is not that of a language model: {what}", hint=HINT
    )
