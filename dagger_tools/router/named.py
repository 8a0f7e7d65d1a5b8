"""What is counted of a text beside its letters: numbers, language, cues, and how they stand together.

Reading tells a problem from a passage with a question after it by their structure: how many
numbers come before the question, whether the thing asked for was counted or only named there, and
how much of the question repeats what was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import compress
from operator import or_

from dagger_tools.router.cues import ENDINGS, HOW_MANY, SMALL_TALK
from dagger_tools.router.language import LANGUAGES
from dagger_tools.router.ngrams import asking_span, canonical_text
from dagger_tools.router.words import BIT, IMPLIED, Word, look_up, names_of

__all__ = ["COUNTED", "IMPLYING", "NAMES", "holds_number", "is_small_talk", "named_features"]

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
_REPEATED = (
    (0.0, "the question repeats nothing that was told"),
    (0.34, "the question repeats a little of what was told"),
    (0.67, "the question repeats half of what was told"),
    (0.99, "the question repeats most of what was told"),
    (1.0, "the question repeats nothing but what was told"),
)
_LENGTHS = (
    (40, "is very short"),
    (120, "is short"),
    (300, "is as long as most problems"),
    (600, "is long"),
    (10**9, "is very long"),
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
_HOW_MANY = BIT[HOW_MANY]
_NOT_OF_TEXT = ~reduce(or_, [BIT[name] for name in ENDINGS])
"""Only of the question's own verb it matters how it ends."""


_FAR = "numbers are far between"
_QUESTION_MARK = ("ends with a question mark", "holds a question mark")
_SIGN = "holds an arithmetic sign"
NAMES: tuple[str, ...] = tuple(
    sorted(
        {
            *names_of((1 << len(BIT)) - 1, (1 << len(BIT)) - 1),
            *(f"language is {language}" for language in LANGUAGES),
            *(*COUNTED, *_BEFORE, _NOTHING_BEFORE, *_INSIDE, *_SENTENCES, *_ASKED),
            *(name for _, name in _REPEATED),
            *(name for _, name in _LENGTHS),
            *(_FAR, *_QUESTION_MARK, _SIGN),
        }
    )
)
"""Every name that a text may show."""


def named_features(canonical: str, language: str) -> tuple[str, ...]:
    """What a canonical text shows, by name, each once."""
    words = [look_up(token) for token in canonical.split()]
    start, end = asking_span(canonical)
    # a blank stands before each word
    first, last = canonical.count(" ", 0, start), canonical.count(" ", 0, end)
    asking = [word.bits for word in words[first:last]]
    asked = reduce(or_, asking, 0)
    every = reduce(or_, [word.bits for word in words], 0)
    found = names_of(every & _NOT_OF_TEXT, asked)
    inside = sum([word.numbers for word in words[first:last]])
    numbers = sum([word.numbers for word in words])
    found += (
        f"language is {language}",
        COUNTED[min(numbers, len(COUNTED) - 1)],
        _BEFORE[min(numbers - inside, len(_BEFORE) - 1)] if first else _NOTHING_BEFORE,
        _INSIDE[min(inside, len(_INSIDE) - 1)],
        next(name for most, name in _LENGTHS if len(canonical) <= most),
    )
    if numbers and numbers * _FAR_BETWEEN < len(canonical):
        found.append(_FAR)
    if asked & _HOW_MANY:
        at = first + next(place for place, bits in enumerate(asking) if bits & _HOW_MANY)
        found.append(_thing_asked(words, first, at))
    if first:
        found.append(_repeated(words[:first], words[first:last]))
    marks = canonical.count("?")
    if marks:
        found.append(_QUESTION_MARK[not canonical.endswith("? ")])
    sentences = marks + canonical.count("।") + canonical.count("!")
    found.append(_SENTENCES[min(sentences, len(_SENTENCES) - 1)])
    if "=" in canonical or "+" in canonical or "×" in canonical or "÷" in canonical:
        found.append(_SIGN)
    return tuple(found)


def _thing_asked(words: Sequence[Word], first: int, at: int) -> str:
    """How what stands around the word at ``at``, "how many", occurs in the text.

    ``first`` is the first word of the question.
    """
    stems = [word.stem for word in words]
    numbers = [word.numbers for word in words]
    after = stems[at + 1] if at + 1 < len(words) else ""
    before = stems[at - 1] if at else ""
    # a thing is counted where it stands after a number
    counted = list(compress(stems[1:], numbers))
    once, twice, first_named, told, untold = _ASKED
    if after and after in counted:
        return twice if list(compress(stems[1:first], numbers)).count(after) > 1 else once
    if before and before in counted:
        return first_named
    return told if not {after, before}.isdisjoint(filter(None, stems[:first])) else untold


def _repeated(told: Sequence[Word], asking: Sequence[Word]) -> str:
    """How much of what the question speaks of was spoken of before."""
    asks = {word.stem for word in asking if not word.bits & _HOW_MANY}
    asks.discard("")
    share = len(asks.intersection([word.stem for word in told])) / max(1, len(asks))
    return next(name for most, name in _REPEATED if share <= most)


def holds_number(words: str) -> bool:
    """Whether a stretch of text holds a numeral or a number word."""
    return any(look_up(token).numbers for token in canonical_text(words).split())


def is_small_talk(words: str) -> bool:
    """Whether a stretch of text holds a word of greeting, thanks or plea, and asks for no quantity.

    "How many pages of homework" is no plea for help with homework.
    """
    bits = reduce(or_, [look_up(token).bits for token in canonical_text(words).split()], 0)
    return bool(bits & BIT[SMALL_TALK]) and not bits & _HOW_MANY
