"""Batches of training examples as tensors, from a stream of problems or from encoded corpora."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_codec import PAD, NanoCodec
from dagger_tools.training.nano_corpus import Corpus, examples, length, mixture, read_corpora
from dagger_tools.training.nano_data import Example, Mixture
from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = ["Batch", "held_back", "read_batches", "stream"]

Batch = tuple[torch.Tensor, torch.Tensor]
"""Token ids and what predicting each of them weighs, both [batch, longest]."""

_STRETCH = 40
"""Batches that are made at once and sorted by length."""
_ROUND = 8
"""Lengths are multiples of this, which is what matrix units of an accelerator take best."""


def stream(recipe: NanoRecipe, tokenizer: Path, *, bmwp: Path | None) -> Iterator[Batch]:
    """Batches of problems that are made as they are wanted, without an end.

    One recipe gives one stream, except with ``piece_dropout`` (see ``examples``).
    """
    problems = mixture(recipe, bmwp, seed=recipe.seed)
    found = examples(problems, recipe, tokenizer, seed=recipe.seed)
    rng = random.Random(recipe.seed)
    pad = _pad(tokenizer)
    while True:
        stretch = sorted(islice(found, recipe.batch * _STRETCH), key=length)
        batches = [stretch[i : i + recipe.batch] for i in range(0, len(stretch), recipe.batch)]
        rng.shuffle(batches)
        for batch in batches:
            yield _tensors(batch, pad, recipe.question_loss)


def read_batches(recipe: NanoRecipe, tokenizer: Path, corpora: Sequence[Path]) -> Iterator[Batch]:
    """Batches of encoded corpora, over and over, in another order each time.

    Raises:
        InputError: a file is no corpus of this tokenizer, or they do not fill a batch.
    """
    corpus = read_corpora(corpora, tokenizer)
    if len(corpus) < recipe.batch:
        raise InputError(
            f"the corpora hold {len(corpus)} examples, less than a batch", hint="encode more"
        )
    lengths, pad = corpus.lengths, _pad(tokenizer)
    rng = np.random.default_rng(recipe.seed)
    size = recipe.batch
    while True:
        order = rng.permutation(len(corpus))
        for at in range(0, len(order) - size + 1, size * _STRETCH):
            stretch = order[at : at + size * _STRETCH]
            stretch = stretch[np.argsort(lengths[stretch], kind="stable")]
            # what fills no batch comes with another order
            for batch in rng.permutation(len(stretch) // size):
                rows = stretch[batch * size : (batch + 1) * size]
                yield _gathered(corpus, lengths, rows, pad, recipe.question_loss)


def held_back(
    recipe: NanoRecipe, tokenizer: Path, *, bmwp: Path | None, problems: int
) -> dict[str, list[Batch]]:
    """For each kind of source, that many problems that training leaves out, in batches."""
    sources = {
        "stories": {"scene_share": 0.0, "bank_share": 1.0, "distractor_share": 0.0},
        "stories_distracted": {"scene_share": 0.0, "bank_share": 1.0, "distractor_share": 0.5},
        "scenes": {"scene_share": 1.0, "bank_share": 0.0, "distractor_share": 0.0},
        "scenes_distracted": {"scene_share": 1.0, "bank_share": 0.0, "distractor_share": 0.5},
        "bmwp": {"scene_share": 0.0, "bank_share": 0.0, "distractor_share": 0.0},
    }
    whole = replace(recipe, piece_dropout=0.0)
    pad = _pad(tokenizer)
    found: dict[str, list[Batch]] = {}
    for name, shares in sources.items():
        unseen = Mixture(seed=21, bmwp=bmwp, held_back=True, disguise_share=0.0, **shares)
        if name == "bmwp" and not unseen.sizes["bmwp"]:
            continue  # it would give scenes or stories instead
        some = list(islice(examples(unseen, whole, tokenizer, seed=0), problems))
        found[name] = [
            _tensors(some[i : i + recipe.batch], pad, 0.0)
            for i in range(0, len(some), recipe.batch)
        ]
    return found


def _pad(tokenizer: Path) -> int:
    return NanoCodec(Tokenizer.from_file(str(tokenizer))).id(PAD)


def _tensors(batch: Sequence[Example], pad: int, question_loss: float) -> Batch:
    tokens = [np.array([*e.question, *e.graph]) for e in batch]
    corpus = Corpus(
        np.concatenate(tokens),
        np.cumsum([len(ids) for ids in tokens]),
        np.array([len(e.graph) for e in batch]),
    )
    return _gathered(corpus, corpus.lengths, np.arange(len(batch)), pad, question_loss)


def _gathered(
    corpus: Corpus, lengths: np.ndarray, rows: np.ndarray, pad: int, question_loss: float
) -> Batch:
    """The examples ``rows`` side by side, padded on the right; predicting a graph's token weighs 1."""
    stops, ends = lengths[rows, None], corpus.ends[rows, None]
    columns = np.arange(-(-int(stops.max()) // _ROUND) * _ROUND)
    inside = columns < stops
    places = np.where(inside, ends - stops + columns, 0)
    ids = np.where(inside, corpus.tokens[places].astype(np.int64), pad)
    graph = columns >= stops - corpus.graphs[rows, None].astype(np.int64)
    weights = np.where(inside, np.where(graph, 1.0, question_loss), 0.0)
    return torch.from_numpy(ids), torch.from_numpy(weights.astype(np.float32))
