"""Bangla typed in Latin letters, back in its own script: ``koto taka`` is কত টাকা.

People have no one spelling for it, so words are looked up by a key that forgets what varies (ch and
chh, a doubled letter, a final o), first a strict one and then a loose one, in a table of the words
that maths questions use (``training.romanised`` makes it).  What is in no table is spelled out
letter by letter.

The maintained library for this, ``avro-py``, was tried and not taken: it reads the Avro keyboard's
own spelling (``Taka`` for টাকা), and its module ``avro`` stands in the folder of Apache Avro's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from dagger_tools.text.normalise import Normalised, normalised

__all__ = ["loose_key", "spell_out", "strict_key", "to_bangla_script"]

_LATIN = re.compile(r"[A-Za-z]+")
_STRICT = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"(.)\1+", r"\1"),
        (r"ch?h", "c"),
        ("sh", "s"),
        ("ph", "f"),
        ("bh", "v"),
        ("z", "j"),
        ("q", "k"),
        ("w", "o"),
        ("(?<=[a-z])e(?=[ao])", "i"),
        ("(?<=[a-z])y", "i"),
        ("o$", ""),
    )
)
_LOOSE = tuple((re.compile(pattern), to) for pattern, to in (("(?<=[a-z])[oh]", ""), ("c", "s")))

_TYPED = {
    "tk": "টাকা", "tks": "টাকা", "tka": "টাকা", "km": "কিমি", "kmh": "কিমি",
    "kg": "কেজি", "gm": "গ্রাম", "gram": "গ্রাম", "ltr": "লিটার", "liter": "লিটার",
    "litre": "লিটার", "cm": "সেমি", "min": "মিনিট", "minute": "মিনিট",
    "hour": "ঘণ্টা", "ghonta": "ঘণ্টা", "school": "স্কুল", "class": "ক্লাস",
    "pcs": "টি", "pc": "টি", "piece": "টি", "percent": "শতাংশ", "ar": "আর",
    "er": "এর", "tar": "তার", "kinse": "কিনেছে", "kinche": "কিনেছে",
    "dise": "দিয়েছে", "dice": "দিয়েছে", "diyese": "দিয়েছে", "nise": "নিয়েছে",
    "gese": "গেছে", "ase": "আছে", "silo": "ছিল", "khaise": "খেয়েছে",
    "total": "মোট", "price": "দাম",
}  # fmt: skip
"""What chats abbreviate, borrow or spell by ear."""
_WORD_CHARS = 40
"""More letters than a spelling of any word of the tables."""
_FULL_STOP = re.compile(r"\.(?=\s|$)")

_CONSONANTS = {
    "ksh": "ক্ষ", "chh": "ছ", "kh": "খ", "gh": "ঘ", "ng": "ং", "ch": "চ", "jh": "ঝ", "th": "থ", "dh": "ধ",
    "ph": "ফ", "bh": "ভ", "sh": "শ", "k": "ক", "g": "গ", "c": "চ", "j": "জ", "z": "জ", "t": "ট", "d": "দ",
    "n": "ন", "p": "প", "f": "ফ", "b": "ব", "v": "ভ", "m": "ম", "r": "র", "l": "ল", "s": "স", "h": "হ",
    "y": "য়", "q": "ক", "x": "ক্স", "w": "ও",
}  # fmt: skip
_VOWELS = {
    "aa": ("আ", "া"), "ee": ("ই", "ি"), "oo": ("উ", "ু"), "oi": ("ঐ", "ৈ"), "ou": ("ঔ", "ৌ"), "a": ("আ", "া"),
    "i": ("ই", "ি"), "u": ("উ", "ু"), "e": ("এ", "ে"), "o": ("ও", ""),
}  # fmt: skip
_LETTER = re.compile("|".join(sorted((*_CONSONANTS, *_VOWELS), key=len, reverse=True)))


def to_bangla_script(text: str, *, unknown: bool = True) -> Normalised:
    """``text`` with its Latin words in Bangla script, and each character's place in ``text``.

    With ``unknown`` off, words of no table stay as they are (English amid Bangla).
    """
    text = _FULL_STOP.sub("।", text)
    parts: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in _LATIN.finditer(text):
        word = _known(match[0].lower()) or (spell_out(match[0]) if unknown else match[0])
        parts += (text[at : match.start()], word)
        offsets += range(at, match.start())
        # a word's characters lie in its stretch of the original, the last of them at its end
        length = match.end() - match.start()
        offsets += (match.start() + i * length // len(word) for i in range(len(word)))
        at = match.end()
    parts.append(text[at:])
    offsets += range(at, len(text) + 1)
    return Normalised("".join(parts), offsets)


def strict_key(word: str) -> str:
    """What different spellings of one word have in common, for certain."""
    for pattern, to in _STRICT:
        word = pattern.sub(to, word)
    return word


def loose_key(word: str) -> str:
    """What they have in common where o and h come and go, and s is written for ch."""
    word = strict_key(word)
    for pattern, to in _LOOSE:
        word = pattern.sub(to, word)
    return word


def spell_out(word: str) -> str:
    """A Latin word letter by letter; an o after a consonant is the vowel that is not written."""
    out: list[str] = []
    after_consonant = False
    for match in _LETTER.finditer(word.lower()):
        letter = match[0]
        if letter in _CONSONANTS:
            out.append(_CONSONANTS[letter])
            after_consonant = letter not in ("ng", "w")
        else:
            whole, sign = _VOWELS[letter]
            out.append(sign if after_consonant else whole)
            after_consonant = False
    return normalised("".join(out)) or word


def _known(word: str) -> str | None:
    """The Bangla word of a table; a word longer than any there does not fill the cache."""
    return _word(word) if len(word) <= _WORD_CHARS else None


@lru_cache(maxsize=4096)
def _word(word: str) -> str | None:
    if word in _TYPED:
        return normalised(_TYPED[word])
    tables = _tables()
    return tables["strict"].get(strict_key(word)) or tables["loose"].get(loose_key(word))


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, str]]:
    file = resources.files("dagger_tools.text") / "romanised.json"
    tables: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8"))
    return tables
