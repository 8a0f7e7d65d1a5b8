"""From a checkpoint to a folder that ONNX Runtime runs, written only if it agrees with torch."""

from __future__ import annotations

import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from dagger_tools.errors import ExportError, InputError
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.manifest import MANIFEST, hash_of
from dagger_tools.generators.onnx import PROMPT, TEMPLATE
from dagger_tools.generators.prompt import Prompt, family_of, load_prompt
from dagger_tools.generators.session import OnnxSession
from dagger_tools.memory import peak_bytes
from dagger_tools.parity import COMPARED, Parity, compared_texts, measure_parity, measure_speed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dagger_tools.checkpoint import CheckpointFiles
    from dagger_tools.optimum_graph import OptimumQuantisation

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

Graph = Literal["optimum", "fused"]
Quantisation = Literal["none", "int8", "w8", "w4"]

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

_COMPARED_WHOLE = 6_000_000_000
"""Bytes of fp32 weights up to which the fused graph is compared whole before it is quantised."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A quantisation and what it came to; speeds are in tokens a second of one output."""

    quantisation: Quantisation
    parity: Parity
    megabytes: float
    prefill_speed: float
    decode_speed: float


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
        InputError: ``out`` holds something already, the graph has no such quantisation, or the prompt
            cannot be used.
        ModelFileError: the checkpoint's files are missing or broken, a weight among them.
        ExportError: the fp32 graph is off from torch by more than ``tolerance``.
        MissingDependencyError: torch, transformers or Optimum is not installed.
    """
    from dagger_tools.checkpoint import open_checkpoint

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} holds something already", hint="give another folder, or remove it")
    known = QUANTISATIONS[graph]
    if quantisation not in (*known, "auto"):
        raise InputError(
            f"the {graph} graph is not quantised to {quantisation}",
            hint=f"one of auto, {', '.join(known)}",
        )
    asked = load_prompt(prompt, family=family_of(source))
    stage("load")
    files = open_checkpoint(source, revision=revision, adapter=adapter)
    with _part(out) as part:
        work = part / "work"
        work.mkdir()
        road: _Road = _Fused(files, work) if graph == "fused" else _Optimum(files, work)
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


class _Road(ABC):
    """One kind of graph of one checkpoint: ``compare`` first, then ``attempt``."""

    packages: tuple[str, ...] = ("onnx", "onnxruntime", "torch", "transformers")

    def __init__(self, files: CheckpointFiles, work: Path) -> None:
        self._files, self._work = files, work
        self._expected: list[npt.NDArray[np.float32]] = []
        self.compared_layers: int = files.config.num_hidden_layers
        self.context: int = files.config.max_position_embeddings

    @abstractmethod
    def compare(self, texts: list[list[int]]) -> Parity:
        """The fp32 graph against torch."""

    @abstractmethod
    def write(self, quantisation: Quantisation, folder: Path) -> OnnxSession | FusedSession:
        """Write the graph into ``folder``, and open it."""

    def attempt(self, quantisation: Quantisation, texts: list[list[int]]) -> Tried:
        """Write a quantisation into a folder of its name, and measure it."""
        folder = self._work / quantisation
        folder.mkdir(exist_ok=True)
        session = self.write(quantisation, folder)
        parity = measure_parity(session, texts, self._expected)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        return Tried(quantisation, parity, size, *measure_speed(session, texts[0]))


class _Optimum(_Road):
    packages = (*_Road.packages, "optimum", "optimum-onnx")

    def compare(self, texts: list[list[int]]) -> Parity:
        import torch

        from dagger_tools.checkpoint import load_weights, save_model
        from dagger_tools.optimum_graph import export_graph

        found = load_weights(self._files)
        save_model(found, self._work / "plain")
        with torch.inference_mode():
            for text in texts:
                output = found.model(
                    input_ids=torch.tensor([text]), use_cache=False, logits_to_keep=COMPARED
                )
                self._expected.append(output.logits[0].numpy())
        del found, output  # their memory is wanted for what follows
        export_graph(self._work / "plain", self._work / "fp32")
        shutil.copy(self._work / "plain" / "config.json", self._work / "fp32" / "config.json")
        session = OnnxSession(self._work / "fp32", threads=0)
        return measure_parity(session, texts, self._expected)

    def write(self, quantisation: Quantisation, folder: Path) -> OnnxSession:
        from dagger_tools.optimum_graph import quantise

        for name in ("config.json", "generation_config.json"):
            if (self._work / "plain" / name).exists():
                shutil.copy(self._work / "plain" / name, folder / name)
        model = self._work / "fp32" / "model.onnx"
        quantise(model, folder / "model.onnx", cast("OptimumQuantisation", quantisation))
        return OnnxSession(folder, threads=0)


class _Fused(_Road):
    def compare(self, texts: list[list[int]]) -> Parity:
        from dagger_tools.fused import LONGEST_CONTEXT
        from dagger_tools.streamed import StreamedModel

        config = self._files.config
        self.context = min(self.context, LONGEST_CONTEXT)
        whole = StreamedModel(self._files)
        self._expected = [whole.logits(text, COMPARED) for text in texts]
        expected = self._expected
        if whole.fp32_bytes > _COMPARED_WHOLE:
            # up to the first layer that is not a sliding one: both kinds are then seen
            kinds = [*config.layer_types, "full_attention"]
            self.compared_layers = min(1 + kinds.index("full_attention"), config.num_hidden_layers)
            del whole
            part = StreamedModel(self._files, layers=self.compared_layers)
            expected = [part.logits(text, COMPARED) for text in texts]
            del part
        folder = self._work / "fp32"
        folder.mkdir()
        self._graph("none", folder, layers=self.compared_layers)
        parity = measure_parity(FusedSession(folder, threads=0), texts, expected)
        if self.compared_layers < config.num_hidden_layers:
            shutil.rmtree(folder)
        return parity

    def write(self, quantisation: Quantisation, folder: Path) -> FusedSession:
        done = self._work / "fp32"
        if quantisation == "none" and done.exists():
            for path in done.iterdir():
                path.replace(folder / path.name)
        else:
            self._graph(quantisation, folder)
        return FusedSession(folder, threads=0, spinning=True)

    def _graph(self, quantisation: Any, folder: Path, *, layers: int | None = None) -> None:
        from dagger_tools.fused import write_fused

        write_fused(
            self._files.config,
            self._files.weights(),
            folder,
            quantisation=quantisation,
            layers=layers,
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
