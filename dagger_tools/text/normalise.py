"""One form for Bangla text, with the way back to the original's offsets.

Unicode has two spellings of য় ড় ঢ় (one code point, or letter + nukta) and of ো ৌ.  NFC composes the
vowel signs but *decomposes* the three letters (they are composition exclusions, Unicode Standard
Annex #15), so text that "is NFC already" and text typed on a common keyboard differ.  Here both
become what NFC gives: nukta apart, vowel signs whole.  Zero-width and bidirectional controls, soft
hyphens and other control characters are dropped; every kind of blank becomes a plain space.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Normalised", "normalise", "normalised"]

_CHANGES = {
    "\u09dc": "\u09a1\u09bc",  # ড়
    "\u09dd": "\u09a2\u09bc",  # ঢ়
    "\u09df": "\u09af\u09bc",  # য়
    "\u09c7\u09be": "\u09cb",  # ে + া -> ো
    "\u09c7\u09d7": "\u09cc",  # ে + ৗ -> ৌ
}
_BLANKS = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_DROPPED = (
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f"
)
_INTERESTING = re.compile(
    f"[\u09dc\u09dd\u09df]|\u09c7[\u09be\u09d7]|[{_BLANKS}]|[{_DROPPED}]|[‘’ʼ`´]|[−–—]"
)
_SINGLE = re.compile(f"[{_BLANKS}{_DROPPED}‘’ʼ`´−–—]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised ``text``; ``offsets[i]`` is where its code point ``i`` begins in the original.

    ``offsets`` is one longer than the text (its last entry is the original's length).
    """

    text: str
    offsets: Sequence[int]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The original's ``[start, end)`` for a stretch of the normalised text."""
        return self.offsets[start], self.offsets[end]


def normalise(text: str) -> Normalised:
    """``text`` in the one form; linear in its length."""
    if not _INTERESTING.search(text):
        return Normalised(text, range(len(text) + 1))
    parts: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in _INTERESTING.finditer(text):
        start, end = match.span()
        parts.append(text[at:start])
        offsets.extend(range(at, start))
        changed = _replacement(match[0])
        parts.append(changed)
        offsets.extend([start] * len(changed))
        at = end
    parts.append(text[at:])
    offsets.extend(range(at, len(text) + 1))
    return Normalised("".join(parts), offsets)


def normalised(text: str) -> str:
    """``normalise(text).text`` alone, in a tenth of the time."""
    for found, changed in _CHANGES.items():
        text = text.replace(found, changed)
    return _SINGLE.sub(lambda match: _replacement(match[0]), text)


def _replacement(found: str) -> str:
    if found in _CHANGES:
        return _CHANGES[found]
    if found in "‘’ʼ`´":
        return "'"
    if found in "−–—":
        return "-"
    return " " if found == "\t" or (found.isspace() and found > "\x9f") else ""
