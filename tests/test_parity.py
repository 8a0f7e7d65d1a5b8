"""The comparison with torch: what must never pass for agreement, and short contexts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dagger_tools.checkpoint import open_checkpoint
from dagger_tools.errors import ExportError, ModelFileError
from dagger_tools.export import Graph, Quantisation, export_checkpoint
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.parity import COMPARED, measure_parity
from dagger_tools.streamed import StreamedModel
from tests.checkpoints import make_checkpoint


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint of only 64 places, and its fused graph."""
    folder = tmp_path_factory.mktemp("short")
    make_checkpoint(folder / "model", layout="causal", max_position_embeddings=64)
    export_checkpoint(str(folder / "model"), folder / "out", graph="fused", quantisation="none")
    return folder / "model", folder / "out"


def test_a_graph_that_gives_nan_is_no_match(short: tuple[Path, Path], tmp_path: Path) -> None:
    """NaN in our logits alone is a fault of the export."""
    import onnx

    model, out = short
    broken = tmp_path / "broken"
    shutil.copytree(out, broken)
    graph = onnx.load(broken / "model.onnx", load_external_data=False).graph
    norm = next(tensor for tensor in graph.initializer if tensor.name == "model.norm")
    place = {entry.key: entry.value for entry in norm.external_data}
    with (broken / "model.onnx.data").open("r+b") as file:
        file.seek(int(place["offset"]))
        file.write(np.full(64, np.nan, np.float32).tobytes())
    texts = [list(range(10, 60))]
    reference = StreamedModel(open_checkpoint(str(model)))
    expected = [reference.logits(text, COMPARED) for text in texts]
    assert measure_parity(FusedSession(out, threads=1), texts, expected).error < 1e-4
    with pytest.raises(ExportError, match="not finite"):
        measure_parity(FusedSession(broken, threads=1), texts, expected)


@pytest.mark.parametrize("value", [float("nan"), 0.0])
@pytest.mark.parametrize("graph", ["optimum", "fused"])
def test_a_checkpoint_that_says_nothing_is_refused(
    short: tuple[Path, Path], tmp_path: Path, graph: Graph, value: float
) -> None:
    """NaN in torch's own logits, or zeros alone, are a fault of the checkpoint; nothing is written."""
    from safetensors.torch import load_file, save_file

    model = tmp_path / "model"
    shutil.copytree(short[0], model)
    weights = load_file(model / "model.safetensors")
    weights["model.norm.weight"][:] = value - 1  # the gain is stored less one
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="not finite"):
        export_checkpoint(str(model), tmp_path / "out", graph=graph, quantisation="none")
    assert not (tmp_path / "out").exists()


def test_a_context_too_short_to_compare_is_refused(tmp_path: Path) -> None:
    """Fewer than 64 places are said to be too few before anything is written."""
    make_checkpoint(tmp_path / "model", layout="causal", max_position_embeddings=63)
    with pytest.raises(ExportError, match="63 tokens"):
        export_checkpoint(str(tmp_path / "model"), tmp_path / "out", graph="fused")


@pytest.mark.parametrize(
    ("quantisation", "changes", "named"),
    [
        ("w8", {"hidden_size": 80}, "hidden_size"),
        ("w4", {"hidden_size": 80}, "hidden_size"),
        ("none", {"head_dim": 24}, "head_dim"),
        (
            "none",
            {
                "rope_scaling": {
                    "rope_type": "longrope",
                    "short_factor": [1.0] * 8,
                    "long_factor": [4.0] * 8,
                    "factor": 4.0,
                    "original_max_position_embeddings": 64,
                }
            },
            "longrope",
        ),
    ],
)
def test_what_the_fused_graph_cannot_do_is_said_at_once(
    tmp_path: Path, quantisation: Quantisation, changes: dict[str, Any], named: str
) -> None:
    """Sizes and kinds of rope that its operators do not take are named before anything is compared."""
    stages: list[str] = []
    make_checkpoint(tmp_path / "model", layout="causal", max_position_embeddings=128, **changes)
    with pytest.raises(ExportError, match=named):
        export_checkpoint(
            str(tmp_path / "model"),
            tmp_path / "out",
            graph="fused",
            quantisation=quantisation,
            stage=stages.append,
        )
    assert stages == ["load"]


def test_a_tokenizer_larger_than_the_vocabulary_is_named(
    short: tuple[Path, Path], tmp_path: Path
) -> None:
    """An id without an embedding is a fault of the checkpoint, and typed."""
    from safetensors.torch import load_file, save_file

    model = tmp_path / "model"
    shutil.copytree(short[0], model)
    config = json.loads((model / "config.json").read_text("utf-8"))
    (model / "config.json").write_text(json.dumps(config | {"vocab_size": 200}), "utf-8")
    weights = load_file(model / "model.safetensors")
    table = weights["model.embed_tokens.weight"]
    weights["model.embed_tokens.weight"] = table[:200].clone()
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="200 embeddings"):
        export_checkpoint(str(model), tmp_path / "out", graph="fused")
