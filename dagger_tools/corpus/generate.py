"""Practice problems on demand: distinct, seeded, and each one proven before it is given out."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from dagger_tools.corpus.bank import TOPICS, Ask, Lexicon, Story, held_out, load_bank, load_lexicon
from dagger_tools.corpus.distract import KINDS, add_distractors, by_kind, load_families
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.problem import DistractorKind, Draft, Problem
from dagger_tools.corpus.realise import bind, compose
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.errors import DaggerError, InputError
from dagger_tools.graph import execute, verify
from dagger_tools.graph.expression import operations

__all__ = ["Wanted", "generate", "prove"]

MAX_DISTRACTORS = 4

_PATIENCE = 2_000
"""Draws in a row without a new problem after which a selection is taken to be exhausted."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which problems: an empty collection does not restrict.

    ``distractors`` are the kinds to put in; one to ``most_distractors`` sentences are added to
    every problem that takes them (see ``corpus.distract``), and problems that take none are left
    out.  ``unseen`` draws the sentences from those that are kept out of training.

    ``scenes`` puts the problems together from single sentences (see ``corpus.frames``), instead of
    telling the bank's stories; topics and grades are the bank's.  ``for_training`` leaves out the
    stories and scenes that the embedded model's confidence is fitted on.
    """

    topics: Collection[str] = ()
    grades: Collection[int] = ()
    steps: Collection[int] = ()
    distractors: Sequence[DistractorKind] = ()
    most_distractors: int = 1
    unseen: bool = False
    scenes: bool = False
    for_training: bool = False


def generate(wanted: Wanted, *, seed: int) -> Iterator[Problem]:
    """An endless stream of distinct problems; the same seed gives the same stream.

    Each is executed and passes every check before it is yielded.

    Raises:
        InputError: no family of the bank is as wanted, or no further problem can be made.
    """
    draw = _scene_drafts(wanted) if wanted.scenes else _story_drafts(wanted)
    lexicon = load_lexicon()
    sentences = by_kind(load_families(unseen=wanted.unseen))
    rng = random.Random(seed)
    given: set[str] = set()
    misses = 0
    while misses < _PATIENCE:
        misses += 1
        draft = draw(lexicon, rng)
        if draft is None:
            continue
        if wanted.distractors:
            count = rng.randint(1, wanted.most_distractors)
            draft = add_distractors(
                draft, sentences, lexicon, rng, kinds=wanted.distractors, count=count
            )
            if not draft.distractors:
                continue
        if draft.text in given:
            continue
        try:
            problem = bind(draft)
        except InputError:
            if not draft.distractors:
                raise
            continue  # a sentence ran together with its neighbour; another will not
        if prove(problem):
            continue
        given.add(draft.text)
        misses = 0
        yield problem
    raise InputError(
        f"only {len(given):,} different problems of this kind could be made",
        hint="ask for fewer, or for more topics, grades or steps",
    )


def prove(problem: Problem) -> str:
    """Why the problem does not hold, or nothing: its graph gives its answer and passes every check."""
    try:
        execution = execute(problem.graph)
    except DaggerError as error:
        return str(error)
    if execution.value != problem.answer:
        return f"the graph gives {execution.value}, not {problem.answer}"
    failed = [c for c in verify(problem.graph, execution, problem.read).checks if not c.passed]
    return "; ".join(f"{check.name}: {check.detail}" for check in failed)


_Draw = Callable[[Lexicon, random.Random], Draft | None]


def _scene_drafts(wanted: Wanted) -> _Draw:
    _check_distractors(wanted)
    if wanted.topics or wanted.grades:
        raise InputError(
            "scenes have no topics and grades", hint="leave them out, or draw from the bank"
        )
    scenes = [s for s in load_scenes() if not (wanted.for_training and held_out(s.name))]

    def draw(lexicon: Lexicon, rng: random.Random) -> Draft | None:
        draft = compose_scene(rng.choice(scenes), lexicon, rng)
        if draft is None or draft.expression is None:
            return None
        steps = len(list(operations(draft.expression)))
        return draft if not wanted.steps or steps in wanted.steps else None

    return draw


def _story_drafts(wanted: Wanted) -> _Draw:
    families = _families(wanted)

    def draw(lexicon: Lexicon, rng: random.Random) -> Draft | None:
        story, ask = rng.choice(families)
        return compose(story, ask, lexicon, rng)

    return draw


def _check_distractors(wanted: Wanted) -> None:
    if unknown := sorted(set(wanted.distractors) - set(KINDS)):
        raise InputError(f"no distractors {unknown[0]!r}", hint=f"kinds are {', '.join(KINDS)}")
    if not 1 <= wanted.most_distractors <= MAX_DISTRACTORS:
        raise InputError(
            f"{wanted.most_distractors} distractors a problem",
            hint=f"from 1 to {MAX_DISTRACTORS}",
        )


def _families(wanted: Wanted) -> list[tuple[Story, Ask]]:
    if unknown := sorted(set(wanted.topics) - TOPICS):
        hint = f"topics are {', '.join(sorted(TOPICS))}"
        raise InputError(f"no topic {unknown[0]!r}", hint=hint)
    _check_distractors(wanted)
    families = [
        (story, ask)
        for story in load_bank()
        for ask in story.asks
        if not (wanted.for_training and held_out(story.name))
        and (not wanted.topics or story.topic in wanted.topics)
        and (not wanted.grades or story.grade in wanted.grades)
        and (not wanted.steps or len(list(operations(ask.expression))) in wanted.steps)
    ]
    if not families:
        raise InputError(
            "the bank has no problem of this kind", hint="ask for more topics or grades"
        )
    return families
