"""From a trained checkpoint to the folder that ships: the fused graph, quantised, with a manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dagger_tools import export
from dagger_tools.checkpoint import load_checkpoint, open_checkpoint
from dagger_tools.errors import ExportError, InputError
from dagger_tools.fused import FusedQuantisation, write_fused
from dagger_tools.generators.base import GREEDY
from dagger_tools.generators.decoder import OnnxDecoder
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.manifest import MANIFEST
from dagger_tools.generators.nano_codec import NanoCodec
from dagger_tools.generators.nano_grammar import CompactConstraint
from dagger_tools.text import read_question

__all__ = ["FusedQuantisation", "export_nano", "write_manifest"]

_MAX_LOGIT_ERROR = 1e-3
"""Largest difference between torch and the exported fp32 graph that is taken for rounding."""
_OUTPUT = 96


def export_nano(
    checkpoint: Path, out: Path, *, quantisation: FusedQuantisation, questions: Sequence[str]
) -> dict[str, float]:
    """Write the embedded model's folder; return what was measured on ``questions``.

    The fp32 graph must agree with torch; ``same_output`` is the share of questions on which the
    quantised graph writes what the fp32 graph writes, ``megabytes`` the folder's size.

    Raises:
        InputError: ``checkpoint`` holds no model.
        ExportError: the exported graph does not agree with torch.
    """
    if not (checkpoint / "config.json").exists():
        raise InputError(f"{checkpoint} holds no checkpoint", hint="train one first")
    from tokenizers import Tokenizer

    codec = NanoCodec(Tokenizer.from_file(str(checkpoint / "tokenizer.json")))
    prompts = [codec.encode_question(read_question(question)) for question in questions]
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        plain, final = Path(folder) / "fp32", Path(folder) / "final"
        found = open_checkpoint(str(checkpoint))
        plain.mkdir()
        write_fused(found.config, found.weights(), plain)
        measured = {"logit_error": _logit_error(checkpoint, plain, prompts)}
        if measured["logit_error"] > _MAX_LOGIT_ERROR:
            raise ExportError(f"the export is off by {measured['logit_error']:.2g} from torch")
        final.mkdir()
        write_fused(found.config, found.weights(), final, quantisation=quantisation)
        for name in ("config.json", "tokenizer.json"):
            shutil.copy(checkpoint / name, final / name)
        counts = [len(read_question(question).numbers) for question in questions]
        measured["same_output"] = _agreement(codec, plain, final, prompts, counts)
        out.mkdir(parents=True, exist_ok=True)
        for path in final.iterdir():
            path.replace(out / path.name)
    write_manifest(out, quantisation=quantisation)
    measured["megabytes"] = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    return measured


def write_manifest(out: Path, *, quantisation: str | None = None) -> None:
    """Name every file of the folder with its hash, so that a damaged one is noticed."""
    path = out / MANIFEST
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    export.write_manifest(
        out,
        {"format": 1, "quantisation": quantisation or old["quantisation"]},
        versions=("onnx", "onnxruntime", "torch", "transformers"),
        suffixes=(".onnx", ".data", ".json"),
    )


def _logit_error(checkpoint: Path, exported: Path, prompts: Sequence[Sequence[int]]) -> float:
    """Largest difference of the last logits between torch and the exported graph."""
    import torch

    model: Any = load_checkpoint(str(checkpoint)).model
    session = FusedSession(exported, threads=0)
    worst = 0.0
    for prompt in prompts:
        ours = session.read(session.cache(1, len(prompt)), [prompt], last=len(prompt))
        with torch.no_grad():
            theirs = model(torch.tensor([list(prompt)])).logits[0].numpy()
        worst = max(worst, float(np.abs(ours - theirs).max()))
    return worst


def _agreement(
    codec: NanoCodec,
    reference: Path,
    candidate: Path,
    prompts: Sequence[Sequence[int]],
    counts: Sequence[int],
) -> float:
    """Share of prompts on which two exports write the same graph."""
    decoders = [OnnxDecoder(reference), OnnxDecoder(candidate)]
    same = 0
    for prompt, count in zip(prompts, counts, strict=True):
        (ours,), (theirs,) = (
            decoder.decode(prompt, [CompactConstraint(codec, count)], GREEDY, limit=_OUTPUT)
            for decoder in decoders
        )
        same += ours.tokens == theirs.tokens
    return same / len(prompts)
