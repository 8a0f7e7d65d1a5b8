"""The embedded model as a torch module, its optimizers, and how its state is kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_codec import BOS, EOS, PAD, UNKNOWN, NanoCodec
from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = [
    "latest",
    "load_state",
    "new_model",
    "optimizers",
    "save_state",
    "take_over",
    "write_checkpoint",
]

_STATE = "state.safetensors"


def new_model(recipe: NanoRecipe, codec: NanoCodec, *, attention: str) -> Gemma3ForCausalLM:
    """A Gemma 3 of the recipe's sizes with random weights; ``attention`` is transformers' name of it."""
    config = Gemma3TextConfig(  # type: ignore[no-untyped-call]  # transformers has no types
        vocab_size=codec.size,
        hidden_size=recipe.hidden,
        intermediate_size=recipe.intermediate,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.key_value_heads,
        head_dim=recipe.hidden // recipe.heads,
        query_pre_attn_scalar=recipe.hidden // recipe.heads,
        max_position_embeddings=1024,
        sliding_window=512,
        pad_token_id=codec.id(PAD),
        eos_token_id=codec.id(EOS),
        bos_token_id=codec.id(BOS),
        attn_implementation=attention,
    )
    model = Gemma3ForCausalLM(config)

    # Gemma 3 has no residual dropout; a model this small, on this little text, needs some
    def drop(module: torch.nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(output, recipe.dropout, module.training)

    for layer in model.model.layers:
        layer.mlp.register_forward_hook(drop)
        layer.self_attn.o_proj.register_forward_hook(drop)
    return model


def take_over(model: Gemma3ForCausalLM, start: Path) -> None:
    """Load the weights of the checkpoint folder ``start``.

    Raises:
        InputError: it is no checkpoint, has another shape, or lacks weights.
    """
    try:
        missing = model.load_state_dict(load_file(start / "model.safetensors"), strict=False)
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"cannot read {start / 'model.safetensors'}: {error}",
            hint="give a run's checkpoint folder",
        ) from None
    except RuntimeError as error:  # torch lists every matrix whose shape differs
        raise InputError(
            f"{start} has another shape than the recipe: {error}",
            hint="start from a run of the same sizes",
        ) from None
    if lacking := set(missing.missing_keys) - {"lm_head.weight"}:
        raise InputError(
            f"{start} lacks {sorted(lacking)[:3]}", hint="give a run's checkpoint folder"
        )


def optimizers(
    model: Gemma3ForCausalLM, recipe: NanoRecipe
) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon over the matrices of the layers, AdamW over all else; each group knows its peak rate."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    muon = torch.optim.Muon(
        [{"params": matrices, "peak": recipe.matrix_learning_rate}],
        weight_decay=recipe.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(
        [group | {"peak": recipe.learning_rate} for group in groups], betas=(0.9, 0.98)
    )
    return muon, adam


def latest(out: Path) -> Path | None:
    """The folder of the last step that ``save_state`` kept in ``out``."""
    steps = sorted(out.glob("step-*"), key=lambda path: int(path.name.split("-")[1]))
    return steps[-1] if steps else None


def save_state(
    out: Path,
    step: int,
    model: Gemma3ForCausalLM,
    average: Gemma3ForCausalLM,
    optimizers: Sequence[torch.optim.Optimizer],
) -> None:
    """Weights, average and optimizer state as safetensors; nothing is ever pickled."""
    tensors = {f"model.{name}": value.contiguous() for name, value in _own(model).items()}
    tensors |= {f"average.{name}": value.contiguous() for name, value in _own(average).items()}
    for place, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{place}.{index}.{key}": value for key, value in state.items()}
    part = out / f"part-{step}"
    part.mkdir(exist_ok=True)
    save_file(tensors, part / _STATE, metadata={"step": str(step)})
    older = latest(out)
    part.rename(out / f"step-{step}")
    if older is not None:
        (older / _STATE).unlink()
        older.rmdir()


def load_state(
    saved: Path,
    model: Gemma3ForCausalLM,
    average: Gemma3ForCausalLM,
    optimizers: Sequence[torch.optim.Optimizer],
) -> int:
    """Put back what ``save_state`` kept in the folder ``saved``; return the step it is of."""
    tensors = load_file(saved / _STATE)
    for prefix, module in (("model.", model), ("average.", average)):
        weights = {n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)}
        module.load_state_dict(weights, strict=False)
    states = [optimizer.state_dict() for optimizer in optimizers]
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, place, index, key = name.split(".")
            states[int(place)]["state"].setdefault(int(index), {})[key] = value
    for optimizer, state in zip(optimizers, states, strict=True):
        optimizer.load_state_dict(state)
    return int(saved.name.split("-")[1])


def write_checkpoint(out: Path, model: Gemma3ForCausalLM, tokenizer: Path) -> None:
    """A folder that ``from_pretrained`` takes."""
    out.mkdir(exist_ok=True)
    model.save_pretrained(out)
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # as above
        tokenizer_file=str(tokenizer),
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )
    fast.save_pretrained(out)


def _own(model: Gemma3ForCausalLM) -> dict[str, torch.Tensor]:
    """The state without ``lm_head``, which is the embedding under another name."""
    return {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
