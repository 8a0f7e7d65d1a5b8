"""The classifier's view of a text: its character n-grams as places in one table of weights.

Vectorised over the text's code points, so that a message costs microseconds: each n-gram is hashed
by a multiplicative rolling hash (Knuth, TAOCP 3, 6.4), for all places of the text at once.  The
n-grams of the sentence that asks count a second time, in the table's other half: a passage with a
question after it reads like a problem only as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dagger_tools.text import normalised

__all__ = ["BUCKETS", "ORDERS", "Grams", "asking_span", "canonical_text", "grams"]

BITS = 17
BUCKETS = 1 << BITS
"""Places of each half of the table."""
ORDERS = (2, 3, 4, 5)
"""Lengths of the n-grams."""
MAX_CHARS = 2_000
"""Of a longer text the beginning and the end are looked at: a question stands at one of them."""

_DIGIT = re.compile("[1-9০-৯]")
_LONG_RUN = re.compile("0{7,}")
"""Longer numerals look alike: their n-grams would drown the words."""
_STEP = np.uint32(0x01000193)
_SPREAD = np.uint32(0x9E3779B1)
_SHIFT = np.uint32(32 - BITS)
_OTHER_HALF = np.uint32(BUCKETS)
_COUNT = np.arange(4 * MAX_CHARS)
"""A text in one form may be longer than as it was typed, but never twice as long."""
_NONE = (np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of a canonical text, those of the whole before those of the sentence that asks.

    ``places`` are their places in the table, ``middles`` the characters in their middles and
    ``scale`` what their weights are multiplied by (one over the root of how many a half has), all
    [n-grams].
    """

    places: NDArray[np.uint32]
    middles: NDArray[np.int64]
    scale: NDArray[np.float32]


def canonical_text(text: str) -> str:
    """Normalised, in lower case, blanks run together, every digit a 0 and of those seven at the most."""
    if len(text) > MAX_CHARS:
        text = f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"
    plain = _LONG_RUN.sub("0" * 7, _DIGIT.sub("0", normalised(text).lower()))
    return f" {' '.join(plain.split())} "


def asking_span(canonical: str) -> tuple[int, int]:
    """``[start, end)`` of the last sentence that ends in a question mark, else of the last one."""
    end = canonical.rfind("?") + 1
    if end == 0:
        end = len(canonical.rstrip(" ।!"))
    start = 1 + max(canonical.rfind(mark, 0, max(0, end - 1)) for mark in "।?!")
    return start, end


def grams(canonical: str) -> Grams:
    """The n-grams of a canonical text; none of a text shorter than the shortest."""
    points = np.frombuffer(canonical.encode("utf-32-le", "replace"), dtype=np.uint32)
    start, end = asking_span(canonical)
    whole, asking = [], []
    in_whole, in_asking = [], []
    hashes = points
    for order in ORDERS:
        if len(points) < order:
            break
        hashes = (hashes[:-1] * _STEP) ^ points[order - 1 :]
        places = (hashes * _SPREAD) >> _SHIFT
        stop, half = max(start, end - order + 1), order // 2
        whole.append(places)
        asking.append(places[start:stop] + _OTHER_HALF)
        in_whole.append(_COUNT[half : half + len(places)])
        in_asking.append(_COUNT[start + half : stop + half])
    if not whole:
        return Grams(*_NONE)
    counts = sum(map(len, whole)), sum(map(len, asking))
    scale = np.empty(sum(counts), dtype=np.float32)
    scale[: counts[0]] = counts[0] ** -0.5
    scale[counts[0] :] = max(1, counts[1]) ** -0.5
    return Grams(np.concatenate(whole + asking), np.concatenate(in_whole + in_asking), scale)
