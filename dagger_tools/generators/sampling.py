"""Drawing the next token from its scores."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from dagger_tools.errors import CancelledError
from dagger_tools.generators.base import Decoding

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["draw", "generators_of", "stop_if"]


def draw(
    scores: npt.NDArray[np.float32], decoding: Decoding, rng: np.random.Generator | None
) -> tuple[int, float]:
    """A place of ``scores`` [choices] and its log-probability (natural) among all of them.

    Without ``rng`` it is the likeliest; with it, temperature, top-k and top-p (nucleus sampling,
    Holtzman et al., 2020) shape what is drawn, not the probability that is told.  Places that may
    not follow hold ``-inf``.
    """
    best = int(scores.argmax())
    relative = scores - scores[best]
    log_total = float(np.log(np.exp(relative).sum()))
    if rng is None:
        return best, -log_total
    order = _likeliest(scores, decoding.top_k)
    chances = np.exp(relative[order].astype(np.float64) / decoding.temperature)
    chances /= chances.sum()
    kept = int(np.searchsorted(np.cumsum(chances), decoding.top_p)) + 1
    chances = chances[:kept] / chances[:kept].sum()
    place = int(order[rng.choice(len(chances), p=chances)])
    return place, float(relative[place]) - log_total


def _likeliest(scores: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """The places of the ``count`` (0: all) highest scores, highest first, ties in their order."""
    if 0 < count < len(scores):
        # sorting all of a large vocabulary takes longer than a small model's step
        least = np.partition(scores, -count)[-count]
        places = np.flatnonzero(scores >= least)
        return places[np.argsort(-scores[places], kind="stable")][:count]
    return np.argsort(-scores, kind="stable")


def generators_of(decoding: Decoding) -> list[np.random.Generator | None]:
    """A source of chance for each sample; None for the first, which is greedy."""
    seeds = np.random.SeedSequence(decoding.seed).spawn(decoding.samples)
    return [None, *(np.random.default_rng(seed) for seed in seeds[1:])]


def stop_if(cancelled: threading.Event | None) -> None:
    """Raise ``CancelledError`` once the caller has set ``cancelled``."""
    if cancelled is not None and cancelled.is_set():
        raise CancelledError("generation was cancelled")
