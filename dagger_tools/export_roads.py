"""The two kinds of graph that an export can write, each compared with torch before it is quantised."""

from __future__ import annotations

import math
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from dagger_tools.generators.fused_session import LONGEST_CONTEXT, FusedSession
from dagger_tools.generators.session import OnnxSession
from dagger_tools.parity import COMPARED, Parity, measure_parity, measure_speed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dagger_tools.checkpoint import CheckpointFiles
    from dagger_tools.optimum_graph import OptimumQuantisation

__all__ = ["FusedRoad", "Graph", "OptimumRoad", "Quantisation", "Road", "Tried", "fp32_bytes"]

Graph = Literal["optimum", "fused"]
Quantisation = Literal["none", "int8", "w8", "w4"]

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


class Road(ABC):
    """One kind of graph of one checkpoint: ``compare`` first, then ``attempt``."""

    packages: tuple[str, ...] = ("onnx", "onnxruntime", "torch", "transformers")

    def __init__(self, files: CheckpointFiles, work: Path) -> None:
        self._files, self._work = files, work
        self._expected: list[npt.NDArray[np.float32]] = []
        self.compared_layers: int = files.config.num_hidden_layers
        self.context: int = files.config.max_position_embeddings

    def check(self, quantisation: Quantisation) -> None:
        """Whether the graph can be written in this quantisation.

        Raises:
            ExportError: it cannot.
        """
        return

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


class OptimumRoad(Road):
    """Optimum's export, whose weights are held in memory."""

    packages = (*Road.packages, "optimum", "optimum-onnx")

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


class FusedRoad(Road):
    """The fused graph, whose weights are streamed."""

    def check(self, quantisation: Any) -> None:
        from dagger_tools.fused_limits import check_fused

        check_fused(self._files.config, quantisation)

    def compare(self, texts: list[list[int]]) -> Parity:
        from dagger_tools.streamed import StreamedModel

        config = self._files.config
        self.context = min(self.context, LONGEST_CONTEXT)
        whole = StreamedModel(self._files)
        self._expected = [whole.logits(text, COMPARED) for text in texts]
        expected = self._expected
        if whole.fp32_bytes > _COMPARED_WHOLE:
            # up to where both kinds of layer were seen, whichever comes first
            kinds = list(config.layer_types)
            self.compared_layers = 1 + max(kinds.index(kind) for kind in set(kinds))
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


def fp32_bytes(files: CheckpointFiles) -> int:
    """What the checkpoint's text weights take in fp32."""
    weights = files.weights()
    return 4 * sum(math.prod(weights.shape(name)) for name in weights)
