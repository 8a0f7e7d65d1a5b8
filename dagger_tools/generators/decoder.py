"""Constrained decoding with the fused graph of a small model: samples side by side, what they share once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dagger_tools.generators.base import Decoding
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.sampling import draw, generators_of, stop_if

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
    """Constrained decoding over the fused graph of a checkpoint folder.

    Args:
        folder: holds what ``dagger_tools.fused.write_fused`` wrote.
        threads: intra-op threads; small models are fastest on few.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        ModelFileError: a file is missing or cannot be loaded.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._session = FusedSession(folder, threads=threads)

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
        cache = self._session.cache(1, len(prompt) + limit)
        logits = self._session.read(cache, [prompt], last=len(prompt))
        prefill = time.perf_counter() - started
        usual = _mean_log_probability(logits[:-1], prompt[1:])
        scores = logits[-1:].repeat(decoding.samples, axis=0)
        outputs = [
            _Output(constraint, rng)
            for constraint, rng in zip(constraints, generators_of(decoding), strict=True)
        ]
        rows, going = [0] * len(outputs), list(range(len(outputs)))
        while True:
            going = [
                place
                for place, one in zip(going, scores, strict=True)
                if outputs[place].step(one, decoding, limit)
            ]
            if not going:
                break
            stop_if(cancelled)
            # outputs that have written the same so far are one row: where the model is sure, all are
            ends = [(rows[place], outputs[place].tokens[-1]) for place in going]
            branches = list(dict.fromkeys(ends))
            parents = [row for row, _ in branches]
            if parents != list(range(len(cache.lengths))):
                self._session.release()  # it would keep the other cache until the next run
                cache = cache.chosen(parents)
            logits = self._session.read(cache, [[token] for _, token in branches])
            for place, end in zip(going, ends, strict=True):
                rows[place] = branches.index(end)
            scores = logits[[rows[place] for place in going]]
        return [
            Decoded(tuple(one.tokens), tuple(one.log_probabilities), one.complete, usual, prefill)
            for one in outputs
        ]


class _Output:
    """One output that is being written."""

    def __init__(self, constraint: Constraint, rng: np.random.Generator | None) -> None:
        self._constraint, self._rng = constraint, rng
        self.tokens: list[int] = []
        self.log_probabilities: list[float] = []
        self.complete = False

    def step(self, scores: npt.NDArray[np.float32], decoding: Decoding, limit: int) -> bool:
        """Write the next token; False once the output has ended or is cut off."""
        choices = self._constraint.tokens
        allowed = np.where(self._constraint.allowed(), scores[choices], -np.inf)
        place, log_probability = draw(allowed, decoding, self._rng)
        self.log_probabilities.append(log_probability)
        self.complete = not self._constraint.accept(place)
        if not self.complete:
            self.tokens.append(int(choices[place]))
        return not self.complete and len(self.tokens) < limit


def _mean_log_probability(logits: npt.NDArray[np.float32], tokens: Sequence[int]) -> float:
    """Mean natural log-probability of ``tokens`` [n] by ``logits`` [n, vocabulary]; 0 of none."""
    if not len(tokens):
        return 0.0
    most = logits.max(axis=1)
    total = most + np.log(np.exp(logits - most[:, None]).sum(axis=1))
    return float((logits[np.arange(len(tokens)), list(tokens)] - total).mean())
