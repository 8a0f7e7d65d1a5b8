"""Bangla words in Latin letters, as people type them in chats.

There is no one spelling: ``romanise`` gives the commonest, and with a random generator one of those
that are seen (ছ as ch, chh or s; ফ as f or ph; a final o written or not).
"""

from __future__ import annotations

import random
import re

from dagger_tools.text.normalise import normalised

__all__ = ["romanise"]

_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_VIRAMA = "\u09cd"
_NUKTA = "\u09bc"
_CONSONANTS = {
    "ক": "k", "খ": "kh", "গ": "g", "ঘ": "gh", "ঙ": "ng",
    "চ": "ch c", "ছ": "ch chh s", "জ": "j", "ঝ": "jh", "ঞ": "n",
    "ট": "t", "ঠ": "th t", "ড": "d", "ঢ": "dh", "ণ": "n",
    "ত": "t", "থ": "th", "দ": "d", "ধ": "dh d", "ন": "n",
    "প": "p", "ফ": "f ph", "ব": "b", "ভ": "v bh", "ম": "m",
    "য": "j z", "র": "r", "ল": "l", "শ": "sh s", "ষ": "sh s", "স": "s sh", "হ": "h", "ৎ": "t",
    "ড" + _NUKTA: "r", "ঢ" + _NUKTA: "r", "য" + _NUKTA: "y e",
}  # fmt: skip
_VOWELS = {
    "অ": "o", "আ": "a", "ই": "i", "ঈ": "i ee", "উ": "u", "ঊ": "u", "ঋ": "ri", "এ": "e", "ঐ": "oi", "ও": "o",
    "ঔ": "ou",
}  # fmt: skip
_SIGNS = {
    "া": "a", "ি": "i", "ী": "i ee", "ু": "u", "ূ": "u oo", "ৃ": "ri", "ে": "e", "ৈ": "oi", "ো": "o", "ৌ": "ou",
}  # fmt: skip
_MARKS = {"ং": "ng", "ঃ": "", "ঁ": "", "়": ""}
_KEEPS_O = frozenset("লতড়দব")
"""A word that ends in one of these often keeps its o: chilo, koto, boro."""
_WORD = re.compile(r"[\u0980-\u09e5\u09f0\u09f1]+")


def romanise(text: str, rng: random.Random | None = None) -> str:
    """``text`` with its Bangla words and digits in Latin letters; the rest stays."""
    plain = normalised(text).replace("।", ".").replace("৳", "tk ")
    return _WORD.sub(lambda match: _word(match[0], rng), plain).translate(_DIGITS)


def _word(word: str, rng: random.Random | None) -> str:
    letters = re.findall(rf"[ডঢয]{_NUKTA}|.", word)
    out: list[str] = []
    for place, letter in enumerate(letters):
        following = letters[place + 1] if place + 1 < len(letters) else ""
        if letter in _CONSONANTS:
            before = letters[place - 1] if place else ""
            if before == _VIRAMA and letter == "য":
                out.append(_pick("y  ", rng))
            else:
                out.append(_pick(_CONSONANTS[letter], rng))
            if following == _VIRAMA or following in _SIGNS:
                continue
            if following or before == _VIRAMA or _keeps_o(letters, rng):
                out.append("o")
        elif letter in _VOWELS:
            out.append(_pick(_VOWELS[letter], rng))
        elif letter in _SIGNS:
            out.append(_pick(_SIGNS[letter], rng))
        elif letter in _MARKS:
            out.append(_MARKS[letter])
        elif letter != _VIRAMA:
            out.append(letter)
    return "".join(out)


def _keeps_o(letters: list[str], rng: random.Random | None) -> bool:
    """Whether the o after the last letter is written."""
    return len(letters) > 1 and letters[-1] in _KEEPS_O and (rng is None or rng.random() < 0.5)


def _pick(spellings: str, rng: random.Random | None) -> str:
    """The first spelling, or with a generator mostly it and sometimes another."""
    ways = spellings.split(" ")
    if rng is None or len(ways) == 1 or rng.random() < 0.6:
        return ways[0]
    return rng.choice(ways[1:])
