"""Writing with the fused graph: all outputs of a call side by side, over one cache."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dagger_tools.generators.base import Decoding
from dagger_tools.generators.closing import GraphEnd
from dagger_tools.generators.fused_session import Cache, FusedSession, Lot
from dagger_tools.generators.language_model import Row, Writer
from dagger_tools.generators.sampling import stop_if

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["PIECE", "FusedWriter"]

PIECE = 128
"""Tokens of a row that are read at once."""
_CACHE_BYTES = 4_000_000_000
"""Room for the keys and values of what is written side by side; more outputs go one lot after another."""


class FusedWriter(Writer):
    """An open fused session with the cache of what all prompts begin with."""

    def __init__(self, session: FusedSession, **own: Any) -> None:
        super().__init__(**own)
        self.session = session
        self._begun: Cache | None = None

    def write(
        self,
        prompts: list[list[int]],
        decoding: Decoding,
        limit: int,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd],
    ) -> list[list[Row]]:
        """``decoding.samples`` outputs of each prompt, as many side by side as memory allows."""
        longest = min(self.context, max(map(len, prompts)) + limit)
        capacity = longest + PIECE  # a row that has ended is padded like those that are still read
        # half as much again: what is chosen of a cache is copied while the cache is still there
        fit = max(1, 2 * _CACHE_BYTES // (3 * self.session.row_bytes(capacity)))
        groups = [self.rows(decoding, end) for _ in prompts]
        pairs = [
            (prompt, row) for prompt, rows in zip(prompts, groups, strict=True) for row in rows
        ]
        for at in range(0, len(pairs), fit):
            try:
                self._write_lot(pairs[at : at + fit], capacity, limit, decoding, cancelled)
            finally:  # a call that was cancelled or failed keeps no memory either
                self.session.release()
        return groups

    def _write_lot(
        self,
        pairs: list[tuple[list[int], Row]],
        capacity: int,
        limit: int,
        decoding: Decoding,
        cancelled: threading.Event | None,
    ) -> None:
        started = time.perf_counter()
        # samples of one prompt are neighbours: it is read once for all of them
        prompts = [p for i, (p, _) in enumerate(pairs) if i == 0 or p is not pairs[i - 1][0]]
        cache, scores = self._read(prompts, capacity, cancelled)
        rows = [row for _, row in pairs]
        if len(prompts) < len(rows):
            source = np.cumsum(
                [i > 0 and p is not pairs[i - 1][0] for i, (p, _) in enumerate(pairs)]
            )
            self.session.release()
            cache, scores = cache.chosen(source), scores[source]
        for row in rows:
            row.prefill_seconds = (time.perf_counter() - started) / len(rows)
        lot, going = Lot(self.session, cache), list(range(len(rows)))
        del cache  # the lot may exchange it for a smaller one
        for written in range(1, limit + 1):
            going = [
                place
                for place, one in zip(going, scores, strict=True)
                # the token just written is not among those that the lot holds
                if self.step(rows[place], one, decoding) and lot.length(place) + 1 < self.context
            ]
            stop_if(cancelled)
            if not going or written == limit:
                return
            scores = lot.write(going, [rows[place].last for place in going])

    def _read(
        self, prompts: list[list[int]], capacity: int, cancelled: threading.Event | None
    ) -> tuple[Cache, npt.NDArray[np.float32]]:
        """The cache of the prompts, and the scores of what follows each [prompts, vocabulary]."""
        cache = self.session.cache(len(prompts), capacity)
        begin = self.chat.prefix
        rest = []
        for place, prompt in enumerate(prompts):
            shared = begin and len(prompt) > len(begin) and prompt[: len(begin)] == begin
            if shared:
                cache.take(place, self._beginning(begin, cancelled), 0)
            rest.append(prompt[len(begin) :] if shared else prompt)
        return cache, read_pieces(self.session, cache, rest, cancelled)

    def _beginning(self, begin: list[int], cancelled: threading.Event | None) -> Cache:
        """The cache of what prompts begin with, read when the first of them comes."""
        if self._begun is None:
            begun = self.session.cache(1, len(begin))
            read_pieces(self.session, begun, [begin], cancelled)
            self._begun = begun  # only now: a reading that was cut short must not be taken for it
        return self._begun


def read_pieces(
    session: FusedSession,
    cache: Cache,
    rows: list[list[int]],
    cancelled: threading.Event | None = None,
    *,
    last: int = 1,
) -> npt.NDArray[np.float32]:
    """Read rows of unequal length into ``cache``; the scores of what follows each [rows, vocabulary].

    ``last``: of a single row, the scores after as many of its last tokens (those of one piece at
    most).

    Raises:
        CancelledError: ``cancelled`` was set.
        GeneratorError: ONNX Runtime cannot run the graph.
    """
    scores = np.zeros((len(rows), session.vocabulary), dtype=np.float32)
    for at in range(0, max(map(len, rows)), PIECE):
        stop_if(cancelled)
        pieces = [row[at : at + PIECE] for row in rows]
        if last > 1:
            scores = session.read(cache, pieces, last=last)
            continue
        reading = [place for place, piece in enumerate(pieces) if piece]
        scores[reading] = session.read(cache, pieces)
    return scores
