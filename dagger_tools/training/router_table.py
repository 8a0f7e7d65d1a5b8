"""The router's tables of n-grams, several at once: each learns from its own part of the texts.

Most of the time of such a training is finding an n-gram's row; a row of several columns holds the
weights of the table that is shipped, of the one for the other verdict, and of those that must not
have seen a fifth of the texts.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dagger_tools.router.language import language_of
from dagger_tools.router.named import NAMES, named_features
from dagger_tools.router.ngrams import BUCKETS, canonical_text, grams

__all__ = ["Tables", "fit_tables", "one_hot"]

_EPOCHS = 12
_BATCH = 128

Floats = NDArray[np.float32]


class Tables(NamedTuple):
    """``ngrams`` [2 x BUCKETS, columns], ``names`` [NAMES, columns] and ``bias`` [columns]."""

    ngrams: Floats
    names: Floats
    bias: Floats

    def logits(self, text: str) -> Floats:
        """What each column says of a text, [columns]."""
        seen = _encode(text)
        rows = [_ROWS[name] for name in seen.named]
        said: Floats = seen.scale @ self.ngrams[seen.places] + self.names[rows].sum(0) + self.bias
        return said


class _Encoded(NamedTuple):
    """A text as the classifier sees it: places in the table with their scale, and named features."""

    places: NDArray[np.int64]
    scale: Floats
    named: tuple[str, ...]


_ROWS = {name: row for row, name in enumerate(NAMES)}


def one_hot(texts: Sequence[str]) -> Floats:
    """The named features of each text, [texts, NAMES] of 0 and 1."""
    inputs = np.zeros((len(texts), len(NAMES)), dtype=np.float32)
    for place, text in enumerate(texts):
        inputs[place, [_ROWS[name] for name in _encode(text).named]] = 1.0
    return inputs


def fit_tables(
    texts: Sequence[str],
    labels: NDArray[np.bool_],
    heard: NDArray[np.bool_],
    with_names: Sequence[bool],
    rng: random.Random,
) -> Tables:
    """Logistic regression by sparse Adam, a column for each of ``labels`` [texts, columns].

    A column learns from the texts that it ``heard`` [texts, columns]; ``with_names`` says of each
    whether it weighs the named features too.
    """
    import torch

    columns = labels.shape[1]
    table = torch.nn.EmbeddingBag(2 * BUCKETS, columns, mode="sum", sparse=True)
    torch.nn.init.zeros_(table.weight)
    names = torch.zeros(len(NAMES), columns, requires_grad=True)
    bias = torch.zeros(columns, requires_grad=True)
    named = torch.tensor(with_names, dtype=torch.float32)
    optimizers = (
        torch.optim.SparseAdam([table.weight], lr=0.005),
        torch.optim.AdamW([names, bias], lr=0.01, weight_decay=0.01),
    )
    order = list(range(len(texts)))
    rng.shuffle(order)
    batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]
    taken: list[tuple[Floats, Floats, Floats]] = []
    for epoch in range(_EPOCHS):
        rng.shuffle(batches)
        for batch in batches:
            chosen = [texts[place] for place in batch]
            encoded = [_encode(text) for text in chosen]
            starts = np.cumsum([0, *(len(text.places) for text in encoded[:-1])])
            logits = table(
                torch.from_numpy(np.concatenate([text.places for text in encoded])),
                torch.from_numpy(starts),
                torch.from_numpy(np.concatenate([text.scale for text in encoded])),
            )
            logits = logits + torch.from_numpy(one_hot(chosen)) @ (names * named) + bias
            # a little smoothing: some rows of the public sets are labelled wrongly
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits,
                torch.from_numpy(labels[batch]).float() * 0.98 + 0.01,
                weight=torch.from_numpy(heard[batch]).float(),
                reduction="sum",
            )
            for optimizer in optimizers:
                optimizer.zero_grad()
            mean = loss / len(batch)
            mean.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            for optimizer in optimizers:
                optimizer.step()  # type: ignore[no-untyped-call]  # as above
        # the average of the later epochs' ends: Adam's last step is noisy (Polyak, Juditsky, 1992)
        if epoch >= _EPOCHS // 2:
            weights, of_names, of_none = (
                end.detach().numpy().copy() for end in (table.weight, names * named, bias)
            )
            taken.append((weights, of_names, of_none))
    return Tables(*(np.mean(ends, axis=0) for ends in zip(*taken, strict=True)))


@cache
def _encode(text: str) -> _Encoded:
    canonical = canonical_text(text)
    found = grams(canonical)
    named = named_features(canonical, language_of(text), found)
    start, end = found.asking
    asking = found.places[:, start:end].ravel() + np.int64(BUCKETS)
    sizes = found.places.size, asking.size
    return _Encoded(
        np.concatenate([found.places.ravel(), asking]),
        np.repeat(np.array(found.scales, dtype=np.float32), sizes),
        named,
    )
