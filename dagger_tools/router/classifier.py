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
    """``tables`` [verdict][all, asking][bucket]; ``weights`` [verdict][name], with ``bias``."""

    tables: Mapping[str, NDArray[np.float32]]
    weights: Mapping[str, Mapping[str, float]]

    def judge(
        self, verdict: str, canonical: str, found: Grams, named: Collection[str], *, words: int = 0
    ) -> Judgement:
        """Judge a canonical text by its n-grams and named features, and name up to ``words`` words."""
        weights = self.weights[verdict]
        all_weights, asking_weights = self.tables[verdict]
        start, end = found.asking
        of_all, of_asking = found.scales
        # an n-gram's weight belongs to the character in its middle
        by_character = np.add.reduce(all_weights.take(found.places))
        by_character *= of_all
        asking = np.add.reduce(asking_weights.take(found.places[:, start:end]))
        asking *= of_asking
        by_character[start:end] += asking
        logit = weights["bias"] + float(np.add.reduce(by_character))
        logit += sum([weights.get(name, 0.0) for name in named])
        return Judgement(logit, _heaviest(canonical, by_character, words) if words else ())


def _heaviest(
    canonical: str, by_character: NDArray[np.float32], count: int
) -> tuple[tuple[float, str], ...]:
    """A word's weight is that of its characters and of the blank before it."""
    words = canonical.split(" ")[1:-1]
    if not words:
        return ()
    starts = [0, *accumulate([len(word) + 1 for word in words[:-1]])]
    sums = np.add.reduceat(by_character, starts).tolist()
    strongest = sorted(zip(map(abs, sums), sums, words, strict=True), reverse=True)[:count]
    return tuple([(weight, word) for _, weight, word in strongest])


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The shipped model: half-precision tables and JSON; nothing is unpickled."""
    folder = resources.files("dagger_tools.router") / "weights"
    settings: dict[str, Any] = json.loads((folder / "router.json").read_text("utf-8"))
    tables = {}
    for verdict in settings["weights"]:
        with (folder / f"{verdict}.npy").open("rb") as file:
            flat = np.load(file, allow_pickle=False).astype(np.float32)
        tables[verdict] = flat.reshape(2, -1)
    return Classifier(tables, settings["weights"])
