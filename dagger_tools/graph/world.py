"""Constants of the world: which words of a question bring which numbers along."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from dagger_tools.text import Question, find_unit, normalised

__all__ = ["implied_constants"]

_BY_UNIT: dict[str, tuple[int, ...]] = {
    "ডজন": (12,), "হালি": (4,), "কুড়ি": (20,), "গ্রোস": (144, 12), "জোড়া": (2,), "%": (100,),
    "ঘণ্টা": (60, 24, 3600), "মিনিট": (60,), "সেকেন্ড": (60, 3600), "সপ্তাহ": (7, 52),
    "দিন": (24, 7, 30, 365), "মাস": (12, 30), "বছর": (12, 365, 52), "কেজি": (1000,), "গ্রাম": (1000,),
    "মিলিগ্রাম": (1000,), "লিটার": (1000,), "মিলিলিটার": (1000,), "কিলোমিটার": (1000,), "টন": (1000,),
    "মিটার": (100, 1000), "সেন্টিমিটার": (100,), "মিলিমিটার": (10, 1000), "টাকা": (100,), "পয়সা": (100,),
    "ডলার": (100,), "সেন্ট": (100,), "কুইন্টাল": (100,), "মণ": (40,), "সের": (40, 16, 4), "ভরি": (16,),
    "ফুট": (12, 3), "ইঞ্চি": (12, 36), "গজ": (3, 36), "বিঘা": (20, 33), "শতক": (33, 100),
}  # fmt: skip
"""Constants that a unit brings along."""
_BY_WORD: tuple[tuple[str, tuple[int, ...]], ...] = (
    (
        "অর্ধেক|আধা|দ্বিগুণ|দ্বিগুন|ডাবল|উভয়|দুজন|দু'জন|দুইজন|দুটি|দুই|ত্রিভুজ|পরিসীমা|পরিধি|আয়ত|আয়তক্ষেত্র|আয়তাকার|আয়তক্ষেত্রাকার|ত্রিভুজাকৃতি|ত্রিভুজাকার|ক্রমিক|জোড়|বিজোড়",
        (2,),
    ),
    ("তিনগুণ|তৃতীয়াংশ|তিন|তিনটি", (3,)),
    ("চতুর্থাংশ|সিকি|চারগুণ|চার|চারটি|বর্গ|বর্গক্ষেত্র|বর্গাকার", (4,)),
    ("পঞ্চমাংশ|পাঁচ|পাঁচটি", (5,)),
    ("শতকরা|শতাংশ|হার|হারে", (100,)),
    ("দৈনিক|প্রতিদিন|রোজ", (7, 30, 365)),
    ("সাপ্তাহিক", (52, 4, 7)),
    ("মাসিক|বার্ষিক", (12,)),
    ("ঘনক|ঘনকাকৃতি", (6, 12, 3)),
    ("কোণ|সমকোণ", (90, 180, 360)),
    ("ত্রিভুজ|ত্রিভুজাকৃতি|ত্রিভুজাকার", (180,)),
    ("বৃত্ত|বৃত্তাকার", (360, 2)),
    ("গড়", (2, 3, 4, 5, 6, 7)),
)
_WORD = re.compile(r"[\u0980-\u09e5']+|%")
_ENDING = "(?:র|ের|ে|তে|কে|য়|টি|টা|টির|ই|ও|এর)?"
_PATTERNS = tuple(
    (
        re.compile(f"(?:{normalised(words)}){normalised(_ENDING)}"),
        tuple(map(Fraction, values)),
    )
    for words, values in _BY_WORD
)
_UNIT_VALUES = {normalised(name): tuple(map(Fraction, values)) for name, values in _BY_UNIT.items()}


def implied_constants(question: Question) -> frozenset[Fraction]:
    """The constants that the words of ``question`` imply; 0 and 1 always are.

    Whole words count, with their case endings: গজ brings 3 and 36, কাগজ nothing.
    """
    found = {Fraction(0), Fraction(1)}
    for word in set(_WORD.findall(normalised(question.text))):
        found.update(_implied_by(word))
    for number in question.numbers:
        if number.kind == "fraction":
            found.update((Fraction(number.value.numerator), Fraction(number.value.denominator)))
        elif number.kind == "percent":
            found.update((number.value / 100, Fraction(100)))
    return frozenset(found)


@lru_cache(maxsize=4096)
def _implied_by(word: str) -> frozenset[Fraction]:
    unit = find_unit(word)
    found = set(_UNIT_VALUES.get(unit.name, ())) if unit is not None else set()
    for pattern, values in _PATTERNS:
        if pattern.fullmatch(word):
            found.update(values)
    return frozenset(found)
