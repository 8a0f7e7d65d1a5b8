"""Which language a text is in, from its letters and its commonest little words."""

from __future__ import annotations

import re

import numpy as np

from dagger_tools.router.ngrams import both_ends

__all__ = ["LANGUAGES", "language_of"]

LANGUAGES = ("bn", "bn-Latn", "as", "hi", "en", "mixed", "und")
"""What a text may be told to be in."""

_LATIN_WORD = re.compile(r"[A-Za-z]+")
_BANGLA, _DEVANAGARI = 0x0980 >> 7, 0x0900 >> 7
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
    points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    if not len(points):
        return "und"
    # the blocks of both scripts are 128 code points, as is ASCII
    blocks = np.bincount(points >> 7, minlength=_BANGLA + 1)
    bangla, devanagari, latin = int(blocks[_BANGLA]), int(blocks[_DEVANAGARI]), 0
    if devanagari:
        devanagari -= sum(map(text.count, _DANDAS))
    if blocks[0] > bangla * 3:
        latin = int(np.count_nonzero((points | 0x20) - np.uint32(ord("a")) < 26))
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
