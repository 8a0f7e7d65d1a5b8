"""Texts for the router made of other texts: passages with a question after them, problems amid talk.

What people write about a passage is long, and hardly ever written by hand for training: here a
question is put after news or an article, either one that another text asks, or one that asks for a
number of the passage itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from importlib import resources

from dagger_tools.text import find_numbers

__all__ = ["after_others", "amid_talk", "joined", "with_question", "without_question"]

_LEAST, _MOST = 120, 1_100
"""Characters of a passage."""
_WORDS_BEFORE, _WORDS_AFTER = 6, 5
_COUNTERS = ("টি", "টা", "জন", "ti", "ta", "jon")
_OWN_QUESTION = 0.6


def with_question(
    passages: Sequence[str], questions: Sequence[str], how_many: str, count: int, rng: random.Random
) -> Iterator[str]:
    """``count`` passages of the given ones, each with a question after it.

    ``how_many`` is the word that asks for a number: ``কত``, ``koto``.
    """
    for _ in range(count):
        passage = joined(passages, rng.randrange(_LEAST, _MOST), rng)
        own = _own_question(passage, how_many, rng) if rng.random() < _OWN_QUESTION else None
        yield f"{passage} {own or rng.choice(questions)}"


def joined(passages: Sequence[str], length: int, rng: random.Random) -> str:
    """Passages by chance, one after the other, until they reach ``length`` characters."""
    chosen = rng.choice(passages)
    while len(chosen) < length:
        chosen += " " + rng.choice(passages)
    return chosen


def after_others(problems: Sequence[str], rng: random.Random) -> str:
    """A problem after what one to three others tell: none of that matters to its question."""
    told = [without_question(rng.choice(problems)) for _ in range(rng.randint(1, 3))]
    return " ".join([*filter(None, told), rng.choice(problems)])


def without_question(problem: str) -> str:
    """What a problem tells before its last sentence."""
    end = max(problem.rfind("।", 0, -1), problem.rfind(". ", 0, -1))
    return problem[: end + 1].strip()


def amid_talk(problem: str, rng: random.Random, *, latin: bool) -> str:
    """A problem as somebody types it who asks for help: talk before it, after it, or both."""
    before, after = _talk(latin)
    if rng.random() < 0.6:
        problem = f"{rng.choice(before)} {problem}"
    return f"{problem} {rng.choice(after)}" if rng.random() < 0.5 else problem


def _talk(latin: bool) -> tuple[list[str], list[str]]:
    file = resources.files("dagger_tools.training") / "router_texts" / "talk.tsv"
    lines = [line.partition("\t") for line in file.read_text("utf-8").splitlines()]
    script = "latin " if latin else ""
    before = [text for where, _, text in lines if where == f"{script}before"]
    return before, [text for where, _, text in lines if where == f"{script}after"]


def _own_question(passage: str, how_many: str, rng: random.Random) -> str | None:
    """Some words of the passage around one of its numbers, with "how many" in the number's place."""
    words = passage.split()
    places = [
        place
        for place, word in enumerate(words)
        if any(number.is_quantity for number in find_numbers(word))
    ]
    if not places:
        return None
    place = rng.choice(places)
    counter = next((one for one in _COUNTERS if words[place].endswith(one)), "")
    before = words[max(0, place - rng.randint(1, _WORDS_BEFORE)) : place]
    after = words[place + 1 : place + 1 + rng.randint(1, _WORDS_AFTER)]
    # a question does not go on over the end of a sentence
    for number, word in enumerate(after):
        if word.endswith(("।", ".", "?")):
            after = after[: number + 1]
            break
    for number in range(len(before) - 1, -1, -1):
        if before[number].endswith(("।", ".", "?")):
            before = before[number + 1 :]
            break
    return " ".join([*before, how_many + counter, *after]).rstrip("।.,;? ") + "?"
