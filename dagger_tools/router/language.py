"""Which language a text is in, from its letters and its commonest little words."""

from __future__ import annotations

import re

import numpy as np

from dagger_tools.router.ngrams import both_ends

__all__ = ["LANGUAGES", "language_of"]

LANGUAGES = ("bn", "bn-Latn", "as", "hi", "en", "mixed", "und")
"""What a text may be told to be in."""

_LATIN_WORD = re.compile(r"[A-Za-z]+")
_BANGLA, _DEVANAGARI = (b"\xe0\xa6", b"\xe0\xa7"), (b"\xe0\xa4", b"\xe0\xa5")
"""What the letters of a block begin with in UTF-8, where nothing else does: counted in no time."""
_DANDAS = "।॥"
"""The full stops of both scripts: Unicode has them among the letters of Devanagari."""
# what romanised Bangla is full of and English has nothing of
_ROMANISED = frozenset(
    """ache chilo achhe chhilo
    er ke kache kachhe koto kotogulo koyta koyti koto ta ti ar o ekta ekti dam taka
    jodi tahole hobe holo koto jon mot moto theke niye diye dilo kinlo bikri korlo kore baki roilo pabe lagbe
    amar tomar tar ami tumi she se tini ek dui tin char pach panch choy sat aat noy dosh
    bish shoto hajar prothome hoy hoye hole dile nile kinle thake thakle lage lagbe pay gulo
    prottek protita mile soman dore kora khabe jabe keu bolo bolen dao din kom beshi
    ekhon aro bhag goon gun jog biyog ghonta din mash bochor kalam kolom boi am apel""".split()
)
_ONLY_BANGLA = frozenset(
    "koto kto kot koyta koita koyti koiti koyjon kotojon kototi kotogulo kotota".split()
)
"""How many, how much: no English sentence holds one of them."""
_ENGLISH = frozenset(
    """the of and is are was were how many much does did has have had if each total what to a in for with he
    she they his her it from that this be will at on by""".split()
)


def language_of(text: str) -> str:
    """``bn``, ``bn-Latn`` (romanised), ``as``, ``hi``, ``en``, ``mixed`` or ``und``.

    Of a long text both ends are looked at (``router.ngrams.both_ends``).
    """
    text = both_ends(text)
    raw = text.encode("utf-8", "replace")
    count = raw.count
    bangla = count(_BANGLA[0]) + count(_BANGLA[1])
    devanagari = count(_DEVANAGARI[0]) + count(_DEVANAGARI[1])
    if devanagari:
        devanagari -= text.count(_DANDAS[0]) + text.count(_DANDAS[1])
    latin = _latin_letters(raw, bangla * 3) if len(text) - bangla > bangla * 3 else 0
    if bangla + devanagari + latin == 0:
        return "und"
    if bangla >= max(devanagari, 1) and bangla * 3 >= latin:
        if "ৰ" in text or "ৱ" in text:
            return "as"
        return "mixed" if latin > bangla else "bn"
    if devanagari > latin:
        return "hi"
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    romanised = sum(word in _ROMANISED for word in words)
    english = sum(word in _ENGLISH for word in words)
    if romanised > english or not _ONLY_BANGLA.isdisjoint(words):
        return "bn-Latn"
    return "mixed" if bangla else "en"


def _latin_letters(raw: bytes, more_than: int) -> int:
    """How many ASCII letters a text in UTF-8 holds, or none if of all ASCII there is not ``more_than``."""
    points = np.frombuffer(raw, dtype=np.uint8)
    if np.count_nonzero(points < 0x80) <= more_than:
        return 0
    return int(np.count_nonzero((points | 0x20) - np.uint8(ord("a")) < 26))
