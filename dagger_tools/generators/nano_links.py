"""What each number of a question has to do with what is asked, and with the other numbers.

A model of a few million parameters reads few nouns well.  Which numbers count the same things, and
which of them are the things that the question asks about, is told to it: the words behind a number
are compared, without their endings, with those behind the others and with the question sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dagger_tools.text import Question, find_unit, normalised, strip_ending

__all__ = ["NumberLink", "number_links", "question_start"]

_WORDS_BEHIND = 3
"""Words behind a number that may say what it counts: a colour, a noun, a verb."""
_SENTENCE_END = re.compile(r"[।?!]+")
_WORD = re.compile(r"[\u0980-\u09e5'-]+")
_WINDOW = re.compile(r"[^।?!,;0-9০-৯]{0,40}")
_VERB = re.compile(normalised("(?:েছে|েছেন|েছি|েছিল|েছিলেন|েছিলাম|েছিলো|লেন|লাম|চ্ছে|চ্ছেন|য়েছে)$"))
_COMMON = frozenset(
    normalised(
        """আছে ছিল ছিলো রয়েছে কাছে থেকে মোট কত কতটি কতগুলি কতগুলো কতজন কয়টি করে করেছে করেছিল করেছেন করেছিলেন হবে
        হয় হল হলো এবং ও আর তার তাদের তিনি সে যদি তবে তাহলে বেশি কম চেয়ে আরও আরো এখন টি টা জন এর প্রতি প্রতিটি সব
        মিলিয়ে বাকি একটি পরে আগে দিল দিয়েছে নিল নিয়ে জন্য মধ্যে সাথে থাকে থাকবে পেল পেয়েছে কিনল কিনেছে করে কিন্তু বা
        খরচ বিক্রি খেল খেয়েছে দিয়ে করল করা করেন রাখল রাখা কিনে"""
    ).split()
)
"""Words that stand near any number and in any question."""


@dataclass(frozen=True, slots=True)
class NumberLink:
    """``asked``: the question speaks of what the number counts; ``closest``: and more so than of what
    another one counts (the red marbles, where red and blue ones are); ``group`` (1, 2, ...): numbers
    of one group count the same kind of things, None where nothing is counted."""

    asked: bool
    closest: bool
    group: int | None


def number_links(question: Question) -> tuple[NumberLink, ...]:
    """A link for each number of the question, in their order."""
    start = question_start(question.text)
    wanted = _stems(question.text[start:])
    counted = [_behind(question.text, number.end) for number in question.numbers]
    inside = [number.end <= start for number in question.numbers]
    shared = [
        len(wanted & stems) if story else 0 for stems, story in zip(counted, inside, strict=True)
    ]
    most = max(shared, default=0)
    told_apart = any(0 < count < most for count in shared)
    groups = _groups(counted)
    return tuple(
        NumberLink(asked=count > 0, closest=told_apart and count == most, group=group)
        for count, group in zip(shared, groups, strict=True)
    )


def question_start(text: str) -> int:
    """Where the sentence that asks begins: the last one that ends in ``?``, else the last."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    starts = [0, *ends]
    asking = [i for i, end in enumerate(ends) if "?" in text[starts[i] : end]]
    if asking:
        return starts[asking[-1]]
    filled = [start for start in starts if text[start:].strip()]
    return filled[-1] if filled else 0


def _groups(counted: list[frozenset[str]]) -> list[int | None]:
    """The group of each set of stems: that of the first it shares a stem with, else a new one."""
    groups: list[int | None] = []
    seen: list[tuple[frozenset[str], int]] = []
    for stems in counted:
        if not stems:
            groups.append(None)
            continue
        group = next((number for known, number in seen if known & stems), None)
        if group is None:
            group = 1 + max((number for _, number in seen), default=0)
        seen.append((stems, group))
        groups.append(group)
    return groups


def _behind(text: str, end: int) -> frozenset[str]:
    window = _WINDOW.match(text, end)
    return _stems(window[0], most=_WORDS_BEHIND) if window else frozenset()


def _stems(text: str, *, most: int | None = None) -> frozenset[str]:
    """Units and words without their endings, of the first ``most`` words; common words left out."""
    words = [word for word in _WORD.findall(normalised(text))[:most] if word not in _COMMON]
    stems = set()
    for word in words:
        unit = find_unit(word)
        if unit:
            stems.add(unit.name)
        elif not _VERB.search(word):
            stem = strip_ending(word)
            stems.add(stem if len(stem) > 1 else word)
    return frozenset(stems)
