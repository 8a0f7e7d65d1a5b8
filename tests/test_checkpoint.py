"""Checkpoints of every layout load as the model that was saved, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file, save_file

from dagger_tools.checkpoint import load_checkpoint, merge_adapter, read_config
from dagger_tools.errors import InputError, ModelFileError
from tests.checkpoints import Layout, make_checkpoint

IDS = torch.arange(6, 66).reshape(1, 60)


def logits(model: torch.nn.Module) -> torch.Tensor:
    """What the model says after a prompt longer than its sliding window."""
    with torch.no_grad():
        out: torch.Tensor = model(input_ids=IDS).logits
    return out


@pytest.mark.parametrize("layout", ["multimodal", "causal"])
@pytest.mark.parametrize("saved_by", [4, 5])
def test_every_layout_gives_the_saved_logits(
    tmp_path: Path, layout: Layout, saved_by: Literal[4, 5]
) -> None:
    """Multimodal or not, saved by transformers 4 or 5, rope scaling and all."""
    made = make_checkpoint(tmp_path, layout=layout, saved_by=saved_by)
    checkpoint = load_checkpoint(str(tmp_path))
    assert checkpoint.model.config.rope_scaling["factor"] == 8.0
    torch.testing.assert_close(logits(checkpoint.model), logits(made), atol=1e-5, rtol=1e-5)
    assert checkpoint.tokenizer.chat_template
    assert checkpoint.tokenizer.bos_token == "<bos>"


def test_rope_scaling_matters_here(tmp_path: Path) -> None:
    """The test above would see a dropped rope scaling: without it, logits differ."""
    scaled = make_checkpoint(tmp_path / "a", layout="causal")
    plain = make_checkpoint(tmp_path / "b", layout="causal", rope_scaling=None)
    assert (logits(scaled) - logits(plain)).abs().max() > 1e-2


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_loads_as_it_was_saved(
    tmp_path: Path, dtype: Literal["bfloat16", "float16"]
) -> None:
    """Weights come bit for bit, in the dtype asked for."""
    made = make_checkpoint(tmp_path, dtype=getattr(torch, dtype))
    own = load_checkpoint(str(tmp_path), dtype=dtype).model.state_dict()
    for name, weight in made.state_dict().items():
        assert torch.equal(weight, own[name]), name


def test_shards_are_put_together(tmp_path: Path) -> None:
    """A checkpoint in several files is read through its index."""
    made = make_checkpoint(tmp_path, layout="causal")
    whole = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    names = sorted(whole)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, own in parts.items():
        save_file({name: whole[name] for name in own}, tmp_path / file)
    index = {"weight_map": {name: file for file, own in parts.items() for name in own}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    torch.testing.assert_close(logits(load_checkpoint(str(tmp_path)).model), logits(made))
    (tmp_path / "b.safetensors").unlink()
    with pytest.raises(ModelFileError, match=r"lacks b\.safetensors"):
        load_checkpoint(str(tmp_path))


def test_a_missing_weight_is_an_error(tmp_path: Path) -> None:
    """Nothing is left random."""
    make_checkpoint(tmp_path)
    path = tmp_path / "model.safetensors"
    weights = load_file(path)
    (gone,) = (
        name
        for name in weights
        if "language_model" in name and name.endswith("layers.1.mlp.up_proj.weight")
    )
    del weights[gone]
    save_file(weights, path)
    with pytest.raises(
        ModelFileError, match=r"1 missing \(model\.layers\.1\.mlp\.up_proj\.weight\)"
    ):
        load_checkpoint(str(tmp_path))


def test_a_weight_of_another_shape_is_an_error(tmp_path: Path) -> None:
    """Both shapes are named."""
    make_checkpoint(tmp_path, layout="causal")
    path = tmp_path / "model.safetensors"
    weights = load_file(path)
    weights["model.norm.weight"] = torch.zeros(3)
    save_file(weights, path)
    with pytest.raises(
        ModelFileError, match=r"model\.norm\.weight is \[3\], by config\.json \[64\]"
    ):
        load_checkpoint(str(tmp_path))


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    """Another architecture, no files, no such folder, an unknown dtype."""
    with pytest.raises(ModelFileError, match=r"config\.json"):
        load_checkpoint(str(tmp_path))
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', "utf-8")
    with pytest.raises(ModelFileError, match="'llama'"):
        read_config(tmp_path)
    with pytest.raises(ModelFileError, match="no folder"):
        load_checkpoint("/no/such/folder")
    with pytest.raises(InputError, match="dtype"):
        load_checkpoint(str(tmp_path), dtype="int3")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("layout", ["multimodal", "causal"])
def test_an_adapter_is_merged_as_peft_merges_it(tmp_path: Path, layout: Layout) -> None:
    """LoRA over either layout, given beside its base or by itself, gives PEFT's own logits."""
    from peft import LoraConfig, get_peft_model
    from transformers import Gemma3ForCausalLM, Gemma3ForConditionalGeneration

    make_checkpoint(tmp_path / "base", layout=layout)
    kind = Gemma3ForConditionalGeneration if layout == "multimodal" else Gemma3ForCausalLM
    base = kind.from_pretrained(tmp_path / "base")
    targets = (
        r".*language_model.*\.(q_proj|down_proj)"
        if layout == "multimodal"
        else ["q_proj", "down_proj"]
    )
    torch.manual_seed(1)
    tuned = get_peft_model(
        base, LoraConfig(r=4, lora_alpha=16, target_modules=targets, init_lora_weights=False)
    ).eval()
    tuned.peft_config["default"].base_model_name_or_path = str(tmp_path / "base")
    tuned.save_pretrained(str(tmp_path / "adapter"))
    ours = load_checkpoint(str(tmp_path / "base"), adapter=str(tmp_path / "adapter"))
    torch.testing.assert_close(logits(ours.model), logits(tuned), atol=1e-4, rtol=1e-4)
    assert (
        logits(ours.model) - logits(load_checkpoint(str(tmp_path / "base")).model)
    ).abs().max() > 0.1
    alone = load_checkpoint(str(tmp_path / "adapter"))
    torch.testing.assert_close(logits(alone.model), logits(ours.model))


