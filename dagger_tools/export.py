"""From a checkpoint to a folder that ONNX Runtime runs, written only if it agrees with torch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dagger_tools.errors import ExportError, InputError
from dagger_tools.export_roads import (
    FusedRoad,
    Graph,
    OptimumRoad,
    Quantisation,
    Road,
    Tried,
    fp32_bytes,
)
from dagger_tools.generators.exported import PROMPT, TEMPLATE
from dagger_tools.generators.manifest import MANIFEST, hash_of
from dagger_tools.generators.prompt import Prompt, family_of, load_prompt
from dagger_tools.memory import peak_bytes
from dagger_tools.parity import Parity, compared_texts
from dagger_tools.whole_folder import check_free, whole_folder

if TYPE_CHECKING:
    from dagger_tools.checkpoint import CheckpointFiles

__all__ = [
    "KEPT",
    "QUANTISATIONS",
    "STAGES",
    "TOLERANCE",
    "Exported",
    "Graph",
    "Parity",
    "Quantisation",
    "Tried",
    "export_checkpoint",
    "write_manifest",
]

QUANTISATIONS: dict[Graph, tuple[Quantisation, ...]] = {
    "optimum": ("int8", "w8", "none"),
    "fused": ("w4", "w8", "none"),
}
"""What each graph can be quantised to, the smallest first."""
TOLERANCE = 1e-4
"""Largest error of an fp32 logit, as a share of the largest logit, that is taken for rounding."""
KEPT = 0.97
"""Share of places where torch's first token must stay first for ``auto`` to take a quantisation."""
STAGES = ("load", "compare", "quantise", "finish")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was measured on the way.

    ``fp32`` is the graph before quantisation (of a large model only its first ``fp32_layers``
    layers), ``tried`` every quantisation that was measured, the one that was written last.
    ``peak_megabytes`` is the most memory that this process ever held.
    """

    out: Path
    fp32: Parity
    fp32_layers: int
    layers: int
    tried: tuple[Tried, ...]
    peak_megabytes: float

    @property
    def final(self) -> Tried:
        """What was written."""
        return self.tried[-1]


def export_checkpoint(
    source: str,
    out: Path,
    *,
    graph: Graph = "optimum",
    quantisation: Quantisation | Literal["auto"] = "auto",
    adapter: str | None = None,
    revision: str | None = None,
    prompt: Path | None = None,
    tolerance: float = TOLERANCE,
    stage: Callable[[str], None] = lambda name: None,
) -> Exported:
    """Write the checkpoint at ``source`` into ``out``, for ``onnx:OUT``.

    The folder appears whole or not at all.  ``auto`` takes the smallest quantisation that keeps
    torch's first token in ``KEPT`` of the compared places.  ``stage`` is told each of ``STAGES`` as
    it begins.  Memory: Optimum's graph takes the weights in fp32 several times over; the fused one
    the embedding, a layer, and the graph while it is compared.

    Raises:
        InputError: ``out`` holds something already or is written by another export, the graph has no
            such quantisation, or the prompt cannot be used.
        ModelFileError: the checkpoint's files are missing or broken, a weight among them.
        ExportError: the graph has nothing for something in the configuration, its fp32 form is off from
            torch by more than ``tolerance``, or the disk is full.
        MissingDependencyError: torch, transformers or Optimum is not installed.
    """
    from dagger_tools.checkpoint import open_checkpoint

    known = QUANTISATIONS[graph]
    if quantisation not in (*known, "auto"):
        raise InputError(
            f"the {graph} graph is not quantised to {quantisation}",
            hint=f"one of auto, {', '.join(known)}",
        )
    check_free(out)
    asked = load_prompt(prompt, family=family_of(source))
    stage("load")
    files = open_checkpoint(source, revision=revision, adapter=adapter)
    with whole_folder(out, needed=lambda: 2 * fp32_bytes(files)) as part:
        work = part / "work"
        work.mkdir()
        road: Road = FusedRoad(files, work) if graph == "fused" else OptimumRoad(files, work)
        for one in known if quantisation == "auto" else [quantisation]:
            road.check(one)
        stage("compare")
        texts = compared_texts(files, asked)
        fp32 = road.compare(texts)
        if not fp32.error <= tolerance:
            raise ExportError(
                f"the exported graph is off from torch by {fp32.error:.2g} of the largest logit "
                f"({tolerance:.2g} is allowed)",
                hint="nothing was written; this is a fault of the export, not of the checkpoint",
            )
        stage("quantise")
        tried = []
        for one in known if quantisation == "auto" else [quantisation]:
            found = road.attempt(one, texts)
            tried.append(found)
            if found.parity.same_top >= KEPT:
                break
            if quantisation == "auto" and one != known[-1]:
                shutil.rmtree(work / one)
        for path in (work / tried[-1].quantisation).iterdir():
            path.replace(part / path.name)
        shutil.rmtree(work)
        stage("finish")
        _write_beside(part, files, asked)
        config = files.config.to_dict() | {"architectures": ["Gemma3ForCausalLM"]}
        (part / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")
        write_manifest(
            part,
            {
                "format": 1,
                "source": source,
                "revision": files.revision,
                "adapter": adapter,
                "graph": graph,
                "quantisation": tried[-1].quantisation,
                "prompt": {"name": asked.name, "system": asked.system},
                "stop": files.stop_ids,
                "dims": _dims(files.config) | {"context": road.context},
                "parity": {
                    "fp32": asdict(fp32) | {"layers": road.compared_layers},
                    "final": asdict(tried[-1].parity),
                },
            },
            versions=road.packages,
        )
    peak = (peak_bytes() or 0) / 1e6
    return Exported(
        out, fp32, road.compared_layers, files.config.num_hidden_layers, tuple(tried), peak
    )


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


def _write_beside(part: Path, files: CheckpointFiles, prompt: Prompt) -> None:
    files.tokenizer.backend_tokenizer.save(str(part / "tokenizer.json"))
    if files.chat_template is not None:
        (part / TEMPLATE).write_text(files.chat_template, "utf-8")
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
