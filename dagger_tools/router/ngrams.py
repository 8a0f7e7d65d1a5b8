"""The classifier's view of a text: its character n-grams as places in one table of weights.

Vectorised over the text's code points, so that a message costs microseconds: each n-gram is hashed
by a multiplicative rolling hash (Knuth, TAOCP 3, 6.4), for all places of the text at once.  Every
character is the middle of one n-gram of each order, so that they make a rectangle.  The n-grams of
the sentence that asks count a second time, in the table's other half: a passage with a question
after it reads like a problem only as a whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dagger_tools.text import normalised

__all__ = ["BUCKETS", "ORDERS", "Grams", "asking_span", "both_ends", "canonical_text", "grams"]

BITS = 17
BUCKETS = 1 << BITS
"""Places of each half of the table."""
ORDERS = (2, 3, 4, 5)
"""Lengths of the n-grams."""
MAX_CHARS = 2_000
"""Of a longer text the beginning and the end are looked at: a question stands at one of them."""

_DIGITS = "123456789০১২৩৪৫৬৭৮৯"
_LONGEST_RUN = "0" * 7
_LONG_RUN = re.compile(f"{_LONGEST_RUN}+")
"""Longer numerals look alike: their n-grams would drown the words."""
# arrays of no dimension: numpy takes them in two thirds of a scalar's time
_STEP = np.array(0x01000193, dtype=np.uint32)
_SPREAD = np.array(0x9E3779B1, dtype=np.uint32)
_SHIFT = np.array(32 - BITS, dtype=np.uint32)
_BLANK = ord(" ")
_EDGE = "\0" * (max(ORDERS) // 2)
"""What the n-grams of the first and last characters reach into."""


class Grams(NamedTuple):
    """The n-grams of a canonical text, as ``places`` [orders, characters] of a half of the table.

    A column holds those with one character in their middle; ``asking`` is the columns ``[start,
    end)`` of the sentence that asks, ``blanks`` those of the blank before each of the ``words``.
    """

    places: NDArray[np.intp]
    asking: tuple[int, int]
    words: list[str]
    blanks: NDArray[np.intp]

    @property
    def scales(self) -> tuple[float, float]:
        """What the weights of all and of the asking n-grams are multiplied by: 1 / root of how many."""
        start, end = self.asking
        orders, characters = self.places.shape
        return (orders * characters) ** -0.5, (orders * max(1, end - start)) ** -0.5


def both_ends(text: str) -> str:
    """``text``, or of one of more than ``MAX_CHARS`` characters the two ends that are looked at."""
    if len(text) <= MAX_CHARS:
        return text
    return f"{text[: MAX_CHARS // 2]} {text[-MAX_CHARS // 2 :]}"


def canonical_text(text: str) -> str:
    """Normalised, in lower case, blanks run together, every digit a 0 and of those seven at the most."""
    plain = normalised(both_ends(text)).lower()
    # a replacement of one character by another is several times quicker than a pattern of them all
    for digit in _DIGITS:
        plain = plain.replace(digit, "0")
    if _LONGEST_RUN in plain:
        plain = _LONG_RUN.sub(_LONGEST_RUN, plain)
    return f" {' '.join(plain.split())} "


def asking_span(canonical: str) -> tuple[int, int]:
    """``[start, end)`` of the last sentence that ends in a question mark, else of the last one."""
    end = canonical.rfind("?") + 1
    if end == 0:
        end = len(canonical.rstrip(" ।!"))
    before = max(0, end - 1)
    find = canonical.rfind
    start = 1 + max(find("।", 0, before), find("?", 0, before), find("!", 0, before))
    return start, end


def grams(canonical: str) -> Grams:
    """The n-grams of a canonical text."""
    points = np.frombuffer(
        f"{_EDGE}{canonical}{_EDGE}".encode("utf-32-le", "replace"), dtype=np.uint32
    )
    characters = len(canonical)
    rows = []
    hashes = points
    for order in ORDERS:
        hashes = hashes[:-1] * _STEP
        hashes ^= points[order - 1 :]
        first = len(_EDGE) - order // 2
        rows.append(hashes[first : first + characters])
    places = np.concatenate(rows)
    places *= _SPREAD
    places >>= _SHIFT
    # indices of the machine's own width, which a look-up need not convert
    return Grams(
        places.astype(np.intp).reshape(len(ORDERS), characters),
        asking_span(canonical),
        canonical.split(),
        (points[len(_EDGE) : -len(_EDGE)] == _BLANK).nonzero()[0][:-1],
    )
