"""Number words as they are written: glued to classifiers, case endings and scales."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from dagger_tools.text.spellings import VALUES

__all__ = [
    "AMBIGUOUS",
    "CLASSIFIERS",
    "DENOMINATORS",
    "FRACTIONS",
    "MODIFIERS",
    "MULTIPLES",
    "ORDINALS",
    "ORDINAL_TAILS",
    "SCALES",
    "WordForm",
    "analyse",
]

SCALES = {
    **dict.fromkeys(("শো", "শত", "শ'", "শ"), 100),
    "হাজার": 1_000,
    **dict.fromkeys(("লাখ", "লক্ষ"), 100_000),
    "কোটি": 10_000_000,
}
FRACTIONS = {
    "আধা": Fraction(1, 2), "আধ": Fraction(1, 2), "অর্ধেক": Fraction(1, 2), "অর্ধেকটা": Fraction(1, 2),
    "অর্ধেকের": Fraction(1, 2), "সিকি": Fraction(1, 4), "দেড়": Fraction(3, 2), "আড়াই": Fraction(5, 2),
}  # fmt: skip
MODIFIERS = {"সাড়ে": Fraction(1, 2), "সোয়া": Fraction(1, 4), "পৌনে": Fraction(-1, 4)}
"""What these add to the number after them: সাড়ে তিন is 3 1/2, পৌনে দুই is 1 3/4."""
DENOMINATORS = {
    "দ্বিতীয়াংশ": 2, "অর্ধাংশ": 2, "তৃতীয়াংশ": 3, "চতুর্থাংশ": 4, "পঞ্চমাংশ": 5, "ষষ্ঠাংশ": 6,
    "সপ্তমাংশ": 7, "অষ্টমাংশ": 8, "নবমাংশ": 9, "দশমাংশ": 10, "দ্বাদশাংশ": 12,
}  # fmt: skip
MULTIPLES = {"দ্বিগুণ": 2, "দ্বিগুন": 2, "ত্রিগুণ": 3, "চতুর্গুণ": 4, "ডবল": 2, "ডাবল": 2}
ORDINALS = {
    "প্রথম": 1, "দ্বিতীয়": 2, "তৃতীয়": 3, "চতুর্থ": 4, "পঞ্চম": 5, "ষষ্ঠ": 6, "সপ্তম": 7, "অষ্টম": 8,
    "নবম": 9, "দশম": 10, "একাদশ": 11, "দ্বাদশ": 12,
}  # fmt: skip
CLASSIFIERS = ("টি", "টা", "টে", "টো", "জন", "খানা", "খানি", "খান", "গাছি")

_ENDINGS = "(?:র|কে|তে|য়|ের|েই|ে|ই|ও|রও|এর)?"
_CLASSIFIER = re.compile(rf"({'|'.join(CLASSIFIERS)}){_ENDINGS}$")
# units and endings that are written in one word with a number (তিনগুণ, দশটাকা)
_GLUED = re.compile(
    r"(এর|ের|টাকা|টাকার|টাকায়|গুণ|গুন|গুণের|দিন|দিনে|দিনের|মাস|মাসে|মাসের|বছর|বছরের|বার|তলা|তলায়|তলার)$"
)
AMBIGUOUS = frozenset({"নয়"})
"""Nine, and the negation "is not": a number only where something is counted."""
ORDINAL_TAILS = frozenset(
    {"ম", "য়", "র্থ", "ষ্ঠ", "ই", "শে", "লা", "রা", "ঠা", "তম", "th", "st", "nd", "rd"}
)
# twelve in an old spelling, but "times" or "turn" in nearly every text; a lone hundred is no number
_NO_WORD = frozenset({"বার", "বারবার", "শ", "শ'", "শত", "শো", "আধ"})
_ONLY_GLUED = frozenset({"দু", "দু'"})
_STEM_VALUES = {
    **{word: Fraction(value) for word, value in VALUES.items()},
    **dict.fromkeys(_ONLY_GLUED, Fraction(2)),
    **FRACTIONS,
}
_STEMS = sorted(_STEM_VALUES, key=len, reverse=True)
_SCALE_TAIL = re.compile(rf"({'|'.join(sorted(SCALES, key=len, reverse=True))})")


class WordForm(NamedTuple):
    """A number word taken apart: the first ``letters`` of it say the number.

    ``value`` is None for a scale alone (হাজার); ``tail`` is what follows the number (``টি``).
    """

    value: Fraction | None
    scale: int
    letters: int
    tail: str = ""
    fraction: bool = False


@lru_cache(maxsize=4096)
def analyse(word: str) -> WordForm | None:
    """The number that ``word`` says, or None; দুধ, তিনি and একসাথে are no numbers."""
    for scale, size in SCALES.items():
        if word.startswith(scale) and _tail_fits(word[len(scale) :], scaled=len(scale) > 2):
            return WordForm(None, size, len(scale), word[len(scale) :])
    if word in _NO_WORD:
        return None
    for stem in _STEMS:
        if not word.startswith(stem):
            continue
        value, rest = _STEM_VALUES[stem], word[len(stem) :]
        if not rest and stem in _ONLY_GLUED:
            continue
        scale_match = _SCALE_TAIL.match(rest)
        if scale_match and _tail_fits(rest[scale_match.end() :], scaled=True):
            letters = len(stem) + scale_match.end()
            rest = rest[scale_match.end() :]
            return WordForm(value, SCALES[scale_match[0]], letters, rest, stem in FRACTIONS)
        if _tail_fits(rest, scaled=False):
            return WordForm(value, 1, len(stem), rest, stem in FRACTIONS)
    return None


def _tail_fits(rest: str, *, scaled: bool) -> bool:
    """Whether what follows the number in its word is a classifier, an ending or a counted unit."""
    if not rest or _CLASSIFIER.match(rest) or _GLUED.match(rest):
        return True
    return scaled and rest in ("র", "ের", "ে", "এর", "য়")