def test_an_adapter_of_another_model_is_an_error(tmp_path: Path) -> None:
    """A weight that the base does not have is named, and nothing is merged."""
    make_checkpoint(tmp_path / "base", layout="causal")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    config = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 4,
        "base_model_name_or_path": str(tmp_path / "base"),
    }
    (adapter / "adapter_config.json").write_text(json.dumps(config), "utf-8")
    name = "base_model.model.model.layers.9.self_attn.q_proj.lora_{}.weight"
    save_file(
        {name.format("A"): torch.ones(2, 64), name.format("B"): torch.ones(64, 2)},
        adapter / "adapter_model.safetensors",
    )
    with pytest.raises(ModelFileError, match=r"layers\.9"):
        load_checkpoint(str(adapter))


QUERY = "model.layers.0.self_attn.q_proj"


def make_adapter(folder: Path, name: str, a: list[int], b: list[int], **changes: object) -> None:
    """A LoRA adapter of one weight, with halves of these shapes."""
    folder.mkdir()
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4} | changes
    (folder / "adapter_config.json").write_text(json.dumps(config), "utf-8")
    halves = {"A": torch.ones(a), "B": torch.ones(b)}
    save_file(
        {f"base_model.model.{name}.lora_{half}.weight": one for half, one in halves.items()},
        folder / "adapter_model.safetensors",
    )


@pytest.mark.parametrize(
    ("a", "b", "changes"),
    [
        ([2, 128], [128, 2], {}),
        ([2, 64], [1, 2], {}),  # torch would add its row to every row
        ([2, 64], [64, 2], {"r": 16}),
        ([2, 64], [64, 2], {"r": None}),
        ([2, 64], [64, 2], {"r": 0}),
        ([2, 64], [64, 2], {"r": "2"}),
        ([2, 64], [64, 2], {"lora_alpha": None}),
        ([64], [64], {}),
    ],
)
def test_an_adapter_that_does_not_fit_is_an_error(
    tmp_path: Path, a: list[int], b: list[int], changes: dict[str, object]
) -> None:
    """Its shapes are those of its rank and of the model, or nothing is merged."""
    make_checkpoint(tmp_path / "base", layout="causal")
    make_adapter(tmp_path / "adapter", QUERY, a, b, **changes)
    with pytest.raises(ModelFileError):
        load_checkpoint(str(tmp_path / "base"), adapter=str(tmp_path / "adapter"))


