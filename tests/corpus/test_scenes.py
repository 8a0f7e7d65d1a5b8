"""Scenes and the frames that put problems together from them."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dagger_tools.corpus.bank import load_lexicon
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.frames.telling import Telling, Unfit
from dagger_tools.corpus.generate import prove
from dagger_tools.corpus.realise import bind
from dagger_tools.corpus.roles import ROLES
from dagger_tools.corpus.scenes import Scene, load_scenes, read_scenes
from dagger_tools.errors import InputError
from dagger_tools.graph.expression import operations
from tests.corpus.scene_reader import SOLVERS, plain_lines, plain_scene, read_told

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
        "\nmore: {j:র} চেয়ে {k:র} {n}টি বেশি।\nask_part: {k:র} কয়টি?"
        "\nask_whole: মোট কয়টি?\nidle: {q:র} কলা {n}টি।"
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
        ("== a\nframe: shares\ntake: {f:র} গেল।", "ending after {f}"),
        ("== a\nframe: shares\ntake: {f}র বেশি গেল।", "ending after {f}"),
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


@pytest.mark.parametrize(
    ("frame", "role", "without", "lack"),
    [
        ("change", "ask_start", ["some"], "some for ask_start"),
        ("change", "ask_up", ["up_some"], "up_some for ask_up"),
        ("change", "ask_down", ["down_some"], "down_some for ask_down"),
        (
            "parts",
            "ask_part",
            ["more", "fewer", "times", "whole"],
            "more or fewer or times or whole",
        ),
        ("groups", "ask_each", ["groups_whole"], "groups_whole for ask_each"),
        ("groups", "ask_groups", ["each_whole"], "each_whole for ask_groups"),
        ("groups", "ask_now", ["plus", "minus"], "plus or minus for ask_now"),
        ("stock", "ask_start", ["end"], "end for ask_start"),
        ("grid", "ask_left", ["gone"], "gone for ask_left"),
        ("grid", "ask_cost", ["price"], "price for ask_cost"),
        ("grid", "ask_cost_owner", ["price"], "price for ask_cost_owner"),
        ("grid", "ask_cost_kind", ["price"], "price for ask_cost_kind"),
        ("rest", "ask_each", ["share"], "share for ask_each"),
        ("rest", "ask_groups", ["pack"], "pack for ask_groups"),
        ("ledger", "ask_start", ["end"], "end for ask_start"),
        ("ledger", "ask_goal", ["goal"], "goal for ask_goal"),
        ("ledger", "ask_goal_groups", ["goal"], "goal for ask_goal_groups"),
        ("ledger", "ask_goal_each", ["goal"], "goal for ask_goal_each"),
        ("shares", "ask_take_rest", ["take_rest"], "take_rest for ask_take_rest"),
        ("shares", "ask_rise", ["rise"], "rise for ask_rise"),
        ("shares", "ask_out", ["take_also", "take_rest", "out"], "take_also or take_rest or out"),
        ("shares", "ask_whole", ["taken", "left"], "taken or left for ask_whole"),
    ],
)
def test_what_asks_wants_what_it_asks_of(
    frame: str, role: str, without: list[str], lack: str
) -> None:
    """A question that no problem could ever ask is one error, which says what is missing."""
    lines = plain_lines(frame)
    text = "\n".join(line for line in lines if line.partition(":")[0] not in without)
    with pytest.raises(InputError, match=f"mine.txt:1: scene 'plain' lacks .*{lack}\\b"):
        list(read_scenes(text, LEXICON, source="mine.txt"))
    rest = (line for line in text.splitlines() if line.partition(":")[0] != role)
    assert not re.search(rf"{lack}\b", _fault_of("\n".join(rest)))


def _fault_of(text: str) -> str:
    """What is wrong with these scenes, empty if nothing is."""
    try:
        list(read_scenes(text, LEXICON))
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("frame", sorted(ROLES))
def test_every_question_of_a_sparse_scene_is_asked(frame: str) -> None:
    """With one question and the fewest sentences that the format lets it have, there are problems."""
    lines = plain_lines(frame)
    roles = dict.fromkeys(line.partition(":")[0] for line in lines if ":" in line)
    for role in (role for role in roles if role.startswith("ask")):
        text = "\n".join(lines)
        for other in (other for other in roles if other != role and other in ROLES[frame]):
            sparser = "\n".join(
                line for line in text.splitlines() if line.partition(":")[0] != other
            )
            if not _fault_of(sparser):
                text = sparser
        scene, rng = next(read_scenes(text, LEXICON)), random.Random(6)
        made = [compose_scene(scene, LEXICON, rng) for _ in range(60)]
        asked = {draft.family for draft in made if draft is not None}
        assert f"plain/{role}" in asked, text


@pytest.mark.parametrize("scene", [s for s in SCENES if s.frame == "ledger"], ids=lambda s: s.name)
def test_what_is_there_at_first_is_not_what_came(scene: Scene) -> None:
    """Where a ledger's beginning tells of something that came, what asks for all that came leaves it out."""
    beginnings = (*scene.roles["have"], *scene.roles.get("have_each", ()))
    if any(_COMING.search(wording) for wording in beginnings):
        for wording in scene.roles["ask_all_up"]:
            assert _BUT_THE_FIRST.search(wording), wording


_COMING = re.compile("জমিয়ে|দিয়েছিলেন|প্রত্যেকে .* দিয়ে|পেয়ে|পাওয়া|তৈরি|গজা|আগাম|উঠল|ঢালা|ঢেলে|মজুরি|তোলা হ")
_BUT_THE_FIRST = re.compile("নতুন|বাদে|(শুরুর|আগের) .*না ধরে|এই ধাপে|শুরু হওয়ার পরে")


def test_a_divisor_is_of_the_range_and_leaves_more_than_one_each() -> None:
    """Every such number is drawn, never the level itself; where the range has none, the draw is unfit."""
    telling = Telling(plain_scene("ledger"), random.Random(7))
    assert {telling.draw_divisor("m", 6) for _ in range(50)} == {2, 3}
    assert {telling.draw_divisor("m", 18) for _ in range(50)} == {2, 3, 6, 9}
    for level in (0, 7, 11):
        with pytest.raises(Unfit):
            telling.draw_divisor("m", level)


def test_the_format_names_every_role_and_range() -> None:
    """What a scene may say is in ``docs/bank-format.md``: each role and range beside its frame."""
    text = (Path(__file__).parents[2] / "docs" / "bank-format.md").read_text(encoding="utf-8")
    section = text.partition("## Scenes")[2]
    for frame, roles in ROLES.items():
        rows = "".join(
            line
            for line in section.splitlines()
            if line.startswith("|") and f"`{frame}`" in line.split("|")[1]
        )
        told = [role for role in roles if not role.startswith("idle")]
        ranges = [f"{name}:" for name in plain_scene(frame).ranges]
        assert not [name for name in (*told, *ranges) if f"`{name}`" not in rows], frame
    lines = ("`idle`", "`idle_amount`", "`idle_share`", "`kinds: person`", "`owners: person`")
    assert not [line for line in lines if line not in section]
