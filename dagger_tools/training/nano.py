"""Train the embedded model: a small ``Gemma3ForCausalLM``, from scratch, on two cores.

The folder it writes has DAGGER's own layout (config, safetensors, tokenizer), so whatever loads a
published checkpoint loads this one too.  A run stopped at any moment goes on from its last
checkpoint; the data stream is seeded, and a resumed run skips what it has already seen.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_codec import (
    BOS,
    EOS,
    PAD,
    SPECIAL_TOKENS,
    UNKNOWN,
    NanoCodec,
)
from dagger_tools.training.nano_data import Example, Mixture, encode_problem, train_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import Gemma3ForCausalLM

__all__ = ["NanoRecipe", "train_nano"]


@dataclass(frozen=True, slots=True)
class NanoRecipe:
    """Everything that decides what comes out of a run."""

    seed: int = 1
    steps: int = 3000
    batch: int = 64
    learning_rate: float = 1.2e-3
    """Peak rate of AdamW, which moves the embedding and the vectors."""
    matrix_learning_rate: float = 4e-3
    """Peak rate of Muon, which moves the layers' matrices (Jordan et al., "Muon", 2024); its updates
    are scaled to the size of AdamW's (Liu et al., arXiv:2502.16982)."""
    warmup: int = 200
    weight_decay: float = 0.05
    average_decay: float = 0.998
    """The exported weights are an exponential average of the trained ones."""
    question_loss: float = 0.1
    """Weight of predicting the question itself, beside predicting the graph."""
    token_dropout: float = 0.08
    """Share of the question's ordinary tokens that are hidden in training."""
    dropout: float = 0.1
    vocabulary: int = 3200
    tokenizer_problems: int = 30_000
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    key_value_heads: int = 2
    intermediate: int = 704
    max_tokens: int = 224
    scene_share: float = 0.45
    bank_share: float = 0.35
    distractor_share: float = 0.55
    stray_share: float = 0.4


