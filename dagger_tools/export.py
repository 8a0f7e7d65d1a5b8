"""From a checkpoint to a folder that ONNX Runtime runs, written only if it agrees with torch."""

from __future__ import annotations

import json
import logging
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dagger_tools.errors import ExportError, InputError, MissingDependencyError
from dagger_tools.generators.manifest import MANIFEST, hash_of
from dagger_tools.generators.onnx import PROMPT, TEMPLATE
from dagger_tools.generators.prompt import Prompt, family_of, load_prompt
from dagger_tools.generators.session import OnnxSession
from dagger_tools.memory import peak_bytes
from dagger_tools.parity import (
    Parity,
    compared_texts,
    measure_parity,
    measure_speed,
    torch_logits,
)

if TYPE_CHECKING:
    from dagger_tools.checkpoint import Checkpoint

__all__ = [
    "STAGES",
    "TOLERANCE",
    "Exported",
    "Parity",
    "Quantisation",
    "export_checkpoint",
    "export_graph",
    "quantise",
    "write_manifest",
]

Quantisation = Literal["none", "int8", "w8"]

TOLERANCE = 1e-4
"""Largest error of an fp32 logit, as a share of the largest logit, that is taken for rounding."""
STAGES = ("load", "export", "compare", "quantise", "finish")

_INLINE = 1_500_000_000
"""Bytes of weights beyond which they go into a file of their own: protobuf ends at 2 GB."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was measured on the way.

    ``fp32`` is the graph before quantisation, ``final`` the one that was written.  Speeds are in
    tokens a second of one output; ``peak_megabytes`` is the most memory that this process ever held.
    """

    out: Path
    fp32: Parity
    final: Parity
    megabytes: float
    prefill_speed: float
    decode_speed: float
    peak_megabytes: float


def export_checkpoint(
    source: str,
    out: Path,
    *,
    quantisation: Quantisation = "none",
    adapter: str | None = None,
    revision: str | None = None,
    prompt: Path | None = None,
    tolerance: float = TOLERANCE,
    stage: Callable[[str], None] = lambda name: None,
) -> Exported:
    """Write the checkpoint at ``source`` into ``out``, for ``onnx:OUT``.

    The folder appears whole or not at all.  ``stage`` is told each of ``STAGES`` as it begins.
    Memory: the weights in fp32 several times over; they are not streamed.

    Raises:
        InputError: ``out`` holds something already, or the prompt cannot be used.
        ModelFileError: the checkpoint's files are missing or broken, a weight among them.
        ExportError: the fp32 graph is off from torch by more than ``tolerance``.
        MissingDependencyError: torch, transformers or Optimum is not installed.
    """
    from dagger_tools.checkpoint import load_checkpoint, save_model

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} holds something already", hint="give another folder, or remove it")
    asked = load_prompt(prompt, family=family_of(source))
    stage("load")
    found = load_checkpoint(source, revision=revision, adapter=adapter)
    with _part(out) as part:
        work = part / "work"
        plain = work / "fp32"
        stage("export")
        save_model(found, work / "plain")
        export_graph(work / "plain", plain)
        stage("compare")
        texts = compared_texts(found, asked)
        expected = [torch_logits(found.model, text) for text in texts]
        del found.model.model  # its memory is wanted for what follows
        fp32 = measure_parity(OnnxSession(plain, threads=0), texts, expected)
        if not fp32.error <= tolerance:
            raise ExportError(
                f"the exported graph is off from torch by {fp32.error:.2g} of the largest logit "
                f"({tolerance:.2g} is allowed)",
                hint="nothing was written; this is a fault of the export, not of the checkpoint",
            )
        stage("quantise")
        for name in ("config.json", "generation_config.json"):
            if (work / "plain" / name).exists():
                shutil.copy(work / "plain" / name, part / name)
        quantise(plain / "model.onnx", part / "model.onnx", quantisation)
        shutil.rmtree(work)
        stage("finish")
        session = OnnxSession(part, threads=0)
        final = fp32 if quantisation == "none" else measure_parity(session, texts, expected)
        speeds = measure_speed(session, texts[0])
        del session
        _write_beside(part, found, asked)
        write_manifest(
            part,
            {
                "format": 1,
                "source": source,
                "revision": found.revision,
                "adapter": adapter,
                "graph": "optimum",
                "quantisation": quantisation,
                "prompt": {"name": asked.name, "system": asked.system},
                "stop": found.stop_ids,
                "dims": _dims(found.model.config),
                "parity": {"fp32": asdict(fp32), "final": asdict(final)},
            },
            versions=("onnx", "onnxruntime", "optimum", "optimum-onnx", "torch", "transformers"),
        )
        megabytes = sum(path.stat().st_size for path in part.iterdir()) / 1e6
    return Exported(out, fp32, final, megabytes, *speeds, (peak_bytes() or 0) / 1e6)


