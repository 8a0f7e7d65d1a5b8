"""Problems put together from scenes, and the same stories with nothing asked.

Many wordings of single sentences (``corpus.scenes``) say a word problem in more ways than a story
told as a whole.  Stories without their question, and single sentences of them, are left: what
numbers and things tell is no problem until something is asked.

Tried too, and worse on texts kept aside: the same stories with a question for no number, and with
one whose answer a sentence says.  Only the calculation tells those from a problem.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from dagger_tools.corpus.bank import load_lexicon
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.text.romanise import romanise
from dagger_tools.training.router_made import amid_talk, without_question
from dagger_tools.training.router_varied import varied

__all__ = ["scene_problems", "scene_stories"]

_LATIN, _TALK, _VARIED, _NO_MARK = 0.12, 0.15, 0.12, 0.15
"""Shares of the texts in Latin letters, amid talk, said otherwise, without their question mark."""


def scene_problems(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """``count`` problems as people type them, each with the text that it says otherwise."""
    for problem in _problems(count, rng):
        yield _as_typed(problem, rng), problem


def scene_stories(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Up to ``count`` stories or sentences of stories that ask for nothing, likewise."""
    for problem in _problems(count, rng):
        story = without_question(problem)
        sentences = [f"{part.strip()}।" for part in story.split("।") if part.strip()]
        if sentences:
            told = story if rng.random() < 0.5 else rng.choice(sentences)
            yield _as_typed(told, rng), told


def _problems(count: int, rng: random.Random) -> Iterator[str]:
    scenes, lexicon = load_scenes(), load_lexicon()
    while count:
        draft = compose_scene(rng.choice(scenes), lexicon, rng)
        if draft is not None:
            count -= 1
            yield draft.text


def _as_typed(text: str, rng: random.Random) -> str:
    if text.endswith("?") and rng.random() < _NO_MARK:
        text = text.rstrip("?")
    if rng.random() < _VARIED:
        return varied(text, rng)
    latin = rng.random() < _LATIN
    if latin:
        text = romanise(text, rng)
    return amid_talk(text, rng, latin=latin) if rng.random() < _TALK else text
