"""One ONNX Runtime session over the fused graph, with a cache that is written in place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dagger_tools.errors import ModelFileError
from dagger_tools.generators.session import open_session, typed_faults

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["LONGEST_CONTEXT", "Cache", "FusedSession", "Lot"]

LONGEST_CONTEXT = 16_384
"""Positions that a graph's table of rotations holds, at most: 32 MB at a head size of 256."""

_FED = frozenset({"input_ids", "counts", "lengths", "total", "keep"})
_ROUND = 128
"""A cache grows by so many places."""


class Cache:
    """Keys and values of rows that are written side by side, each as long as it is by now.

    ``capacity`` is the number of places a row; ``lengths`` [rows], those that are taken.
    """

    def __init__(self, layers: int, rows: int, heads: int, capacity: int, size: int) -> None:
        capacity += -capacity % _ROUND
        shape = (rows, heads, capacity, size)
        # not empty: what lies beyond a row's end is multiplied by zero, and must be no NaN
        self.arrays = [np.zeros(shape, dtype=np.float32) for _ in range(2 * layers)]
        self.lengths = np.zeros(rows, dtype=np.int32)

    @property
    def capacity(self) -> int:
        """Places of a row."""
        return int(self.arrays[0].shape[2])

    def chosen(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Cache:
        """A cache of these rows of this one; one may be named more than once."""
        layers, (_, heads, capacity, size) = len(self.arrays) // 2, self.arrays[0].shape
        new = Cache(layers, len(rows), heads, capacity, size)
        for place, row in enumerate(rows):
            new.take(place, self, int(row))
        return new

    def take(self, row: int, other: Cache, source: int) -> None:
        """Begin ``row`` with all that row ``source`` of ``other`` holds."""
        length = int(other.lengths[source])
        for own, theirs in zip(self.arrays, other.arrays, strict=True):
            own[row, :, :length] = theirs[source, :, :length]
        self.lengths[row] = length


class FusedSession:
    """``model.onnx`` that ``write_fused`` wrote, opened on the processor.

    Args:
        folder: holds the graph and its weights.
        threads: intra-op threads; 0 leaves the number to ONNX Runtime.
        spinning: see ``open_session``; a tenth to a third faster on an idle machine, half as fast on
            a busy one (``benchmarks/checkpoints.py``).

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        ModelFileError: a file is missing or cannot be loaded.
    """

    def __init__(self, folder: Path, *, threads: int, spinning: bool = False) -> None:
        # the cache is bound in this machine's memory, and CUDA's attention takes no float32
        self._ort, self._session = open_session(
            folder / "model.onnx",
            threads=threads,
            providers=["CPUExecutionProvider"],
            spinning=spinning,
        )
        shapes = {value.name: value.shape for value in self._session.get_inputs()}
        self._past = [name for name in shapes if name.startswith("past.")]
        given = {value.name: value.shape for value in self._session.get_outputs()}
        present = {name.replace("past", "present") for name in self._past}
        logits = given.get("logits", [])
        caches = {tuple(shapes[name][1::2]) for name in self._past}  # heads and size of each
        sizes = [*logits[1:], *(one for cache in caches for one in cache)]
        if (
            set(shapes) != _FED | set(self._past)
            or set(given) != present | {"logits"}
            or len(caches) != 1
            or len(sizes) != 3
            or not all(type(size) is int and size > 0 for size in sizes)
        ):
            raise ModelFileError(
                f"{folder / 'model.onnx'} is another graph than the fused one",
                hint="export the checkpoint anew",
            )
        self.vocabulary: int
        self.vocabulary, self._heads, self._size = sizes
        self._bound: tuple[Any, ...] | None = None

    @property
    def providers(self) -> list[str]:
        """The execution providers that the session really uses, first choice first."""
        return list(self._session.get_providers())

    def row_bytes(self, capacity: int) -> int:
        """What the cache of one row takes once it is full."""
        capacity += -capacity % _ROUND
        return int(len(self._past) * self._heads * capacity * self._size * 4)

    def release(self) -> None:
        """Let go of the buffers of the last call."""
        self._bound = None

    def cache(self, rows: int, capacity: int) -> Cache:
        """An empty cache."""
        return Cache(len(self._past) // 2, rows, self._heads, capacity, self._size)

    def read(
        self, cache: Cache, fresh: Sequence[Sequence[int]], *, last: int = 1
    ) -> npt.NDArray[np.float32]:
        """Read each row's fresh tokens after what ``cache`` holds of it, and keep them there.

        A row may have none, and then stays as it is.  The logits after each of the ``last`` tokens
        of every row that has some, one row after the other, [sum, vocabulary]; they are
        overwritten by the next call.

        Raises:
            GeneratorError: ONNX Runtime cannot run the graph.
        """
        counts = np.array([len(row) for row in fresh], dtype=np.int32)
        width = int(counts.max())
        ids = np.zeros((len(fresh), width), dtype=np.int64)
        for place, row in enumerate(fresh):
            ids[place, : len(row)] = row
        keep = np.array(
            [
                place * width + at
                for place, count in enumerate(counts)
                for at in range(max(0, int(count) - last), int(count))
            ],
            dtype=np.int64,
        )
        cache.lengths += counts
        return self._run(cache, ids, counts, keep)

    def _run(
        self,
        cache: Cache,
        ids: npt.NDArray[np.int64],
        counts: npt.NDArray[np.int32],
        keep: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float32]:
        key = (id(cache), ids.shape, len(keep))
        if self._bound is None or self._bound[0] != key:
            self._bound = (key, cache, *self._bind(cache, ids.shape, len(keep)))
        _, _, binding, feeds, logits = self._bound
        feeds["input_ids"][:] = ids
        feeds["counts"][:] = counts
        feeds["lengths"][:] = cache.lengths - 1
        feeds["total"][...] = cache.lengths.max()
        feeds["keep"][:] = keep
        with typed_faults():
            self._session.run_with_iobinding(binding)
        out: npt.NDArray[np.float32] = logits
        return out

    def _bind(
        self, cache: Cache, shape: tuple[int, ...], kept: int
    ) -> tuple[Any, dict[str, npt.NDArray[Any]], npt.NDArray[np.float32]]:
        """Bind all buffers once; steps of the same shape then only write into them."""
        value = self._ort.OrtValue.ortvalue_from_numpy
        feeds: dict[str, npt.NDArray[Any]] = {
            "input_ids": np.zeros(shape, dtype=np.int64),
            "counts": np.zeros(shape[0], dtype=np.int32),
            "lengths": np.zeros(shape[0], dtype=np.int32),
            "total": np.zeros((), dtype=np.int32),
            "keep": np.zeros(kept, dtype=np.int64),
        }
        logits = np.zeros((kept, self.vocabulary), dtype=np.float32)
        binding = self._session.io_binding()
        for name, array in feeds.items():
            binding.bind_ortvalue_input(name, value(array))
        binding.bind_ortvalue_output("logits", value(logits))
        for name, array in zip(self._past, cache.arrays, strict=True):
            both = value(array)
            binding.bind_ortvalue_input(name, both)
            binding.bind_ortvalue_output(name.replace("past", "present"), both)
        return binding, feeds, logits


class Lot:
    """Rows that are written side by side; those that have ended make room."""

    def __init__(self, session: FusedSession, cache: Cache) -> None:
        self._session, self._cache = session, cache
        self._places = list(range(len(cache.lengths)))  # of the rows in the cache

    def length(self, row: int) -> int:
        """Tokens that a row holds."""
        return int(self._cache.lengths[self._places[row]])

    def write(self, rows: Sequence[int], tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Add a token to each of these rows; the scores of what follows [rows, vocabulary].

        ``rows``: as numbered in the beginning, in order; those left out are not written again.
        """
        if 2 * len(rows) <= len(self._cache.lengths):
            self._session.release()  # it would keep the larger cache until the next run
            self._cache = self._cache.chosen([self._places[row] for row in rows])
            for place, row in enumerate(rows):
                self._places[row] = place
        fresh: list[list[int]] = [[] for _ in self._cache.lengths]
        for row, token in zip(rows, tokens, strict=True):
            fresh[self._places[row]] = [token]
        return self._session.read(self._cache, fresh)