def export_graph(checkpoint: Path, out: Path) -> None:
    """Optimum's graph of a plain ``Gemma3ForCausalLM`` folder, with a KV cache, in fp32.

    Raises:
        MissingDependencyError: Optimum is not installed.
    """
    try:
        from optimum.exporters.onnx import main_export
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed", hint="pip install 'dagger-tools[onnx]'"
        ) from error
    size = sum(path.stat().st_size for path in checkpoint.glob("*.safetensors"))
    with warnings.catch_warnings():
        # torch's and Optimum's exporters warn about their own tracing
        warnings.simplefilter("ignore")
        main_export(
            str(checkpoint),
            output=out,
            task="text-generation-with-past",
            do_validation=False,
            # its removal of duplicate weights fails beyond protobuf's 2 GB
            no_post_process=size > _INLINE,
        )


def quantise(source: Path, target: Path, quantisation: Quantisation) -> None:
    """Write the graph ``source`` with quantised weights, or as it is, to ``target``.

    ``int8``: weights per channel, activations per tensor; ``w8``: both in blocks of 32, and the
    embedding stays in fp32.
    """
    weights = sum(path.stat().st_size for path in source.parent.glob("model.onnx*"))
    apart = weights > _INLINE
    if quantisation == "none":
        for path in source.parent.glob("model.onnx*"):
            shutil.copy(path, target.with_name(path.name))
        return
    if quantisation == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            source, target, per_channel=True, weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"], use_external_data_format=apart,
        )  # fmt: skip
        return
    import onnx

    # it tells of every node it looks at
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(
        onnx.load(source), bits=8, block_size=32, is_symmetric=True,
        # products of int8: with those of fp32 (level 1) it writes slower than fp32 weights do
        accuracy_level=4,
    )  # fmt: skip
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), use_external_data_format=apart)


def write_manifest(
    out: Path,
    fields: dict[str, Any],
    *,
    versions: Iterable[str],
    suffixes: Iterable[str] | None = None,
) -> None:
    """Name every file of the folder (of these suffixes) with its hash: a damaged one is noticed."""
    wanted = None if suffixes is None else set(suffixes)
    manifest = {
        **fields,
        "versions": {name: version(name) for name in versions},
        "sha256": {
            file.name: hash_of(file)
            for file in sorted(out.iterdir())
            if file.name != MANIFEST and (wanted is None or file.suffix in wanted)
        },
    }
    part = out / "manifest.part"
    part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / MANIFEST)


@contextmanager
def _part(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` that becomes it at the end, and is removed if the end is not reached."""
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    part.mkdir(parents=True)
    try:
        yield part
        if out.exists():
            out.rmdir()
        part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _write_beside(part: Path, found: Checkpoint, prompt: Prompt) -> None:
    found.tokenizer.backend_tokenizer.save(str(part / "tokenizer.json"))
    if found.chat_template is not None:
        (part / TEMPLATE).write_text(found.chat_template, "utf-8")
    (part / PROMPT).write_text(prompt.text, "utf-8")


def _dims(config: Any) -> dict[str, int | None]:
    return {
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "key_value_heads": config.num_key_value_heads,
        "head": config.head_dim,
        "vocabulary": config.vocab_size,
        "context": config.max_position_embeddings,
        "sliding_window": config.sliding_window,
    }
