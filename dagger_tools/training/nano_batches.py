"""Batches of training examples as tensors, made in this process or by several workers beside it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from dagger_tools.corpus.problem import Problem
from dagger_tools.generators.nano_codec import PAD, NanoCodec
from dagger_tools.training.nano_data import Example, Mixture, encode_problem
from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = ["Batch", "held_back", "stream", "tensors"]

Batch = tuple[torch.Tensor, torch.Tensor]
"""Token ids and what predicting each of them weighs, both [batch, longest]."""

_STRETCH = 40
"""Batches that are made at once and sorted by length."""
_STRETCH_OF_WORKER = 8
"""The same in a worker, of which there are several."""
_ROUND = 8
"""Lengths are multiples of this, which is what matrix units of an accelerator take best."""


def stream(
    recipe: NanoRecipe, tokenizer: Path, *, bmwp: Path | None, done: int = 0, workers: int = 0
) -> Iterator[Batch]:
    """The batches after the first ``done``, without an end.

    Without workers the stream is the one that an unstopped run sees.  Workers draw streams of their own,
    which begin anew after ``done``: a run that goes on sees other problems than an unstopped one.
    """
    if not workers:
        yield from islice(_Stream(recipe, tokenizer, bmwp, seed=recipe.seed), done, None)
        return
    # far from the seed of any other stream, so that no worker repeats what another has seen
    seed = 1_000 * (recipe.seed * 100_003 + done)
    made = _Stream(recipe, tokenizer, bmwp, seed=seed, stretch=_STRETCH_OF_WORKER)
    yield from DataLoader(made, batch_size=None, num_workers=workers, prefetch_factor=8)


def held_back(
    recipe: NanoRecipe, tokenizer: Path, *, bmwp: Path | None, problems: int
) -> dict[str, list[Batch]]:
    """For each kind of source, that many problems that training leaves out, in batches."""
    codec = NanoCodec(Tokenizer.from_file(str(tokenizer)))
    sources = {
        "stories": {"scene_share": 0.0, "bank_share": 1.0, "distractor_share": 0.0},
        "stories_distracted": {"scene_share": 0.0, "bank_share": 1.0, "distractor_share": 0.5},
        "scenes": {"scene_share": 1.0, "bank_share": 0.0, "distractor_share": 0.0},
        "scenes_distracted": {"scene_share": 1.0, "bank_share": 0.0, "distractor_share": 0.5},
    }
    if bmwp is not None:
        sources["bmwp"] = {"scene_share": 0.0, "bank_share": 0.0, "distractor_share": 0.0}
    found: dict[str, list[Batch]] = {}
    for name, shares in sources.items():
        mixture = Mixture(seed=21, bmwp=bmwp, held_back=True, disguise_share=0.0, **shares)
        examples = _fitting(mixture, [codec], recipe, random.Random(0))
        found[name] = [
            tensors(list(islice(examples, min(recipe.batch, problems - at))), codec.id(PAD), 0.0)
            for at in range(0, problems, recipe.batch)
        ]
    return found


class _Stream(IterableDataset[Batch]):
    """Batches of like length, in random order within each stretch of the stream."""

    def __init__(
        self,
        recipe: NanoRecipe,
        tokenizer: Path,
        bmwp: Path | None,
        *,
        seed: int,
        stretch: int = _STRETCH,
    ) -> None:
        self._recipe, self._tokenizer, self._bmwp = recipe, tokenizer, bmwp
        self._seed, self._stretch = seed, stretch

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        if worker is not None:
            torch.set_num_threads(1)
        seed = self._seed + (0 if worker is None else worker.id)
        recipe = self._recipe
        codecs = [NanoCodec(Tokenizer.from_file(str(self._tokenizer)))]
        if recipe.piece_dropout:
            broken = Tokenizer.from_file(str(self._tokenizer))
            broken.model.dropout = recipe.piece_dropout
            codecs.append(NanoCodec(broken))
        mixture = Mixture(
            seed=seed,
            bmwp=self._bmwp,
            scene_share=recipe.scene_share,
            bank_share=recipe.bank_share,
            distractor_share=recipe.distractor_share,
            stray_share=recipe.stray_share,
        )
        rng = random.Random(seed)
        examples = _fitting(mixture, codecs, recipe, rng)
        while True:
            stretch = list(islice(examples, recipe.batch * self._stretch))
            stretch.sort(key=_length)
            batches = [stretch[i : i + recipe.batch] for i in range(0, len(stretch), recipe.batch)]
            rng.shuffle(batches)
            for batch in batches:
                yield tensors(batch, codecs[0].id(PAD), recipe.question_loss)


def _length(example: Example) -> int:
    return len(example.question) + len(example.graph)


def _fitting(
    problems: Iterator[Problem] | Mixture,
    codecs: Sequence[NanoCodec],
    recipe: NanoRecipe,
    rng: random.Random,
) -> Iterator[Example]:
    """The problems that the model can write and that are no longer than ``max_tokens``."""
    for problem in problems:
        codec = codecs[0] if len(codecs) == 1 else rng.choice(codecs)
        example = encode_problem(problem, codec)
        if example is not None and _length(example) <= recipe.max_tokens:
            yield example


def tensors(batch: Sequence[Example], pad: int, question_loss: float) -> Batch:
    """The examples side by side, padded on the right; predicting a graph's token weighs 1."""
    longest = -(-max(map(_length, batch)) // _ROUND) * _ROUND
    ids = torch.full((len(batch), longest), pad)
    weights = torch.zeros((len(batch), longest))
    for row, example in enumerate(batch):
        start, stop = len(example.question), _length(example)
        ids[row, :stop] = torch.tensor([*example.question, *example.graph])
        weights[row, :start] = question_loss
        weights[row, start:stop] = 1.0
    return ids, weights
