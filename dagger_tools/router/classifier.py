"""The trained part of the router: a linear model over character n-grams and what was counted.

One table of weights a verdict (is it a question for us; is it maths of another kind), a few weights
for the numbers, the language and the cues; the sums are log-odds of a calibrated probability
(``training.router``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from importlib import resources
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dagger_tools.router.ngrams import Grams

__all__ = ["Classifier", "Judgement", "load_classifier"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Log-odds, and the words that weigh most in them, each with its own, the strongest first."""

    logit: float
    words: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Classifier:
    """``tables`` [verdict][both halves of the buckets]; ``weights`` [verdict][name], with ``bias``."""

    tables: Mapping[str, NDArray[np.float32]]
    weights: Mapping[str, Mapping[str, float]]

    def judge(
        self, verdict: str, canonical: str, found: Grams, named: Collection[str], *, words: int = 0
    ) -> Judgement:
        """Judge a canonical text by its n-grams and named features, and name up to ``words`` words."""
        weights = self.weights[verdict]
        parts = self.tables[verdict].take(found.places)
        parts *= found.scale
        logit = weights["bias"] + float(parts.sum()) + sum(weights.get(name, 0.0) for name in named)
        return Judgement(logit, _heaviest(canonical, found, parts, words) if words else ())


def _heaviest(
    canonical: str, found: Grams, parts: NDArray[np.float32], count: int
) -> tuple[tuple[float, str], ...]:
    """An n-gram's weight belongs to the character in its middle, a word's is that of its characters."""
    words = canonical.split(" ")[1:-1]
    if not words or not len(parts):
        return ()
    by_character = np.bincount(found.middles, parts, len(canonical))
    # a word with the blank before it
    starts = [0, *accumulate(len(word) + 1 for word in words[:-1])]
    sums = np.add.reduceat(by_character, starts).tolist()
    strongest = nlargest(count, range(len(words)), key=lambda i: abs(sums[i]))
    return tuple((sums[i], words[i]) for i in strongest)


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The shipped model: half-precision tables and JSON; nothing is unpickled."""
    folder = resources.files("dagger_tools.router") / "weights"
    settings: dict[str, Any] = json.loads((folder / "router.json").read_text("utf-8"))
    tables = {}
    for verdict in settings["weights"]:
        with (folder / f"{verdict}.npy").open("rb") as file:
            tables[verdict] = np.load(file, allow_pickle=False).astype(np.float32)
    return Classifier(tables, settings["weights"])
