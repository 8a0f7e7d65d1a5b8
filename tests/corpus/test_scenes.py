"""Scenes and the frames that put problems together from them."""

from __future__ import annotations

import random
import re

import pytest

from dagger_tools.corpus.bank import load_lexicon
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.generate import prove
from dagger_tools.corpus.realise import bind
from dagger_tools.corpus.scenes import ROLES, load_scenes, read_scenes
from dagger_tools.errors import InputError
from dagger_tools.graph.expression import operations
from tests.corpus.scene_reader import SOLVERS, plain_scene, read_told

LEXICON = load_lexicon()
SCENES = load_scenes()


@pytest.mark.parametrize("frame", sorted(ROLES))
def test_the_expression_says_what_the_sentences_say(frame: str) -> None:
    """An interpreter that only reads the text comes to the same answer, for every role that asks."""
    scene, rng = plain_scene(frame), random.Random(5)
    asked = set()
    for _ in range(1500):
        draft = compose_scene(scene, LEXICON, rng)
        if draft is None:
            continue
        told = read_told(draft.text, frame)
        if sum(len(numbers) for *_, numbers in told) != len(draft.numbers):
            continue  # numbers in words: the interpreter reads digits
        assert SOLVERS[frame](told) == draft.answer, draft.text
        asked.add(told[-1][0])
    assert asked == {role for role in ROLES[frame] if role.startswith("ask")}


def test_every_shipped_scene_makes_problems_that_hold() -> None:
    """Each can be composed, its numbers are found again in its text, and all checks pass."""
    rng = random.Random(3)
    for scene in SCENES:
        made = [compose_scene(scene, LEXICON, rng) for _ in range(12)]
        drafts = [draft for draft in made if draft is not None]
        assert len(drafts) > 6, scene.place
        for draft in drafts:
            problem = bind(draft)
            assert not prove(problem), problem.question
            assert 1 <= len(list(operations(problem.expression))) <= 8


def test_the_same_sentence_is_needed_here_and_idle_there() -> None:
    """What a scene tells does not give away what counts: the same role's number is used and set aside."""
    scene, rng = next(s for s in SCENES if s.frame == "stock"), random.Random(4)
    drafts = [draft for _ in range(200) if (draft := compose_scene(scene, LEXICON, rng))]
    first_used = {"n1" in repr(draft.expression) for draft in drafts}
    assert first_used == {True, False}


def test_a_stranger_is_none_of_the_people_it_is_about() -> None:
    """Where kinds are people, the person of an idle sentence has another name."""
    names = LEXICON.lists["person"]
    text = (
        "== a\nframe: parts\nperson q\nkinds: person\npart: {k:র} {n}টি আম। || আম {n}টি {k:র}।"
        "\nask_part: {k:র} কয়টি?\nask_whole: মোট কয়টি?\nidle: {q:র} কলা {n}টি।"
    )
    scene, rng = next(read_scenes(text, LEXICON)), random.Random(1)
    seen = 0
    for _ in range(3000):
        draft = compose_scene(scene, LEXICON, rng)
        if draft is None or "কলা" not in draft.text:
            continue
        seen += 1
        stranger = next(s for s in draft.text.split("।") if "কলা" in s)
        others = draft.text.replace(stranger, "")
        told = {
            name
            for name in names
            if name in re.findall(r"[\u0980-\u09e5]+", stranger.replace("র ", " "))
        }
        assert not any(f"{name}র" in others for name in told), draft.text
    assert seen > 1000


def test_one_seed_one_problem() -> None:
    """The same seed gives the same text."""
    texts = [
        [
            draft.text if (draft := compose_scene(scene, LEXICON, random.Random(8))) else None
            for scene in SCENES
        ]
        for _ in range(2)
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("have: {n}টি।", "before any scene"),
        ("== a\nhave: {n}টি।", "before 'frame:'"),
        ("== a\nframe: story", "no frame 'story'"),
        ("== a\nframe: change\nhave: আছে।", "shows {n} 0 times"),
        ("== a\nframe: change\nhave: {n}টি {n}টি।", "shows {n} 2 times"),
        ("== a\nframe: change\nhave: {p:র} {n}টি।", "undeclared slots ['p']"),
        ("== a\nframe: change\nask_end: কয়টি।", "its end do not fit"),
        ("== a\nframe: change\nstart: 9..2", "is no range"),
        ("== a\nframe: change\nworth: {n}টি।", "no role 'worth'"),
        ("== a\nframe: change\nhave: {n}টি।", "lacks up, down, ask_end"),
        ("== a\nframe: parts\npart: {k} {n}টি।\nask_part: {k} কয়টি?", "needs two kinds"),
        (
            "== a\nframe: grid\nkinds: ক খ\ncell: {a} {k} {n}টি।\nask_more_owner: {a} {b} {k}?",
            "needs two owners",
        ),
        ("== a\nframe: parts\nmore: {k} {n}টি বেশি।", "lacks ['j']"),
        ("== a\nframe: shares\ntake: সে {n}টি দিল।", "shows {n} 1 times"),
        ("== a\nframe: shares\ntake: সে কিছু দিল।", "shows {f} 0 times"),
        ("== a\nperson p: nobody", "no list 'nobody'"),
        ("== a", "has no frame"),
        ("== a\nহ", "unknown line"),
    ],
)
def test_a_fault_names_its_place(lines: str, message: str) -> None:
    """A line that does not fit the format is one error with file and line."""
    with pytest.raises(InputError) as caught:
        list(read_scenes(lines, LEXICON, source="mine.txt"))
    assert message in str(caught.value)
    assert str(caught.value).startswith("mine.txt:")
