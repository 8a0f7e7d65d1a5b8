"""What is counted of a text beside its letters: numbers, language, cues, and how they stand together.

Reading tells a problem from a passage with a question after it by their structure: how many
numbers come before the question, whether the thing asked for was counted or only named there, and
how much of the question repeats what was told.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import reduce
from itertools import compress
from operator import or_

from dagger_tools.router.cues import ENDINGS, HOW_MANY
from dagger_tools.router.language import LANGUAGES
from dagger_tools.router.ngrams import Grams
from dagger_tools.router.words import BIT, IMPLIED, look_up, names_of

__all__ = ["COUNTED", "IMPLYING", "NAMES", "named_features"]

COUNTED = (
    "holds no number",
    "holds one number",
    "holds two numbers",
    "holds three numbers",
    "holds four numbers or more",
)
"""By how many numerals and number words a text holds, each word for itself."""

IMPLYING = frozenset(
    {IMPLIED, "names dozens, pairs or spans of time", "names a part or a multiple"}
)
"""What implies a number where none is written: the days of April and May, a third of ninety."""

_BEFORE = (
    "no number before the question",
    "one number before the question",
    "two numbers before the question",
    "three numbers before the question",
    "four numbers or more before the question",
)
_NOTHING_BEFORE = "nothing before the question"
_INSIDE = (
    "no number in the question",
    "one number in the question",
    "two numbers in the question or more",
)
_SENTENCES = (
    "ends no sentence",
    "is one sentence",
    "is two sentences",
    "is three sentences",
    "is four sentences",
    "is five sentences or more",
)
_REPEATED_TO = (0.0, 0.34, 0.67, 0.99)
_REPEATED = (
    "the question repeats nothing that was told",
    "the question repeats a little of what was told",
    "the question repeats half of what was told",
    "the question repeats most of what was told",
    "the question repeats nothing but what was told",
)
"""By the share of the question's words that stand before it."""
_LENGTHS_TO = (40, 120, 300, 600)
_LENGTHS = (
    "is very short",
    "is short",
    "is as long as most problems",
    "is long",
    "is very long",
)
_FAR_BETWEEN = 90
"""Characters a number, from which on a text tells rather than computes."""
_ASKED = (
    "asks for what was counted",
    "asks for what was counted twice",
    "asks for what was counted, naming it first",
    "asks for what was named",
    "asks for what was not named",
)
_COUNTS = ("counts one thing more than once", "counts different things")
_STANDS = (
    "how many is the last word",
    "how many stands before the last word",
    "how many stands before the last two words",
    "how many stands earlier",
)
"""Where "how many?" stands in its question."""
_ASKS_AGAIN = "asks how many more than once"
_QUESTION_WORDS_TO = (3, 6, 10, 16)
_QUESTION_WORDS = (
    "the question has three words at the most",
    "the question has up to six words",
    "the question has up to ten words",
    "the question has up to sixteen words",
    "the question has more than sixteen words",
)
_IN_WORDS = "holds numbers in words alone"
_LONG_NUMERAL = "holds a numeral of five digits"
_HOW_MANY = BIT[HOW_MANY]
_NOT_OF_TEXT = ~reduce(or_, [BIT[name] for name in ENDINGS])
"""Only of the question's own verb it matters how it ends."""


_LANGUAGE = {language: f"language is {language}" for language in LANGUAGES}
_FAR = "numbers are far between"
_QUESTION_MARK = ("ends with a question mark", "holds a question mark")
_SIGN = "holds an arithmetic sign"
NAMES: tuple[str, ...] = tuple(
    sorted(
        {
            *names_of((1 << len(BIT)) - 1, (1 << len(BIT)) - 1),
            *_LANGUAGE.values(),
            *(*COUNTED, *_BEFORE, _NOTHING_BEFORE, *_INSIDE, *_SENTENCES, *_ASKED),
            *(*_REPEATED, *_LENGTHS, _FAR, *_QUESTION_MARK, _SIGN),
            *(*_COUNTS, *_STANDS, _ASKS_AGAIN, *_QUESTION_WORDS, _IN_WORDS, _LONG_NUMERAL),
        }
    )
)
"""Every name that a text may show."""


def named_features(canonical: str, language: str, grams: Grams) -> tuple[str, ...]:
    """What a canonical text shows, by name, each once."""
    start, end = grams.asking
    words = look_up(grams.words)
    bits, numbers, stems = zip(*words, strict=True) if words else ((), (), ())
    # a blank stands before each word
    first, last = canonical.count(" ", 0, start), canonical.count(" ", 0, end)
    asked = reduce(or_, bits[first:last], 0)
    every = reduce(or_, set(bits), 0)
    found = names_of(every & _NOT_OF_TEXT, asked)
    count, inside, length = sum(numbers), sum(numbers[first:last]), len(canonical)
    marks = canonical.count("?")
    sentences = marks + canonical.count("।") + canonical.count("!")
    found += (
        _LANGUAGE[language],
        COUNTED[min(count, len(COUNTED) - 1)],
        _BEFORE[min(count - inside, len(_BEFORE) - 1)] if first else _NOTHING_BEFORE,
        _INSIDE[min(inside, len(_INSIDE) - 1)],
        _LENGTHS[bisect_left(_LENGTHS_TO, length)],
        _SENTENCES[min(sentences, len(_SENTENCES) - 1)],
    )
    if count and count * _FAR_BETWEEN < length:
        found.append(_FAR)
    # a thing is counted where it stands after a number
    counted = [stem for stem in compress(stems[1:], numbers) if stem]
    if len(counted) > 1:
        found.append(_COUNTS[len(set(counted)) == len(counted)])
    ats = (
        [place for place in range(first, last) if bits[place] & _HOW_MANY]
        if asked & _HOW_MANY
        else []
    )
    if ats:
        found.append(_thing_asked(stems, counted, numbers, first, ats[0]))
        found.append(_STANDS[min(last - 1 - ats[-1], len(_STANDS) - 1)])
        if len(ats) > 1:
            found.append(_ASKS_AGAIN)
    if first:
        asks = {*stems[first:last]}
        asks.discard("")
        for place in ats:
            asks.discard(stems[place])
        share = len(asks.intersection(stems[:first])) / max(1, len(asks))
        found.append(_REPEATED[bisect_left(_REPEATED_TO, share)])
    found.append(_QUESTION_WORDS[bisect_left(_QUESTION_WORDS_TO, last - first)])
    if count and "0" not in canonical:
        found.append(_IN_WORDS)
    if "00000" in canonical:
        found.append(_LONG_NUMERAL)
    if marks:
        found.append(_QUESTION_MARK[not canonical.endswith("? ")])
    if "=" in canonical or "+" in canonical or "×" in canonical or "÷" in canonical:
        found.append(_SIGN)
    return tuple(found)


def _thing_asked(
    stems: Sequence[str], counted: Sequence[str], numbers: Sequence[int], first: int, at: int
) -> str:
    """How what stands around the word at ``at``, "how many", occurs in the text.

    ``counted`` are the things that stand after a number; ``first`` is the first word of the question.
    """
    once, twice, named_first, told, untold = _ASKED
    after = stems[at + 1] if at + 1 < len(stems) else ""
    before = stems[at - 1] if at else ""
    if after and after in counted:
        return twice if list(compress(stems[1:first], numbers)).count(after) > 1 else once
    if before and before in counted:
        return named_first
    earlier = stems[:first]
    return told if (after and after in earlier) or (before and before in earlier) else untold
