"""Sentences whose number does not matter, put into a problem: RED, OAD and NEED.

RED: the same kind of object with another owner, place or time.  OAD: another dimension of the
things (price, weight, age).  NEED: an event planned or undone, without effect.  The kinds are those
of DistractMath-Bn (``dipta007/DistractMath-Bn``).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import resources

from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.problem import Problem
from dagger_tools.corpus.realise import choose, inflect, write_number
from dagger_tools.graph import Graph
from dagger_tools.text import read_question

__all__ = ["KINDS", "add_distractor", "load_sentences"]

KINDS = ("red", "oad", "need")

_SENTENCE_END = re.compile(r"(?<=[।?!])\s+")
_SLOT = re.compile(r"\{([qxn])(?::([^}]*))?\}")


def load_sentences() -> Mapping[str, tuple[str, ...]]:
    """The shipped sentence families, by kind."""
    text = (resources.files("dagger_tools.corpus") / "bank" / "distractors.txt").read_text("utf-8")
    families: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for line in text.splitlines():
        kind, colon, sentence = line.partition(":")
        if colon and kind.strip() in families:
            families[kind.strip()].append(sentence.strip())
    return {kind: tuple(sentences) for kind, sentences in families.items()}


def add_distractor(
    problem: Problem,
    sentences: Mapping[str, Sequence[str]],
    lexicon: Lexicon,
    rng: random.Random,
) -> Problem:
    """``problem`` with one more sentence before its last, and its number flagged in the graph.

    RED needs a question that says whose things it asks for; otherwise the new owner's things
    would count.  A problem of one sentence is returned as it is: there is no place to put another.
    """
    parts = _SENTENCE_END.split(problem.question)
    if len(parts) < 2 or problem.thing is None:
        return problem
    kind = rng.choice(KINDS if problem.names_owner else ("oad", "need"))
    where = rng.randint(1, len(parts) - 1)
    sentence = _write(rng.choice(sentences[kind]), problem, lexicon, rng)
    text = " ".join([*parts[:where], sentence, *parts[where:]])
    before = len(read_question(" ".join(parts[:where])).numbers)
    added = len(read_question(sentence).numbers)
    numbers = read_question(text).numbers
    if len(numbers) != len(read_question(problem.question).numbers) + added:
        return problem  # the sentence ran together with its neighbours; leave the problem be
    shifted = re.sub(
        r"\bn(\d+)",
        lambda match: f"n{int(match[1]) + (added if int(match[1]) > before else 0)}",
        problem.compact,
    )
    flags = " ".join(f"!n{before + i}" for i in range(1, added + 1))
    header, semicolon, steps = shifted.partition(";")
    flagged_already = bool(semicolon) and header.startswith("!")
    compact = f"{flags} {header};{steps}" if flagged_already else f"{flags}; {shifted}"
    return Problem(
        question=text,
        compact=Graph.from_compact(compact, numbers).compact(numbers),
        answer=problem.answer,
        family=problem.family,
        topic=problem.topic,
        grade=problem.grade,
        distractors=(*problem.distractors, kind),
        thing=problem.thing,
        names_owner=problem.names_owner,
    )


def _write(family: str, problem: Problem, lexicon: Lexicon, rng: random.Random) -> str:
    strangers = [name for name in lexicon.lists["person"] if name not in problem.question]
    stranger = rng.choice(strangers)
    number = write_number(
        Fraction(rng.randint(2, 99)), rng, style=rng.choices(("bangla", "ascii"), (0.8, 0.2))[0]
    )

    def fill(match: re.Match[str]) -> str:
        ending = match[2] or ""
        if match[1] == "n":
            return number + ending
        word = stranger if match[1] == "q" else str(problem.thing)
        return inflect(word, ending) if ending else word

    return _SLOT.sub(fill, choose(family, rng))
