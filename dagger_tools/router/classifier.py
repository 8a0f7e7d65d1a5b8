"""The trained part of the router: character n-grams, and a small network over what was counted.

One table of weights a verdict (is it a question for us; is it maths of another kind).  What the
n-grams of the first say is one input of a network of one hidden layer; the others are the named
features.  Its sum is the log-odds of a calibrated probability (``training.router``).  A network of
rectified units is linear where a text stands, so that each feature's part in the sum is exact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dagger_tools.router.ngrams import Grams

__all__ = ["Classifier", "Judgement", "load_classifier"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Log-odds, with the part that each named feature and each character has in them."""

    logit: float
    other_letters: float
    parts: Sequence[float]
    by_character: NDArray[np.float32]

    def heaviest(self, words: Sequence[str], found: Grams, count: int) -> list[tuple[float, str]]:
        """The ``count`` words that weigh most: a word's part is that of its characters and its blank."""
        if not words:
            return []
        sums = np.add.reduceat(self.by_character, found.blanks)
        strongest = np.abs(sums).argsort()[: -count - 1 : -1]
        return [(float(sums[place]), words[place]) for place in strongest.tolist()]


@dataclass(frozen=True, slots=True)
class Classifier:
    """``tables`` [all, asking][bucket] of both verdicts, and what the named features weigh.

    A real part says how much an n-gram speaks for a question, the imaginary one for maths of
    another kind: one look-up finds both.  ``network`` has a row for each of ``rows`` (a named
    feature), then one for the n-grams' sum, one for the bias, and the output's weights; its columns
    are the hidden units and the direct way.
    """

    tables: NDArray[np.complex64]
    rows: Mapping[str, int]
    network: NDArray[np.float32]
    other: Mapping[str, float]

    def judge(self, found: Grams, named: Sequence[str]) -> Judgement:
        """Judge a text by its n-grams and its named features."""
        start, end = found.asking
        of_all, of_asking = found.scales
        # an n-gram's weight belongs to the character in its middle
        by_character = np.add.reduce(self.tables[0].take(found.places))
        by_character *= of_all
        asking = np.add.reduce(self.tables[1].take(found.places[:, start:end]))
        asking *= of_asking
        by_character[start:end] += asking
        letters = complex(np.add.reduce(by_character))
        rows = self.rows
        inputs = self.network.take([rows[name] for name in named], 0)
        of_letters, bias, out = self.network[-3:]
        sums = np.add.reduce(inputs)
        sums += bias
        sums += of_letters * np.float32(letters.real)
        # a rectified unit passes its sum on, or nothing; the direct way always
        passing = sums > 0
        passing[-1] = True
        weights = out * passing
        return Judgement(
            float(sums.dot(weights)),
            letters.imag,
            inputs.dot(weights).tolist(),
            by_character.real * of_letters.dot(weights),
        )

    def other_maths(self, judged: Judgement, named: Sequence[str]) -> float:
        """Log-odds that the judged text is maths of another kind."""
        weights = self.other
        return judged.other_letters + weights["bias"] + sum([weights[name] for name in named])


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The shipped model: half-precision tables and JSON; nothing is unpickled."""
    folder = resources.files("dagger_tools.router") / "weights"
    settings: dict[str, Any] = json.loads((folder / "router.json").read_text("utf-8"))

    def read(name: str) -> NDArray[np.float32]:
        with (folder / f"{name}.npy").open("rb") as file:
            return np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)

    tables = np.empty((2, read("question").size // 2), dtype=np.complex64)
    tables.real = read("question").reshape(2, -1)
    tables.imag = read("other_maths").reshape(2, -1)
    names: list[str] = settings["names"]
    return Classifier(
        tables,
        {name: row for row, name in enumerate(names)},
        read("network"),
        settings["other_maths"],
    )
