"""Decoding of an Optimum-exported causal language model with a KV cache, on ONNX Runtime."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dagger_tools.generators.base import Decoding
from dagger_tools.generators.sampling import draw, generators_of, stop_if
from dagger_tools.generators.session import OnnxSession

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Constraint", "Decoded", "OnnxDecoder"]


class Constraint(Protocol):
    """What may come next; driven by the decoder."""

    @property
    def tokens(self) -> npt.NDArray[np.int64]:
        """Ids of the tokens that can ever be written; ``allowed`` follows their order."""

    def allowed(self) -> npt.NDArray[np.bool_]:
        """Which of ``tokens`` may be written now."""

    def accept(self, place: int) -> bool:
        """Note that the token at that place of ``tokens`` was written; False ends the output."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Tokens written (without the one that ended the output) and their log-probabilities.

    ``complete`` is False when the token limit cut the output off.  ``prompt_log_probability`` is the
    mean over the prompt's tokens, each given those before it; ``prefill_seconds`` is what reading the
    prompt took, once for all samples.
    """

    tokens: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    complete: bool
    prompt_log_probability: float
    prefill_seconds: float


class OnnxDecoder:
    """Constrained decoding over ``model.onnx`` of a checkpoint folder.

    Args:
        folder: holds ``model.onnx`` and ``config.json``.
        threads: intra-op threads; small models are fastest on few.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        ModelFileError: a file is missing or cannot be loaded.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._session = OnnxSession(folder, threads=threads)

    @property
    def providers(self) -> list[str]:
        """The execution providers that the session really uses, first choice first."""
        return self._session.providers

    def decode(
        self,
        prompt: Sequence[int],
        constraints: Sequence[Constraint],
        decoding: Decoding,
        *,
        limit: int,
        cancelled: threading.Event | None = None,
    ) -> list[Decoded]:
        """Write at most ``limit`` tokens after ``prompt``, once for each of ``decoding.samples``.

        ``constraints`` holds one for each sample.  The prompt is read once.  Probabilities are those
        among the allowed tokens at each place.

        Raises:
            CancelledError: ``cancelled`` was set.
        """
        stop_if(cancelled)
        started = time.perf_counter()
        logits, past = self._session.forward(list(prompt), len(prompt), self._session.no_past)
        prefill = time.perf_counter() - started
        usual = _mean_log_probability(logits[:-1], prompt[1:])
        outputs = []
        for constraint, rng in zip(constraints, generators_of(decoding), strict=True):
            state = logits[-1], past
            tokens, log_probabilities, complete = self._continue(
                state, len(prompt), constraint, decoding, rng, limit, cancelled
            )
            outputs.append(
                Decoded(tuple(tokens), tuple(log_probabilities), complete, usual, prefill)
            )
        return outputs

    def _continue(
        self,
        state: tuple[npt.NDArray[np.float32], list[Any]],
        length: int,
        constraint: Constraint,
        decoding: Decoding,
        rng: np.random.Generator | None,
        limit: int,
        cancelled: threading.Event | None,
    ) -> tuple[list[int], list[float], bool]:
        """Tokens, their log-probabilities, and whether the output ended by itself."""
        logits, past = state
        choices = constraint.tokens
        tokens: list[int] = []
        log_probabilities: list[float] = []
        while True:
            scores = np.where(constraint.allowed(), logits[choices], -np.inf)
            place, log_probability = draw(scores, decoding, rng)
            log_probabilities.append(log_probability)
            if not constraint.accept(place):
                return tokens, log_probabilities, True
            tokens.append(int(choices[place]))
            if len(tokens) == limit:
                return tokens, log_probabilities, False
            stop_if(cancelled)
            length += 1
            grown, past = self._session.forward([tokens[-1]], length, past)
            logits = grown[-1]


def _mean_log_probability(logits: npt.NDArray[np.float32], tokens: Sequence[int]) -> float:
    """Mean natural log-probability of ``tokens`` [n] by ``logits`` [n, vocabulary]; 0 of none."""
    if not len(tokens):
        return 0.0
    most = logits.max(axis=1)
    total = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))
    return float((logits[np.arange(len(tokens)), list(tokens)] - total).mean())
