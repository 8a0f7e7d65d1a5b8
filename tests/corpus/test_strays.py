"""Sentences of scenes as distractors of other problems."""

from __future__ import annotations

import random

from dagger_tools.corpus.bank import load_bank, load_lexicon
from dagger_tools.corpus.distract import add_distractors
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.generate import prove
from dagger_tools.corpus.realise import bind, compose
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.corpus.strays import stray_sentences
from dagger_tools.errors import InputError

LEXICON = load_lexicon()


def test_strays_speak_of_strangers_and_hold_one_number() -> None:
    """RED ones name a stranger, OAD ones nobody; every slot but the stranger and the number is filled."""
    strays = stray_sentences(load_scenes(), LEXICON, random.Random(1))
    assert len(strays["red"]) > 500
    assert len(strays["oad"]) > 500
    for kind in ("red", "oad"):
        for family in strays[kind]:
            assert family.slots == (frozenset("q") if kind == "red" else frozenset())
            assert family.template.count("{n}") == 1


def test_a_stray_never_changes_the_answer() -> None:
    """A problem with a stray in it still executes to its answer and passes every check."""
    rng = random.Random(2)
    strays = stray_sentences(load_scenes(), LEXICON, rng)
    families = [(story, ask) for story in load_bank() for ask in story.asks]
    changed = 0
    for story, ask in rng.sample(families, 300):
        draft = compose(story, ask, LEXICON, rng)
        if draft is None:
            continue
        harder = add_distractors(draft, strays, LEXICON, rng, kinds=("red", "oad"), count=2)
        if not harder.distractors:
            continue
        try:
            problem = bind(harder)
        except InputError:
            continue  # a sentence ran together with its neighbour
        assert not prove(problem), problem.question
        assert problem.answer == draft.answer
        changed += 1
    assert changed > 200


def test_a_problem_takes_no_stray_of_its_own_scene() -> None:
    """What a scene tells may belong to what it asks, so its sentences distract elsewhere only."""
    rng = random.Random(3)
    scenes = load_scenes()
    strays = stray_sentences(scenes, LEXICON, rng)
    elsewhere = 0
    for scene in rng.sample(scenes, 60):
        made = [compose_scene(scene, LEXICON, rng) for _ in range(12)]
        drafts = [draft for draft in made if draft is not None]
        for kind in strays:
            own = {kind: [family for family in strays[kind] if family.scene == scene.name]}
            for draft in drafts if own[kind] else ():
                alone = add_distractors(draft, own, LEXICON, rng, kinds=(kind,))
                assert not alone.distractors, alone.text
                harder = add_distractors(draft, strays, LEXICON, rng, kinds=(kind,))
                elsewhere += len(harder.distractors)
    assert elsewhere > 300
