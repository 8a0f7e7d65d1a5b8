"""Export of tiny checkpoints in the published layouts: parity, refusals, nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from transformers import Gemma3ForCausalLM

from dagger_tools.checkpoint import load_checkpoint, open_checkpoint
from dagger_tools.cli import main
from dagger_tools.errors import ExportError, InputError, ModelFileError
from dagger_tools.export import KEPT, Graph, Quantisation, export_checkpoint
from dagger_tools.generators import Decoding, Refusal, open_generator
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.session import OnnxSession
from dagger_tools.streamed import StreamedModel
from dagger_tools.text import read_question
from tests.checkpoints import Layout, make_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint in the multimodal layout, bfloat16."""
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    make_checkpoint(folder, layout="multimodal", dtype=torch.bfloat16)
    return folder


def as_float32(saved: Gemma3ForCausalLM) -> Any:
    """The saved model in float32 (not ``float()``: its rotary frequencies were rounded to bfloat16)."""
    model: Any = Gemma3ForCausalLM(saved.config)
    model.eval()
    model.load_state_dict(saved.state_dict())
    return model


def scores(model: Any, ids: list[int]) -> Any:
    """torch's logits after each of the ids."""
    with torch.no_grad():
        return model(torch.tensor([ids]), use_cache=False).logits[0].numpy()


LAYOUTS = [
    ("multimodal", 4, torch.bfloat16),
    ("multimodal", 5, torch.float16),
    ("causal", 4, torch.bfloat16),
    ("causal", 5, torch.float32),
]


@pytest.mark.parametrize(("layout", "saved_by", "dtype"), LAYOUTS[::3])
def test_optimums_graph_agrees_with_torch(
    tmp_path: Path, layout: Layout, saved_by: Any, dtype: torch.dtype
) -> None:
    """Logits beyond the window are those of the model that was saved, read at once and one by one."""
    saved = make_checkpoint(tmp_path / "model", layout=layout, saved_by=saved_by, dtype=dtype)
    done = export_checkpoint(str(tmp_path / "model"), tmp_path / "out", quantisation="none")
    assert done.fp32.error < 1e-4
    assert done.final.parity == done.fp32
    ids = np.random.default_rng(0).integers(6, 300, size=120).tolist()
    theirs = scores(as_float32(saved), ids)
    session = OnnxSession(tmp_path / "out", threads=1)
    whole, _ = session.forward(ids, 120, session.no_past)
    logits, past = session.forward(ids[:40], 40, session.no_past)
    pieces = [logits]
    for place in range(40, 120):
        logits, past = session.forward([ids[place]], place + 1, past)
        pieces.append(logits)
    scale = np.abs(theirs).max()
    assert np.abs(whole - theirs).max() < 1e-4 * scale
    assert np.abs(np.concatenate(pieces) - theirs).max() < 1e-4 * scale


