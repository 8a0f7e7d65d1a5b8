"""The trained part of the router: character n-grams, and a small network over what was counted.

One table of weights a verdict (is it a question for us; is it maths of another kind).  What the
n-grams of the first say is one input of a network of one hidden layer; the others are the named
features.  Its sum is the log-odds of a calibrated probability (``training.router``).  A network of
rectified units is linear where a text stands, so that each feature's part in the sum is exact.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dagger_tools.errors import ModelFileError
from dagger_tools.router.named import NAMES
from dagger_tools.router.ngrams import BUCKETS, ORDERS, Grams

__all__ = ["Classifier", "Judgement", "load_classifier", "read_classifier"]


_ONES = np.ones(1 << 13, dtype=np.float32)
"""A product with ones sums in a quarter of the time of ``np.add.reduce``."""
_OF_ORDERS = _ONES[: len(ORDERS)]
_LETTERS, _BIAS, _OUT = -3, -2, -1
"""The rows at the network's end, from the last."""
_TRUST = -1
"""Of a text's own rows the n-grams' is the last."""
_TRAIN = "install dagger-tools again, or train anew: python -m dagger_tools.training.router"


class Judgement(NamedTuple):
    """Log-odds, with the part that each named feature and each character has in them.

    ``by_character`` [characters, verdicts] is what the n-grams weigh; ``trust`` is how much of it
    comes through for a question, and ``other_letters`` its sum for maths of another kind.
    """

    logit: float
    other_letters: float
    parts: NDArray[np.float32]
    by_character: NDArray[np.float32]
    trust: float

    def strongest(
        self, found: Grams, named: Sequence[str], count: int, words: int
    ) -> Iterator[tuple[float, str, bool]]:
        """The ``count`` named features and words that weigh most, at most ``words`` of them words.

        Each with its part in the log-odds, and whether it is a word: a word's part is that of its
        characters and its blank.
        """
        parts = self.parts
        if found.words:
            sums = np.add.reduceat(self.by_character[:, 0], found.blanks)
            sums *= self.trust
            parts = np.concatenate((parts, sums))
        weights = parts.tolist()
        for place in np.abs(parts).argsort()[::-1].tolist():
            if not count:
                return
            if place < len(named):
                yield weights[place], named[place], False
            elif words:
                words -= 1
                yield weights[place], found.words[place - len(named)], True
            else:
                continue
            count -= 1


@dataclass(frozen=True, slots=True)
class Classifier:
    """``tables`` [all, asking][bucket] of both verdicts, and what the named features weigh.

    A real part says how much an n-gram speaks for a question, the imaginary one for maths of
    another kind: one look-up finds both.  ``network`` has a row for each of ``rows`` (a named
    feature), then one for the n-grams' sum, one for the bias, and the output's weights; its columns
    are the hidden units and the direct way.
    """

    tables: tuple[NDArray[np.complex64], NDArray[np.complex64]]
    rows: Mapping[str, int]
    network: NDArray[np.float32]
    other: Mapping[str, float]

    def judge(self, found: Grams, named: Sequence[str]) -> Judgement:
        """Judge a text by its n-grams and its named features."""
        start, end = found.asking
        of_all, of_asking = found.scales
        every, asking = self.tables
        # an n-gram's weight belongs to the character in its middle
        by_character = _OF_ORDERS.dot(every.take(found.places).view(np.float32))
        by_character *= of_all
        its_question = _OF_ORDERS.dot(asking.take(found.places[:, start:end]).view(np.float32))
        its_question *= of_asking
        by_character[2 * start : 2 * end] += its_question
        by_character = by_character.reshape(-1, 2)
        letters, other_letters = _ONES[: len(by_character)].dot(by_character).tolist()
        network = self.network
        inputs = network.take([*map(self.rows.__getitem__, named), _BIAS, _LETTERS], 0)
        values = _ONES[: len(inputs)].copy()
        values[-1] = letters
        sums = values.dot(inputs)
        # a rectified unit passes its sum on, or nothing; the direct way always
        passing = sums > 0
        passing[-1] = True
        weights = network[_OUT] * passing
        parts = inputs.dot(weights)
        logit, trust = float(sums.dot(weights)), float(parts[_TRUST])
        return Judgement(logit, other_letters, parts[: len(named)], by_character, trust)

    def other_maths(self, judged: Judgement, named: Sequence[str]) -> float:
        """Log-odds that the judged text is maths of another kind."""
        weights = self.other
        return judged.other_letters + weights["bias"] + sum([weights[name] for name in named])


@lru_cache(maxsize=1)
def load_classifier() -> Classifier:
    """The shipped model."""
    return read_classifier(resources.files("dagger_tools.router") / "weights")


def read_classifier(folder: Traversable, *, suffix: str = "") -> Classifier:
    """A model of a folder: half-precision tables and JSON; nothing is unpickled.

    ``suffix`` is what the names of files end in that are not yet in their place.

    Raises:
        ModelFileError: a file is missing or no such file, or their shapes do not fit together.
    """
    try:
        settings: dict[str, Any] = json.loads((folder / f"router.json{suffix}").read_text("utf-8"))
        names: list[str] = settings["names"]
        other: dict[str, float] = settings["other_maths"]
        network = _read(folder / f"network.npy{suffix}")
        tables = [_read(folder / f"{name}.npy{suffix}") for name in ("question", "other_maths")]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{folder}: {error}", hint=_TRAIN) from error
    if names != list(NAMES) or other.keys() != {"bias", *NAMES}:
        raise ModelFileError(f"{folder}: trained for other features", hint=_TRAIN)
    if network.ndim != 2 or len(network) != len(names) - _LETTERS or network.shape[1] < 1:
        raise ModelFileError(f"{folder}: a network of {network.shape}", hint=_TRAIN)
    for table in tables:
        if table.shape != (2 * BUCKETS,):
            raise ModelFileError(f"{folder}: a table of {table.shape}", hint=_TRAIN)
    question, other_maths = (table.reshape(2, -1) for table in tables)
    every, asking = (question + 1j * other_maths).astype(np.complex64)
    return Classifier(
        (every, asking), {name: row for row, name in enumerate(names)}, network, other
    )


def _read(path: Traversable) -> NDArray[np.float32]:
    with path.open("rb") as file:
        return np.asarray(np.load(file, allow_pickle=False), dtype=np.float32)
