"""Check bank files: read them, realise every question many times, print what does not fit.

``python -m dagger_tools.corpus.check [FILE ...]`` exits 1 if anything is wrong.  A file outside the
bank is checked as if it were to join it.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from dagger_tools.corpus.bank import Ask, Story, load_bank, load_lexicon
from dagger_tools.corpus.generate import prove
from dagger_tools.corpus.realise import realise
from dagger_tools.corpus.similarity import family_texts, masked_grams, nearest_pairs
from dagger_tools.errors import DaggerError
from dagger_tools.graph.expression import references

__all__ = [
    "MAX_NEARNESS",
    "MAX_SIMILARITY",
    "check_distance",
    "check_family",
    "check_numbers",
    "check_variety",
    "main",
]

MAX_SIMILARITY = 0.7
"""Two families of different stories must be less alike than this (masked 5-gram Jaccard)."""

MAX_NEARNESS = 0.6
"""A family must be less alike than this to any row that models are measured on."""

_LETTER = re.compile(r"\{([a-z][a-z0-9]*)")
_LEAST_WORDINGS = 2
_LEAST_QUESTIONS = 3


def check_family(story: Story, ask: Ask, *, seed: int = 0, tries: int = 12) -> Iterator[str]:
    """What is wrong with one question of a story, over ``tries`` draws; the first fault only."""
    lexicon = load_lexicon()
    rng = random.Random(seed)
    name = f"{story.place} {story.name}/{story.asks.index(ask) + 1}"
    for _ in range(tries):
        problem = None
        try:
            problem = realise(story, ask, lexicon, rng)
            fault = (
                "no fitting numbers within the draws allowed" if problem is None else prove(problem)
            )
        except DaggerError as error:
            fault = str(error)
        if fault:
            shown = f": {problem.question}" if problem is not None else ""
            yield f"{name}: {fault}{shown}"
            return


def check_variety(stories: Sequence[Story]) -> Iterator[str]:
    """Stories with too few wordings or questions, questions asked twice, stories told twice."""
    for story in stories:
        if len(story.wordings) < _LEAST_WORDINGS:
            yield f"{story.place} {story.name}: fewer than {_LEAST_WORDINGS} wordings"
        expressions = Counter(str(ask.expression) for ask in story.asks)
        if len(expressions) < _LEAST_QUESTIONS:
            yield f"{story.place} {story.name}: fewer than {_LEAST_QUESTIONS} different questions"
    told = [(story, name, text) for story in stories for name, text in family_texts(story)]
    nearest = nearest_pairs(
        [masked_grams(text) for _, _, text in told], [story.name for story, _, _ in told]
    )
    named: set[frozenset[str]] = set()
    for index, (other, similarity) in nearest.items():
        pair = frozenset((told[index][0].name, told[other][0].name))
        if similarity >= MAX_SIMILARITY and pair not in named:
            named.add(pair)
            here = f"{told[index][0].place} {told[index][1]}"
            yield f"{here}: tells the story of {told[other][1]} again ({similarity:.2f})"


def check_numbers(stories: Sequence[Story]) -> Iterator[str]:
    """Numbers of a story that no text shows and no other number or condition needs."""
    for story in stories:
        texts = (*story.wordings, *(wording for ask in story.asks for wording in ask.wordings))
        needed = {name for text in texts for name in _LETTER.findall(text)}
        needed |= {name for condition in story.conditions for name in condition.names}
        needed |= {n for s in story.numbers if s.derived is not None for n in references(s.derived)}
        if idle := sorted({slot.name for slot in story.numbers} - needed):
            yield f"{story.place} {story.name}: numbers {idle} are not used"


def check_distance(stories: Sequence[Story], rows: Sequence[str]) -> Iterator[str]:
    """Families that are near one of ``rows``: questions of a set that is for measuring only.

    Two problems of each family are realised and compared as ``masked_grams``.
    """
    lexicon, rng = load_lexicon(), random.Random(0)
    drawn: list[tuple[str, str]] = []
    for story in stories:
        for ask in story.asks:
            for problem in (realise(story, ask, lexicon, rng) for _ in range(2)):
                if problem is not None:
                    drawn.append((f"{story.place} {problem.family}", problem.question))
    texts = [masked_grams(text) for text in (*(text for _, text in drawn), *rows)]
    groups = ["bank"] * len(drawn) + ["rows"] * len(rows)
    for index, (other, similarity) in nearest_pairs(texts, groups).items():
        if index < len(drawn) and similarity >= MAX_NEARNESS:
            row = rows[other - len(drawn)]
            yield f"{drawn[index][0]}: {similarity:.2f} near {row!r}"


def main(paths: list[str]) -> int:
    """Check the files (all shipped ones if none is named); return the exit code."""
    rng = random.Random()
    lexicon = load_lexicon()
    shipped = load_bank()
    stories = load_bank([Path(path) for path in paths]) if paths else shipped
    faults = [fault for s in stories for ask in s.asks for fault in check_family(s, ask)]
    names = {story.name for story in stories}
    others = tuple(story for story in shipped if story.name not in names)
    own = {story.place for story in stories}
    faults += [f for f in check_variety((*stories, *others)) if f.partition(" ")[0] in own]
    faults += check_numbers(stories)
    print("\n".join(faults))
    for story in rng.sample(stories, min(10, len(stories))):
        problem = realise(story, rng.choice(story.asks), lexicon, rng)
        if problem is not None:
            print(f"{problem.question}\n    {problem.compact} = {problem.answer}")
    asks = sum(len(story.asks) for story in stories)
    print(f"{len(stories)} stories, {asks} questions, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
