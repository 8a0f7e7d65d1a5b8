"""Train the embedded model: a small ``Gemma3ForCausalLM``, from scratch, on two cores or one GPU.

The folder it writes has DAGGER's own layout (config, safetensors, tokenizer), so whatever loads a
published checkpoint loads this one too.  A run stopped at any moment goes on from its last
checkpoint.
"""

from __future__ import annotations

import copy
import json
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.optim.swa_utils import get_ema_multi_avg_fn
from transformers import Gemma3ForCausalLM

from dagger_tools.errors import InputError
from dagger_tools.generators.manifest import hash_of
from dagger_tools.generators.nano_codec import SPECIAL_TOKENS, UNKNOWN, NanoCodec
from dagger_tools.training.nano_batches import Batch, held_back, read_batches, stream
from dagger_tools.training.nano_corpus import mixture
from dagger_tools.training.nano_data import train_tokenizer
from dagger_tools.training.nano_model import (
    latest,
    load_state,
    new_model,
    optimizers,
    save_state,
    take_over,
    write_checkpoint,
)
from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = ["make_tokenizer", "schedule", "train_nano", "written"]


def train_nano(
    out: Path,
    recipe: NanoRecipe,
    *,
    bmwp: Path | None,
    start: Path | None = None,
    save_every: int = 250,
    compiled: bool = False,
    device: str = "cpu",
    corpora: Sequence[Path] = (),
    validation: int = 0,
    report: Callable[[Mapping[str, float]], None] = lambda row: None,
) -> Path:
    """Train by ``recipe`` into ``out`` and return the folder of the finished checkpoint.

    Args:
        out: the run's folder; a run that is there goes on.
        recipe: sizes, rates, data.
        bmwp: the file, or None to do without its problems.
        start: the ``checkpoint`` folder of an earlier run with the same shape: its weights and its
            tokenizer are taken over, and the schedule begins anew.  A run that goes on has its own.
        save_every: steps between two checkpoints.
        compiled: compile the layers first (half a minute on a GPU; a compiler must be there), which pays
            in long runs: docs/embedded-model.md has figures.
        device: where the model is, as torch names it.
        corpora: files of ``encode``, to train on instead of problems made as they are wanted.
        validation: held-back problems of each kind that are tried at every checkpoint: the share whose
            graph the averaged weights would write token by token is in the metrics.
        report: gets each row of the metrics.

    A run that goes on sees the problems that an unstopped one would see (but for ``piece_dropout``, which
    takes no seed), and draws new dropout.

    Raises:
        InputError: ``out`` holds a run of another recipe or other data, ``start`` is no checkpoint or of
            another shape, a corpus is of another tokenizer, or torch has no such device.
    """
    if save_every < 1 or validation < 0:
        raise InputError(
            f"a checkpoint every {save_every} steps, {validation} problems to try",
            hint="from 1 and from 0 on",
        )
    place = _place(device)
    kept = {"recipe.json": asdict(recipe), "data.json": _fingerprint(bmwp, corpora)}
    _refuse_other(out, kept)
    out.mkdir(parents=True, exist_ok=True)
    saved = latest(out)
    pieces = _tokenizer(out, recipe, bmwp, start) if saved is None else out / "tokenizer.json"
    codec = NanoCodec(Tokenizer.from_file(str(pieces)))
    torch.manual_seed(recipe.seed)
    # on a CPU, at these lengths, the eager backward pass takes a third of the time of the other
    model = new_model(recipe, codec, attention="eager" if place.type == "cpu" else "sdpa")
    if start is not None and saved is None:
        take_over(model, start)
    for name, told in kept.items():
        (out / name).write_text(json.dumps(told, indent=1), encoding="utf-8")
    model.to(place)  # type: ignore[arg-type]  # transformers wraps it without its types
    average = copy.deepcopy(model)
    average.train(False)
    moved = optimizers(model, recipe)
    done = 0 if saved is None else load_state(saved, model, average, moved)
    torch.manual_seed(recipe.seed + done)
    unseen = held_back(recipe, pieces, bmwp=bmwp, problems=validation) if validation else {}
    if compiled:
        for layer in model.model.layers:  # one graph for all layers and for batches of every length
            layer.compile(dynamic=True)
    batches = (
        read_batches(recipe, pieces, corpora) if corpora else stream(recipe, pieces, bmwp=bmwp)
    )
    generator = torch.Generator(place).manual_seed(recipe.seed + done)
    hidden_token = codec.id(UNKNOWN)
    model.train()
    started, seen = 0.0, 0
    with (out / "metrics.jsonl").open("a", encoding="utf-8") as metrics:

        def note(row: Mapping[str, float]) -> None:
            print(json.dumps(row), file=metrics, flush=True)
            report(row)

        for step, batch in enumerate(islice(batches, done, recipe.steps), start=done + 1):
            started = started or time.monotonic()
            _set_rates(moved, schedule(step, recipe))
            ids, weights = (tensor.to(place, non_blocking=True) for tensor in batch)
            read = _with_hidden(ids, recipe.token_dropout, hidden_token, generator)
            loss, right = _loss(model, read, ids, weights)
            model.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch gives it no types
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for optimizer in moved:
                optimizer.step()
            _update_average(average, model, recipe.average_decay, step)
            seen += len(ids)
            if step % 25 == 0 or step == recipe.steps:
                rate = seen / (time.monotonic() - started)
                note(
                    {
                        "step": step,
                        "loss": round(loss.item(), 4),
                        "examples_per_second": round(rate, 1),
                        "right_graph_tokens": round(float(right), 4),
                    }
                )
            if step % save_every == 0 or step == recipe.steps:
                paused = time.monotonic()
                save_state(out, step, model, average, moved)
                if unseen:
                    shares = {name: written(average, found) for name, found in unseen.items()}
                    note({"step": step, **shares})
                started += time.monotonic() - paused  # the rate is that of training
    write_checkpoint(out / "checkpoint", average, pieces)
    return out / "checkpoint"