def test_a_broken_adapter_is_an_error(tmp_path: Path) -> None:
    """A file of weights that is none."""
    make_checkpoint(tmp_path / "base", layout="causal")
    make_adapter(tmp_path / "adapter", QUERY, [2, 64], [64, 2])
    (tmp_path / "adapter" / "adapter_model.safetensors").write_bytes(b"xx")
    with pytest.raises(ModelFileError, match="cannot read"):
        load_checkpoint(str(tmp_path / "base"), adapter=str(tmp_path / "adapter"))


def test_a_change_of_a_tied_head_is_not_dropped(tmp_path: Path) -> None:
    """Whether the head is stored or not, an adapter over it is refused where it is the embedding."""
    base = tmp_path / "base"
    made = make_checkpoint(base, layout="causal")
    words = made.config.vocab_size
    make_adapter(tmp_path / "adapter", "lm_head", [2, 64], [words, 2])
    with pytest.raises(ModelFileError, match="lm_head"):
        load_checkpoint(str(base), adapter=str(tmp_path / "adapter"))
    with pytest.raises(ModelFileError, match="lm_head"):
        merge_adapter(made, tmp_path / "adapter")
    weights = load_file(base / "model.safetensors")
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    load_checkpoint(str(base))
    with pytest.raises(ModelFileError, match="lm_head"):
        load_checkpoint(str(base), adapter=str(tmp_path / "adapter"))


@pytest.mark.parametrize(
    "weight_map", [[], None, {}, {"a": 5}, {"a": "../other/model.safetensors"}, {"a": ".."}]
)
def test_an_index_stays_in_its_folder(tmp_path: Path, weight_map: object) -> None:
    """It names files beside it, and nothing else is opened."""
    make_checkpoint(tmp_path / "other", layout="causal")
    make_checkpoint(tmp_path / "model", layout="causal")
    index = tmp_path / "model" / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}), "utf-8")
    with pytest.raises(ModelFileError, match="index"):
        load_checkpoint(str(tmp_path / "model"))


def test_a_weight_stored_twice_is_an_error(tmp_path: Path) -> None:
    """Two known names of one weight are not chosen between."""
    make_checkpoint(tmp_path, layout="causal")
    weights = load_file(tmp_path / "model.safetensors")
    weights["model.language_model.norm.weight"] = weights["model.norm.weight"] + 1
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match="twice"):
        load_checkpoint(str(tmp_path))


def change_config(folder: Path, **changes: object) -> None:
    """Write other values into a checkpoint's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")


def test_scaled_rope_of_sliding_layers_is_refused(tmp_path: Path) -> None:
    """transformers 4 has no place for it, and would drop it."""
    make_checkpoint(tmp_path, layout="causal", saved_by=5)
    rope = json.loads((tmp_path / "config.json").read_text("utf-8"))["rope_parameters"]
    rope["sliding_attention"] |= {"rope_type": "linear", "factor": 4.0}
    change_config(tmp_path, rope_parameters=rope)
    with pytest.raises(ModelFileError, match="sliding layers"):
        read_config(tmp_path)


def test_no_window_is_no_fault_without_sliding_layers(tmp_path: Path) -> None:
    """A model of full layers alone runs; sliding ones need their window."""
    full = ["full_attention"] * 3
    made = make_checkpoint(tmp_path / "full", layout="causal", layer_types=full)
    change_config(tmp_path / "full", sliding_window=None)
    torch.testing.assert_close(
        logits(load_checkpoint(str(tmp_path / "full")).model), logits(made), atol=1e-5, rtol=1e-5
    )
    make_checkpoint(tmp_path / "sliding", layout="causal")
    change_config(tmp_path / "sliding", sliding_window=None)
    with pytest.raises(ModelFileError, match="sliding_window"):
        read_config(tmp_path / "sliding")