def train_nano(
    out: Path,
    recipe: NanoRecipe,
    *,
    bmwp: Path | None,
    start: Path | None = None,
    save_every: int = 250,
    compiled: bool = False,
    report: Callable[[dict[str, float]], None] = lambda row: None,
) -> Path:
    """Train by ``recipe`` into ``out`` and return the folder of the finished checkpoint.

    ``start`` is the ``checkpoint`` folder of an earlier run with the same shape: its weights and its
    tokenizer are taken over, and the schedule begins anew.

    ``compiled`` compiles the model first (two minutes, and a C++ compiler must be there); long runs
    on a CPU are then half as fast again.

    Raises:
        InputError: ``out`` holds a run of another recipe, or ``start`` has another shape.
    """
    import torch

    out.mkdir(parents=True, exist_ok=True)
    _keep_recipe(out / "recipe.json", recipe)
    codec = NanoCodec(_tokenizer(out, recipe, bmwp, start))
    torch.manual_seed(recipe.seed)
    model = _new_model(recipe, codec)
    if start is not None:
        _take_over(model, start)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optimizers = _optimizers(model, recipe)
    saved = _latest(out)
    done = 0 if saved is None else _load(saved, model, average, optimizers)
    if compiled:
        model.compile(dynamic=True)  # one graph for batches of every length
    mixture = Mixture(
        seed=recipe.seed,
        bmwp=bmwp,
        scene_share=recipe.scene_share,
        bank_share=recipe.bank_share,
        distractor_share=recipe.distractor_share,
        stray_share=recipe.stray_share,
    )
    batches = islice(_batches(mixture, codec, recipe), done, recipe.steps)
    hidden_token = codec.id(UNKNOWN)
    first_ordinary = len(SPECIAL_TOKENS) + 256  # slots, symbols and byte tokens stay readable
    generator = torch.Generator().manual_seed(recipe.seed + done)
    model.train()
    started, seen = time.monotonic(), 0
    with (out / "metrics.jsonl").open("a", encoding="utf-8") as metrics:
        for step, batch in enumerate(batches, start=done + 1):
            for optimizer in optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = group["peak"] * _schedule(step, recipe)
            ids, targets, weights, mask = _tensors(batch, codec.id(PAD), recipe.question_loss)
            drop = torch.rand(ids.shape, generator=generator) < recipe.token_dropout
            read = torch.where(drop & (ids >= first_ordinary), hidden_token, ids)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = model(input_ids=read, attention_mask=mask, use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(
                logits.float().flatten(0, 1), targets.flatten(), reduction="none"
            )
            loss = (loss * weights.flatten()).sum() / weights.sum()
            model.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in optimizers:
                optimizer.step()
            _update_average(average, model, recipe.average_decay, step)
            seen += len(batch)
            if step % 25 == 0 or step == recipe.steps:
                rate = seen / (time.monotonic() - started)
                row = {
                    "step": step,
                    "loss": round(loss.item(), 4),
                    "examples_per_second": round(rate, 1),
                }
                row["right_graph_tokens"] = _graph_accuracy(logits, targets, weights)
                print(json.dumps(row), file=metrics, flush=True)
                report(row)
            if step % save_every == 0 or step == recipe.steps:
                _save(out, step, model, average, optimizers)
    return _finish(out, model, average)


def _keep_recipe(path: Path, recipe: NanoRecipe) -> None:
    if path.exists() and json.loads(path.read_text()) != asdict(recipe):
        raise InputError(
            f"{path} is of another run", hint="choose a new folder, or the same recipe"
        )
    path.write_text(json.dumps(asdict(recipe), indent=1))


def _tokenizer(out: Path, recipe: NanoRecipe, bmwp: Path | None, start: Path | None) -> Any:
    from tokenizers import Tokenizer

    path = out / "tokenizer.json"
    if start is not None:
        shutil.copyfile(start / "tokenizer.json", path)
    elif not path.exists():
        mixture = Mixture(seed=recipe.seed + 1, bmwp=bmwp, scene_share=0.25)
        train_tokenizer(
            list(islice(mixture, recipe.tokenizer_problems)), size=recipe.vocabulary
        ).save(str(path))
    return Tokenizer.from_file(str(path))


def _new_model(recipe: NanoRecipe, codec: NanoCodec) -> Gemma3ForCausalLM:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

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
        # at these lengths its backward pass takes a third of the time of scaled_dot_product_attention's
        attn_implementation="eager",
    )
    model = Gemma3ForCausalLM(config)

    # Gemma 3 has no residual dropout; a model this small, on this little text, needs some
    def drop(module: torch.nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(output, recipe.dropout, module.training)

    for layer in model.model.layers:
        layer.mlp.register_forward_hook(drop)
        layer.self_attn.o_proj.register_forward_hook(drop)
    return model


def _take_over(model: Any, start: Path) -> None:
    from safetensors.torch import load_file

    try:
        missing = model.load_state_dict(load_file(start / "model.safetensors"), strict=False)
    except RuntimeError as error:  # torch lists every matrix whose shape differs
        raise InputError(
            f"{start} has another shape than the recipe: {error}",
            hint="start from a run of the same sizes",
        ) from None
    if lacking := set(missing.missing_keys) - {"lm_head.weight"}:
        raise InputError(
            f"{start} lacks {sorted(lacking)[:3]}", hint="give a run's checkpoint folder"
        )


def _optimizers(model: Any, recipe: NanoRecipe) -> tuple[torch.optim.Optimizer, ...]:
    """Muon over the matrices of the layers, AdamW over all else; each group knows its peak rate."""
    import torch

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


def _batches(mixture: Mixture, codec: NanoCodec, recipe: NanoRecipe) -> Iterator[list[Example]]:
    """Batches of like length, in random order within each stretch of the stream."""
    rng = random.Random(recipe.seed)
    encoded = (encode_problem(problem, codec) for problem in mixture)
    examples = (e for e in encoded if e and len(e.question) + len(e.graph) <= recipe.max_tokens)
    while True:
        stretch = list(islice(examples, recipe.batch * 40))
        stretch.sort(key=lambda e: len(e.question) + len(e.graph))
        batches = [stretch[i : i + recipe.batch] for i in range(0, len(stretch), recipe.batch)]
        rng.shuffle(batches)
        yield from batches


def _tensors(batch: Sequence[Example], pad: int, question_loss: float) -> tuple[Any, Any, Any, Any]:
    """Inputs, next-token targets, loss weights and attention mask, each [batch, longest - 1]."""
    import torch

    longest = max(len(e.question) + len(e.graph) for e in batch)
    ids = torch.full((len(batch), longest), pad)
    weights = torch.zeros((len(batch), longest))
    for row, example in enumerate(batch):
        start, stop = len(example.question), len(example.question) + len(example.graph)
        ids[row, :stop] = torch.tensor([*example.question, *example.graph])
        weights[row, :start] = question_loss
        weights[row, start:stop] = 1.0
    mask = (ids != pad).long()
    return ids[:, :-1], ids[:, 1:], weights[:, 1:], mask[:, :-1]


def _schedule(step: int, recipe: NanoRecipe) -> float:
    """Share of the peak rate: linear warm-up, then a half cosine down to a fiftieth."""
    if step < recipe.warmup:
        return step / recipe.warmup
    share = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2


def _update_average(average: dict[str, Any], model: Any, decay: float, step: int) -> None:
    import torch

    # young averages forget their random start faster
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - decay)