def _place(device: str) -> torch.device:
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"torch has no device {device!r} here: {str(error).splitlines()[0]}",
            hint="cpu, or cuda where there is such a card",
        ) from None
    return place


def _refuse_other(out: Path, kept: Mapping[str, Mapping[str, object]]) -> None:
    for name, told in kept.items():
        path = out / name
        if path.exists() and json.loads(path.read_text(encoding="utf-8")) != told:
            raise InputError(
                f"{path} is of another run", hint="choose a new folder, or the same recipe and data"
            )


def _fingerprint(bmwp: Path | None, corpora: Sequence[Path]) -> dict[str, object]:
    """By their contents: what a run that goes on must be given again."""
    return {
        "bmwp": None if bmwp is None else hash_of(bmwp),
        "corpora": [hash_of(path) for path in corpora],
    }


def make_tokenizer(out: Path, recipe: NanoRecipe, *, bmwp: Path | None) -> Path:
    """Train the recipe's tokenizer into ``out``/tokenizer.json, where a run in ``out`` finds it."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "tokenizer.json"
    problems = mixture(recipe, bmwp, seed=recipe.seed + 1)
    some = list(islice(problems, recipe.tokenizer_problems))
    part = path.with_name("tokenizer.part")
    train_tokenizer(some, size=recipe.vocabulary).save(str(part))
    part.replace(path)
    return path


def _tokenizer(out: Path, recipe: NanoRecipe, bmwp: Path | None, start: Path | None) -> Path:
    path = out / "tokenizer.json"
    if start is None:
        return path if path.exists() else make_tokenizer(out, recipe, bmwp=bmwp)
    try:
        shutil.copyfile(start / "tokenizer.json", path)
    except OSError as error:
        raise InputError(
            f"cannot take over the tokenizer: {error}", hint="give a run's checkpoint folder"
        ) from None
    return path


def _set_rates(moved: Sequence[torch.optim.Optimizer], share: float) -> None:
    for optimizer in moved:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * share


def schedule(step: int, recipe: NanoRecipe) -> float:
    """Share of the peak rate: linear warm-up, the peak, and a half cosine down to a fiftieth."""
    if step < recipe.warmup:
        return step / recipe.warmup
    cooling = recipe.cooldown * max(1, recipe.steps - recipe.warmup)
    share = max(0.0, 1 - (recipe.steps - step) / cooling)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2


def _with_hidden(
    ids: torch.Tensor, share: float, hidden: int, generator: torch.Generator
) -> torch.Tensor:
    """``ids`` [batch, length] with some ordinary tokens hidden; slots, symbols and bytes stay readable."""
    first_ordinary = len(SPECIAL_TOKENS) + 256
    draws = torch.rand(ids.shape, generator=generator, device=ids.device)
    shares = torch.rand((len(ids), 1), generator=generator, device=ids.device) * 2 * share
    return torch.where((draws < shares) & (ids >= first_ordinary), hidden, ids)


def _loss(
    model: Gemma3ForCausalLM, read: torch.Tensor, ids: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weighted cross-entropy of predicting ``ids`` from ``read``, and the share of graph tokens right."""
    logits = _logits(model, read)
    targets, weights = ids[:, 1:], weights[:, 1:]
    losses = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), reduction="none"
    )
    graph = weights == 1.0
    right = ((logits.argmax(-1) == targets) & graph).sum() / graph.sum()
    return (losses * weights.flatten()).sum() / weights.sum(), right


def _logits(model: Gemma3ForCausalLM, ids: torch.Tensor) -> torch.Tensor:
    """Logits [batch, length - 1, vocabulary] of the tokens that follow, as float32.

    Padding is on the right, where a causal model's earlier tokens do not look, so there is no mask.
    """
    with torch.autocast(ids.device.type, dtype=torch.bfloat16):
        logits: torch.Tensor = model(input_ids=ids[:, :-1], use_cache=False).logits
    return logits.float()


def _update_average(
    average: Gemma3ForCausalLM, model: Gemma3ForCausalLM, decay: float, step: int
) -> None:
    # young averages forget their random start faster
    decay = min(decay, (1 + step) / (10 + step))
    update = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]  # torch gives it no types
    update(list(average.parameters()), list(model.parameters()), step)


@torch.no_grad()
def written(model: Gemma3ForCausalLM, batches: Sequence[Batch]) -> float:
    """Share of examples every token of whose graph is the likeliest one."""
    place = model.device
    whole = total = 0
    for ids, weights in batches:
        graph = (weights[:, 1:] == 1.0).to(place)
        wrong = (_logits(model, ids.to(place)).argmax(-1) != ids[:, 1:].to(place)) & graph
        whole += int((~wrong.any(dim=1)).sum())
        total += len(ids)
    return round(whole / total, 4)
