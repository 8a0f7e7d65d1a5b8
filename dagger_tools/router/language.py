"""Which language a text is in, from its letters and its commonest little words."""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["language_of"]

_BANGLA = re.compile(r"[\u0980-\u09ff]")
_ASSAMESE = re.compile(r"[ৰৱ]")
_DEVANAGARI = re.compile(r"[\u0900-\u0963\u0966-\u097f]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
# what romanised Bangla is full of and English has nothing of
_ROMANISED = frozenset(
    """ache chilo achhe chhilo
    er ke kache kachhe koto kotogulo koyta koyti koto ta ti ar o ekta ekti dam taka
    jodi tahole hobe holo koto jon mot moto theke niye diye dilo kinlo bikri korlo kore baki roilo pabe lagbe
    amar tomar tar ami tumi she se tini ek dui tin char pach panch choy sat aat noy dosh
    bish shoto hajar prothome
    ekhon aro bhag goon gun jog biyog ghonta din mash bochor kalam kolom boi am apel""".split()
)
_ENGLISH = frozenset(
    """the of and is are was were how many much does did has have had if each total what to a in for with he
    she they his her it from that this be will at on by""".split()
)


def language_of(text: str) -> str:
    """``bn``, ``bn-Latn`` (romanised), ``as``, ``hi``, ``en``, ``mixed`` or ``und``."""
    bangla = len(_BANGLA.findall(text))
    devanagari = len(_DEVANAGARI.findall(text))
    words = Counter(word.lower() for word in _LATIN_WORD.findall(text))
    latin = sum(len(word) * count for word, count in words.items())
    if bangla + devanagari + latin == 0:
        return "und"
    if bangla >= max(devanagari, 1) and bangla * 3 >= latin:
        if _ASSAMESE.search(text):
            return "as"
        return "mixed" if latin > bangla else "bn"
    if devanagari > latin:
        return "hi"
    romanised = sum(count for word, count in words.items() if word in _ROMANISED)
    english = sum(count for word, count in words.items() if word in _ENGLISH)
    if romanised > english:
        return "bn-Latn"
    return "mixed" if bangla else "en"
