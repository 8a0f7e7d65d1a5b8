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

from dagger_tools.cli import main
from dagger_tools.errors import ExportError, InputError, ModelFileError
from dagger_tools.export import Quantisation, export_checkpoint
from dagger_tools.generators import Decoding, Refusal, open_generator
from dagger_tools.generators.session import OnnxSession
from dagger_tools.text import read_question
from tests.checkpoints import Layout, make_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint in the multimodal layout, bfloat16."""
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    make_checkpoint(folder, layout="multimodal", dtype=torch.bfloat16)
    return folder


@pytest.mark.parametrize(
    ("layout", "saved_by", "dtype"),
    [("multimodal", 4, torch.bfloat16), ("causal", 5, torch.float32)],
)
def test_the_graph_agrees_with_torch(
    tmp_path: Path, layout: Layout, saved_by: Any, dtype: torch.dtype
) -> None:
    """Logits beyond the window are those of the model that was saved, read at once and one by one."""
    saved = make_checkpoint(tmp_path / "model", layout=layout, saved_by=saved_by, dtype=dtype)
    # not saved.float(): its rotary frequencies were rounded to bfloat16 along with the weights
    model: Any = Gemma3ForCausalLM(saved.config)
    model.eval()
    model.load_state_dict(saved.state_dict())
    done = export_checkpoint(str(tmp_path / "model"), tmp_path / "out")
    assert done.fp32.error < 1e-4
    assert done.final == done.fp32
    ids = np.random.default_rng(0).integers(6, 300, size=120).tolist()
    with torch.no_grad():
        theirs = model(torch.tensor([ids]), use_cache=False).logits[0].numpy()
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


@pytest.mark.parametrize("quantisation", ["int8", "w8"])
def test_quantised_graphs_run(checkpoint: Path, tmp_path: Path, quantisation: Quantisation) -> None:
    """They are smaller, their error is told, and they answer or say why not."""
    done = export_checkpoint(str(checkpoint), tmp_path / "out", quantisation=quantisation)
    assert done.fp32.error < 1e-4 < done.final.error < 0.3
    assert 0.5 < done.final.same_top <= 1
    assert done.prefill_speed > 0
    assert done.decode_speed > 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["quantisation"] == quantisation
    assert manifest["parity"]["final"]["error"] == done.final.error
    (outcome,) = open_generator(f"onnx:{tmp_path / 'out'}").generate(
        [read_question("৫ + ৩ কত?")], Decoding(max_new_tokens=4)
    )
    assert isinstance(outcome, Refusal)


def test_an_adapter_is_in_the_weights(checkpoint: Path, tmp_path: Path) -> None:
    """A LoRA adapter is merged before the export: the logits are the merged model's."""
    from peft import LoraConfig, get_peft_model

    from dagger_tools.checkpoint import load_checkpoint

    base = load_checkpoint(str(checkpoint)).model
    torch.manual_seed(1)
    lora = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    tuned: Any = get_peft_model(base, lora)
    tuned.save_pretrained(str(tmp_path / "adapter"))
    done = export_checkpoint(str(checkpoint), tmp_path / "out", adapter=str(tmp_path / "adapter"))
    ids = list(range(10, 60))
    with torch.no_grad():
        theirs = tuned(torch.tensor([ids]), use_cache=False).logits[0].numpy()
    session = OnnxSession(done.out, threads=1)
    ours, _ = session.forward(ids, len(ids), session.no_past)
    assert np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_failing_parity_leaves_nothing(checkpoint: Path, tmp_path: Path) -> None:
    """A graph that is off by more than is allowed is refused, and no file stays."""
    out = tmp_path / "below" / "out"
    out.parent.mkdir()
    with pytest.raises(ExportError, match="off from torch"):
        export_checkpoint(str(checkpoint), out, tolerance=0.0)
    assert list(out.parent.iterdir()) == []


def test_a_missing_weight_is_an_error(tmp_path: Path) -> None:
    """Nothing is left random, and nothing is written."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    make_checkpoint(folder, layout="multimodal")
    weights = load_file(folder / "model.safetensors")
    del weights[next(name for name in weights if name.endswith("layers.1.mlp.up_proj.weight"))]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="1 missing"):
        export_checkpoint(str(folder), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_command_prints_what_was_measured(checkpoint: Path, tmp_path: Path) -> None:
    """Size, parity, speed and memory are printed; a folder that holds something is left alone."""
    out = tmp_path / "out"
    left = tmp_path / "out.part"
    left.mkdir()
    (left / "model.onnx").write_text("of a run that was killed", "utf-8")
    words = ["export", str(checkpoint), str(out)]
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
