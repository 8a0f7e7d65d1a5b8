"""Train the router's classifier: ``python -m dagger_tools.training.router ROUTER_TRAIN.jsonl``.

A table of n-grams is trained on all texts (``training.router_data``); tables that have not seen a
text say for each what the network over the named features is trained on
(``training.router_network``), and the curve that turns the sum into a probability is fitted on texts
that neither has seen.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dagger_tools.router.classifier import read_classifier
from dagger_tools.router.named import NAMES
from dagger_tools.training.calibrate import fit_logistic
from dagger_tools.training.router_data import OTHER_MATHS, LabelledText, training_texts
from dagger_tools.training.router_network import fit_network, network_logits
from dagger_tools.training.router_table import fit_tables, one_hot

__all__ = ["main", "train_router"]

_FOLDS = 5
_QUESTION, _OTHER_MATHS, _UNSEEN = 0, 1, 2
"""Columns of the tables: what is shipped for each verdict, then those that each miss a fold."""


def train_router(path: Path, out: Path, *, seed: int = 0) -> dict[str, float]:
    """Train on ``path`` and everything of our own; write the weights into ``out``.

    Returns how many texts there were, and the accuracies on texts unseen (``other_maths`` is
    measured on those that it was trained on).
    """
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)
    texts = list(training_texts(path, rng))
    folds = np.array([_fold(text, "letters") for text in texts])
    labels = np.array(
        [[t.math, t.kind in OTHER_MATHS, *[t.math] * _FOLDS] for t in texts], dtype=np.bool_
    )
    heard = np.ones_like(labels)
    heard[np.arange(len(texts)), _UNSEEN + folds] = False
    with_names = [column == _OTHER_MATHS for column in range(labels.shape[1])]
    tables = fit_tables([text.text for text in texts], labels, heard, with_names, rng)
    said = np.array([tables.logits(text.text) for text in texts], dtype=np.float32)

    unseen = said[np.arange(len(texts)), _UNSEEN + folds]
    network, accuracy = _network_of(texts, unseen, seed)
    # the table's bias goes into the network's
    network[-2] += tables.bias[_QUESTION] * network[-3]

    weights = [tables.bias[_OTHER_MATHS], *tables.names[:, _OTHER_MATHS]]
    other = zip(("bias", *NAMES), weights, strict=True)
    settings = {
        "names": NAMES,
        "other_maths": {name: round(float(weight), 4) for name, weight in other},
    }
    arrays: dict[str, NDArray[Any]] = {
        "question.npy": tables.ngrams[:, _QUESTION].astype(np.float16),
        "other_maths.npy": tables.ngrams[:, _OTHER_MATHS].astype(np.float16),
        "network.npy": network,
    }
    _write(out, arrays, json.dumps(settings, indent=1) + "\n")
    right = (said[:, _OTHER_MATHS] > 0) == labels[:, _OTHER_MATHS]
    return {
        "texts": float(len(texts)),
        "question_accuracy": accuracy,
        "other_maths_accuracy": float(right.mean()),
    }


def _write(out: Path, arrays: Mapping[str, NDArray[Any]], settings: str) -> None:
    """Write all files under other names first: a run cut off leaves the old weights as they were."""
    parts = {name: out / f"{name}.part" for name in (*arrays, "router.json")}
    for name, array in arrays.items():
        with parts[name].open("wb") as file:
            np.save(file, array, allow_pickle=False)
    parts["router.json"].write_text(settings, encoding="utf-8")
    read_classifier(out, suffix=".part")
    for name, part in parts.items():
        part.replace(out / name)


def _network_of(
    texts: Sequence[LabelledText], letters: NDArray[np.float32], seed: int
) -> tuple[NDArray[np.float32], float]:
    """A calibrated network, and its accuracy on texts that it has not seen.

    ``letters`` [texts] is what the n-grams say of each text unseen.  Of the texts that are not
    written or made for the router every fourth is enough, and keeps the hard ones heard.
    """
    kept = [
        place
        for place, text in enumerate(texts)
        if text.kind.startswith("made") or text.own or place % 4 == 0
    ]
    texts, letters = [texts[place] for place in kept], letters[kept]
    inputs = one_hot([text.text for text in texts])
    right = np.array([text.math for text in texts], dtype=np.float32)
    folds = np.array([_fold(text, "network") for text in texts])
    logits = np.zeros(len(texts), dtype=np.float32)
    for fold in range(_FOLDS):
        aside = folds == fold
        if aside.any():
            network = fit_network(inputs[~aside], letters[~aside], right[~aside], seed=seed)
            logits[aside] = network_logits(network, inputs[aside], letters[aside])
    # the curve: probability = 1 / (1 + exp(-(shift + slope * logit)))
    shift, slope = fit_logistic(logits[:, None].astype(float), right.astype(float))
    network = fit_network(inputs, letters, right, seed=seed)
    network[-1] *= np.float32(slope[0])
    # the direct way passes the bias on as it is
    network[-2, -1] += np.float32(shift / slope[0])
    guessed = shift + float(slope[0]) * logits > 0
    return network, float((guessed == (right > 0)).mean())


def _fold(text: LabelledText, of: str) -> int:
    """Which fifth a text belongs to, the same for its copies and for what says it otherwise."""
    return zlib.crc32(f"{of} {text.origin or text.text}".encode()) % _FOLDS


def main(arguments: Sequence[str]) -> None:
    """Train into the package, and print what was measured on the texts kept aside."""
    out = Path(str(resources.files("dagger_tools.router"))) / "weights"
    for name, value in train_router(Path(arguments[0]), out).items():
        print(f"{name}: {value:.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
