"""Sentences of the scenes as distractors of other problems.

What one scene tells (how many passengers a bus has, what a stranger owns) is beside the point in any other.
So the scenes give many more sentences that do not matter than ``distractors.txt``, to train on.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping

from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.blocks import SLOT, shown_slots
from dagger_tools.corpus.distract import KINDS, SentenceFamily
from dagger_tools.corpus.problem import DistractorKind
from dagger_tools.corpus.realise import PRONOUN, inflect
from dagger_tools.corpus.scenes import Scene

__all__ = ["stray_sentences"]

_TOLD = {"change": ("have", "idle"), "stock": ("have", "idle"), "parts": ("part", "idle"),
         "grid": ("cell", "idle"), "groups": ("idle",), "rest": ("idle",), "ledger": ("idle",),
         "shares": ("idle",)}  # fmt: skip


def stray_sentences(
    scenes: Iterable[Scene], lexicon: Lexicon, rng: random.Random
) -> Mapping[DistractorKind, tuple[SentenceFamily, ...]]:
    """By kind: RED where a person has or does something, who is then a stranger, else OAD.

    Sentences with a pronoun, or with two people, are left out; things and kinds are drawn once.
    """
    found: dict[DistractorKind, list[SentenceFamily]] = {kind: [] for kind in KINDS}
    for scene in scenes:
        for role in _TOLD[scene.frame]:
            for wording in scene.roles.get(role, ()):
                template = _of_stranger(scene, wording, lexicon, rng)
                if template is not None:
                    kind: DistractorKind = "red" if "{q" in template else "oad"
                    found[kind].append(SentenceFamily(kind, template, False, scene.name))
    return {kind: tuple(families) for kind, families in found.items()}


def _of_stranger(scene: Scene, wording: str, lexicon: Lexicon, rng: random.Random) -> str | None:
    """The wording with ``{q}`` for its person and words for all else, or None if it does not fit."""
    people = {name for name, _ in scene.people}
    people |= ({"k"} if scene.kinds_are_people else set()) | (
        {"a"} if scene.owners_are_people else set()
    )
    shown = set(shown_slots(wording))
    if PRONOUN.search(wording) or "[" in wording or len(shown & people) > 1:
        return None
    words = {name: rng.choice(lexicon.lists[list_name]) for name, list_name in scene.things}
    for name, choices in (("k", scene.kinds), ("a", scene.owners)):
        if choices:
            words.setdefault(name, rng.choice(choices))

    def fill(match: re.Match[str]) -> str:
        name, ending = match[1], match[2]
        if name == "n":
            return match[0]
        if name in people:
            return f"{{q:{ending}}}" if ending else "{q}"
        return inflect(words[name], ending) if ending else words[name]

    return SLOT.sub(fill, wording)
