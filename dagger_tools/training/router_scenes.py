"""Problems put together from scenes, and what their sentences tell where nothing is to be computed.

The same sentences make both: a story with a question that needs its numbers is for us; the story
alone, one of its sentences, a question whose answer a sentence says, and a question for no number
are not.  So what is learned is what must be done with a text, and not what it speaks of.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

from dagger_tools.corpus.bank import Lexicon, load_lexicon
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.frames.telling import Telling, Unfit
from dagger_tools.corpus.realise import inflect
from dagger_tools.corpus.scenes import Scene, load_scenes
from dagger_tools.text.romanise import romanise
from dagger_tools.training.router_made import amid_talk, without_question
from dagger_tools.training.router_varied import varied

__all__ = ["scene_problems", "scene_talk"]

_LATIN, _TALK, _VARIED, _NO_MARK = 0.12, 0.15, 0.12, 0.15
"""Shares of the texts in Latin letters, amid talk, said otherwise, without their question mark."""
_TRIES = 30
_ELSEWHERE = (
    "ঘটনাটি কোথায় ঘটেছিল?", "এটা কবেকার ঘটনা?", "কে এমন কাজ করেছিল?", "কেন এমন হলো?",
    "গল্পটি কাকে নিয়ে?", "কথাটা কে বলেছে?", "এখানে কার কথা বলা হয়েছে?", "তারা কোথায় থাকে?",
    "কাজটি কখন শেষ হয়েছিল?", "কেন তারা সেখানে গিয়েছিল?", "এই গল্প থেকে কী শেখা যায়?",
    "এর পরে কী ঘটতে পারে?", "গল্পটির একটি নাম দাও।", "ইংরেজিতে অনুবাদ করো।", "কোন জিনিসটির কথা বলা হয়েছে?",
    "তথ্যটি কি সঠিক?", "বাক্যগুলোতে কোন ভুল আছে কি?", "এটি কোন কালের বাক্য?", "গল্পটি নিজের ভাষায় লেখো।",
)  # fmt: skip
_OF_PERSON = (
    "{p} কোথায় থাকে?", "{p} কেন এমন করল?", "{p} কে?", "{p:র} বাড়ি কোথায়?", "{p:র} সঙ্গে কে ছিল?",
    "{p} কখন এসেছিল?", "{p} কী করে?", "{p:র} মা কী করেন?", "{p:কে} কে সাহায্য করেছিল?",
    "{p} কি খুশি হয়েছিল?", "{p} তখন কোথায় ছিল?", "{p} কেমন মানুষ?", "{p} কবে ফিরবে?",
    "{p} কোন শ্রেণিতে পড়ে?",
)  # fmt: skip
_OF_THING = (
    "{x} কোথায় পাওয়া যায়?", "{x} দিয়ে কী করা হয়?", "{x} কার কাছে ছিল?", "{x} কে এনেছিল?",
    "{x} কেন দরকার?", "{x} কি ভালো?", "{x:র} রং কী?", "{x} কোথা থেকে এল?", "{x} কখন কেনা হলো?",
    "{x:র} ইংরেজি কী?",
)  # fmt: skip


def scene_problems(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """``count`` problems as people type them, each with the text that it says otherwise."""
    scenes, lexicon = load_scenes(), load_lexicon()
    while count:
        draft = compose_scene(rng.choice(scenes), lexicon, rng)
        if draft is not None:
            count -= 1
            yield _as_typed(draft.text, rng), draft.text


def scene_talk(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """``count`` texts of the same sentences that are no problem, likewise."""
    scenes, lexicon = load_scenes(), load_lexicon()
    while count:
        way = rng.choices(_WAYS, _SHARES)[0]
        text = way(rng.choice(scenes), lexicon, rng)
        if text:
            count -= 1
            yield _as_typed(text, rng), text


def _as_typed(text: str, rng: random.Random) -> str:
    if text.endswith("?") and rng.random() < _NO_MARK:
        text = text.rstrip("?")
    if rng.random() < _VARIED:
        return varied(text, rng)
    latin = rng.random() < _LATIN
    if latin:
        text = romanise(text, rng)
    return amid_talk(text, rng, latin=latin) if rng.random() < _TALK else text


def _story(scene: Scene, lexicon: Lexicon, rng: random.Random) -> str:
    """What a problem tells, without its question."""
    draft = compose_scene(scene, lexicon, rng)
    return without_question(draft.text) if draft else ""


def _sentence(scene: Scene, lexicon: Lexicon, rng: random.Random) -> str:
    """One sentence of a story."""
    sentences = [part for part in _story(scene, lexicon, rng).split("। ") if part]
    return f"{rng.choice(sentences).rstrip('।')}।" if sentences else ""


def _asking_no_number(scene: Scene, lexicon: Lexicon, rng: random.Random) -> str:
    """A story and a question for something else than a number."""
    draft = compose_scene(scene, lexicon, rng)
    if draft is None:
        return ""
    questions = list(_ELSEWHERE)
    for name, word, about in (("p", draft.person, _OF_PERSON), ("x", draft.thing, _OF_THING)):
        if word:
            forms = {f"{{{name}}}": word}
            forms |= {f"{{{name}:{ending}}}": inflect(word, ending) for ending in ("র", "কে")}
            for question in about:
                for slot, form in forms.items():
                    question = question.replace(slot, form)
                questions.append(question)
    return f"{without_question(draft.text)} {rng.choice(questions)}".strip()


def _asking_what_is_told(scene: Scene, lexicon: Lexicon, rng: random.Random) -> str:
    """A story and a question whose answer one of its sentences says as it is."""
    for _ in range(_TRIES):
        telling = Telling(scene, rng)
        try:
            _TOLD[scene.frame](telling)
        except (Unfit, KeyError):
            continue
        return telling.written(lexicon).text
    return ""


def _told_of_change(telling: Telling) -> None:
    rng = telling.rng
    if rng.random() < 0.5:
        telling.say("have", n=telling.draw("start"))
        _events(telling, ("up", "down", "idle"))
        telling.say("ask_start")
    else:
        if telling.has("some") and rng.random() < 0.5:
            telling.say("some")
        else:
            telling.say("have", n=telling.draw("start"))
        _events(telling, ("up", "down", "idle"))
        telling.say("end", n=telling.draw("start"))
        telling.say("ask_end")


def _events(telling: Telling, roles: tuple[str, ...]) -> None:
    for _ in range(telling.rng.randint(1, 3)):
        telling.say(telling.rng.choice(roles), n=telling.draw("step"))


def _told_of_parts(telling: Telling) -> None:
    rng = telling.rng
    kinds = rng.sample(telling.scene.kinds, min(len(telling.scene.kinds), rng.randint(2, 4)))
    if telling.has("lead") and rng.random() < 0.6:
        telling.say("lead")
    first = len(telling.sentences)
    for kind in kinds:
        telling.say("part", named=True, k=kind, n=telling.draw("part"))
    telling.idle(0.3)
    telling.shuffle(first)
    telling.say("ask_part", k=rng.choice(kinds))


def _told_of_stock(telling: Telling) -> None:
    rng = telling.rng
    kinds = rng.sample(telling.scene.kinds, 2)
    if telling.has("lead") and rng.random() < 0.6:
        telling.say("lead")
    asked = rng.choice(kinds)
    at_first = rng.random() < 0.5
    for kind in kinds:
        telling.say("have", k=kind, n=telling.draw("start"))
    for _ in range(rng.randint(1, 2)):
        telling.say(rng.choice(("up", "down")), k=rng.choice(kinds), n=telling.draw("step"))
    telling.idle(0.3)
    if not at_first:
        telling.say("end", k=asked, n=telling.draw("start"))
    telling.say("ask_start" if at_first else "ask_end", k=asked)


def _told_of_groups(telling: Telling) -> None:
    rng = telling.rng
    telling.say("both", m=telling.draw("m"), n=telling.draw("n"))
    telling.idle(0.5)
    telling.say(rng.choice(("ask_each", "ask_groups")))


_TOLD: Mapping[str, Callable[[Telling], None]] = {
    "change": _told_of_change,
    "groups": _told_of_groups,
    "parts": _told_of_parts,
    "stock": _told_of_stock,
}
_WAYS = (_story, _sentence, _asking_no_number, _asking_what_is_told)
_SHARES = (3, 2, 3, 4)