def _graph_accuracy(logits: Any, targets: Any, weights: Any) -> float:
    right = (logits.argmax(-1) == targets)[weights == 1.0]
    return round(float(right.float().mean()), 4)


def _latest(out: Path) -> Path | None:
    steps = sorted(out.glob("step-*"), key=lambda path: int(path.name.split("-")[1]))
    return steps[-1] if steps else None


def _save(
    out: Path, step: int, model: Any, average: dict[str, Any], optimizers: Sequence[Any]
) -> None:
    """Weights, average and optimizer state as safetensors; nothing is ever pickled."""
    from safetensors.torch import save_file

    tensors = {f"model.{name}": value.contiguous() for name, value in _own(model).items()}
    tensors |= {f"average.{name}": average[name].contiguous() for name in _own(model)}
    for place, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{place}.{index}.{key}": value for key, value in state.items()}
    part = out / f"part-{step}"
    part.mkdir(exist_ok=True)
    save_file(tensors, part / "state.safetensors", metadata={"step": str(step)})
    older = _latest(out)
    part.rename(out / f"step-{step}")
    if older is not None:
        (older / "state.safetensors").unlink()
        older.rmdir()


def _own(model: Any) -> dict[str, Any]:
    """The state without ``lm_head``, which is the embedding under another name."""
    return {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}


def _load(saved: Path, model: Any, average: dict[str, Any], optimizers: Sequence[Any]) -> int:
    from safetensors.torch import load_file

    tensors = load_file(saved / "state.safetensors")
    weights = {n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")}
    model.load_state_dict(weights, strict=False)
    for name, value in tensors.items():
        if name.startswith("average."):
            average[name.removeprefix("average.")].copy_(value)
    states = [optimizer.state_dict() for optimizer in optimizers]
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, place, index, key = name.split(".")
            states[int(place)]["state"].setdefault(int(index), {})[key] = value
    for optimizer, state in zip(optimizers, states, strict=True):
        optimizer.load_state_dict(state)
    return int(saved.name.split("-")[1])


def _finish(out: Path, model: Any, average: dict[str, Any]) -> Path:
    """Write the averaged weights as a checkpoint that ``from_pretrained`` takes."""
    from transformers import PreTrainedTokenizerFast

    final = out / "checkpoint"
    with contextlib.suppress(FileExistsError):
        final.mkdir()
    model.load_state_dict({n: v for n, v in average.items() if n != "lm_head.weight"}, strict=False)
    model.eval()
    model.save_pretrained(final)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # as above
        tokenizer_file=str(out / "tokenizer.json"),
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.save_pretrained(final)
    return final