@pytest.mark.parametrize(("layout", "saved_by", "dtype"), LAYOUTS)
def test_the_fused_graph_agrees_with_torch(
    tmp_path: Path, layout: Layout, saved_by: Any, dtype: torch.dtype
) -> None:
    """Rows of unequal length side by side, in pieces and one by one, to 650 tokens past the window."""
    saved = make_checkpoint(tmp_path / "model", layout=layout, saved_by=saved_by, dtype=dtype)
    done = export_checkpoint(
        str(tmp_path / "model"), tmp_path / "out", graph="fused", quantisation="none"
    )
    assert done.fp32.error < 1e-4
    assert done.fp32_layers == done.layers == 3
    model = as_float32(saved)
    rng = np.random.default_rng(0)
    texts = [rng.integers(6, 300, size=length).tolist() for length in (650, 77, 43)]
    session = FusedSession(tmp_path / "out", threads=1)
    cache = session.cache(3, 650)
    ours: list[list[Any]] = [[], [], []]
    at = [0, 0, 0]
    for width in [50] * 12 + [1] * 50:
        fresh = [text[place : place + width] for text, place in zip(texts, at, strict=True)]
        logits = iter(session.read(cache, fresh, last=width).copy())
        for row, tokens in enumerate(fresh):
            ours[row] += [next(logits) for _ in tokens]
            at[row] += len(tokens)
    for row, text in enumerate(texts):
        theirs = scores(model, text)
        assert len(ours[row]) == len(text)
        assert np.abs(np.stack(ours[row]) - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize(
    ("graph", "quantisation"),
    [("optimum", "int8"), ("optimum", "w8"), ("fused", "w8"), ("fused", "w4")],
)
def test_quantised_graphs_run(
    checkpoint: Path, tmp_path: Path, graph: Graph, quantisation: Quantisation
) -> None:
    """They are smaller, their error is told, and they answer or say why not."""
    done = export_checkpoint(
        str(checkpoint), tmp_path / "out", graph=graph, quantisation=quantisation
    )
    (tried,) = done.tried
    assert tried == done.final
    assert done.fp32.error < 1e-4 < tried.parity.error < 0.5
    assert 0.4 < tried.parity.same_top <= 1
    assert tried.prefill_speed > 0
    assert tried.decode_speed > 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["graph"] == graph
    assert manifest["quantisation"] == quantisation
    assert manifest["parity"]["final"]["error"] == tried.parity.error
    (outcome,) = open_generator(f"onnx:{tmp_path / 'out'}").generate(
        [read_question("৫ + ৩ কত?")], Decoding(max_new_tokens=4)
    )
    assert isinstance(outcome, Refusal)


def test_auto_takes_the_smallest_that_keeps_torchs_tokens(checkpoint: Path, tmp_path: Path) -> None:
    """Random weights lose too much in 4 bits: the next is tried, until one is near enough."""
    done = export_checkpoint(str(checkpoint), tmp_path / "out", graph="fused")
    names = [one.quantisation for one in done.tried]
    assert names == ["w4", "w8", "none"][: len(names)]
    assert len(names) > 1
    assert all(one.parity.same_top < KEPT for one in done.tried[:-1])
    assert done.final.parity.same_top >= KEPT
    left = sorted(path.name for path in done.out.iterdir())
    assert "work" not in left
    assert {"model.onnx", "model.onnx.data", "manifest.json"} <= set(left)
    with pytest.raises(InputError, match="not quantised to int8"):
        export_checkpoint(str(checkpoint), tmp_path / "o", graph="fused", quantisation="int8")


@pytest.mark.parametrize("first", ["sliding_attention", "full_attention"])
def test_a_large_model_is_compared_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Beyond a size only the layers up to where both kinds were seen are compared in fp32."""
    monkeypatch.setattr("dagger_tools.export_roads._COMPARED_WHOLE", 1000)
    folder = tmp_path / "model"
    second = {"sliding_attention", "full_attention"} - {first}
    kinds = [first, *second, "sliding_attention"]
    make_checkpoint(folder, layout="causal", layer_types=kinds)
    done = export_checkpoint(str(folder), tmp_path / "out", graph="fused", quantisation="w8")
    assert (done.fp32_layers, done.layers) == (2, 3)
    assert done.fp32.error < 1e-4
    assert done.final.parity.same_top > 0.8


def test_layers_are_streamed_without_changing_a_logit(checkpoint: Path) -> None:
    """The reference that reads a layer at a time is transformers' model to the last bit."""
    files = open_checkpoint(str(checkpoint))
    ids = np.random.default_rng(1).integers(6, 300, size=90).tolist()
    streamed = StreamedModel(files)
    for _ in range(2):
        theirs = scores(load_checkpoint(str(checkpoint)).model, ids)
        assert np.array_equal(streamed.logits(ids, 90), theirs)


@pytest.mark.parametrize("graph", ["optimum", "fused"])
def test_an_adapter_is_in_the_weights(checkpoint: Path, tmp_path: Path, graph: Graph) -> None:
    """A LoRA adapter is merged before the export: the logits are the merged model's."""
    from peft import LoraConfig, get_peft_model

    base = load_checkpoint(str(checkpoint)).model
    torch.manual_seed(1)
    lora = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    tuned: Any = get_peft_model(base, lora)
    tuned.save_pretrained(str(tmp_path / "adapter"))
    done = export_checkpoint(
        str(checkpoint),
        tmp_path / "out",
        graph=graph,
        quantisation="none",
        adapter=str(tmp_path / "adapter"),
    )
    ids = list(range(10, 60))
    theirs = scores(tuned, ids)
    if graph == "fused":
        fused = FusedSession(done.out, threads=1)
        ours = fused.read(fused.cache(1, 50), [ids], last=50)
    else:
        session = OnnxSession(done.out, threads=1)
        ours, _ = session.forward(ids, len(ids), session.no_past)
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize("graph", ["optimum", "fused"])
def test_failing_parity_leaves_nothing(checkpoint: Path, tmp_path: Path, graph: Graph) -> None:
    """A graph that is off by more than is allowed is refused, and no file stays."""
    out = tmp_path / "below" / "out"
    out.parent.mkdir()
    with pytest.raises(ExportError, match="off from torch"):
        export_checkpoint(str(checkpoint), out, graph=graph, tolerance=0.0)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("graph", ["optimum", "fused"])
def test_a_missing_weight_is_an_error(tmp_path: Path, graph: Graph) -> None:
    """Nothing is left random, and nothing is written."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    make_checkpoint(folder, layout="multimodal")
    weights = load_file(folder / "model.safetensors")
    del weights[next(name for name in weights if name.endswith("layers.1.mlp.up_proj.weight"))]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="1 missing"):
        export_checkpoint(str(folder), tmp_path / "out", graph=graph)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_command_prints_what_was_measured(checkpoint: Path, tmp_path: Path) -> None:
    """Size, parity, speed and memory are printed; a folder that holds something is left alone."""
    out = tmp_path / "out"
    left = tmp_path / "out.part"
    left.mkdir()
    (left / "model.onnx").write_text("of a run that was killed", "utf-8")
    (left / "dagger-tools-export.lock").touch()
    words = ["export", str(checkpoint), str(out), "--quantize", "none"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    for word in ("MB", "fp32 against torch", "tokens/s", "peak memory"):
        assert word in result.stdout
    assert not left.exists()
    before = sorted(path.name for path in out.iterdir())
    assert CliRunner().invoke(main, words).exit_code == 2
    with pytest.raises(InputError, match="already"):
        export_checkpoint(str(checkpoint), out)
    assert sorted(path.name for path in out.iterdir()) == before
