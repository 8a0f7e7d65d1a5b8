"""What the router learns from: public rows, the bank, texts written by hand, and others made of them.

The rows of a file (``{"text", "math", "kind"}``), problems of the bank, both also in Latin letters;
problems of scenes; the texts written by hand (``router_texts/*.tsv``: kind, text), each also as
others would type it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path

from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.errors import InputError
from dagger_tools.router.language import language_of
from dagger_tools.text.romanise import romanise
from dagger_tools.training.router_known import known_numbers
from dagger_tools.training.router_made import after_others, amid_talk, joined, with_question
from dagger_tools.training.router_scenes import scene_problems, scene_stories
from dagger_tools.training.router_varied import varied

__all__ = ["OTHER_MATHS", "LabelledText", "hand_written", "training_texts"]

OTHER_MATHS = frozenset({"proof", "algebra_symbolic", "math_proof"})
"""Kinds that are maths, but not arithmetic that the model does."""

_BANK = 2_500
_ROMANISED = 1_600
_MADE = 600
_LADEN = Wanted(distractors=("red", "oad", "need"))
_REPEAT_HAND = 3
_ASKING = frozenset(
    """factoid factoid_romanised count_fact news_question about_math science exam_mcq theory
    shopping_chat personal""".split()
)
"""Kinds that people ask of a chatbot amid talk too."""
_KNOWN = 500
_VARIED = 900
_IN_TALK = 250
_SCENES, _STORIES = 4_000, 500
"""More stories that ask for nothing make the router miss questions of common sense."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A message, whether it is for us, and what kind of message it is."""

    text: str
    math: bool
    kind: str
    origin: str = ""
    """The text that it says otherwise, if any: both are kept aside together."""
    own: bool = False
    """Written by hand for the router."""


def hand_written() -> Iterator[LabelledText]:
    """The texts of ``router_texts``.

    Raises:
        InputError: a line is no ``kind<TAB>text``.
    """
    folder = resources.files("dagger_tools.training") / "router_texts"
    for name, math in (("question.tsv", True), ("other.tsv", False)):
        lines = (folder / name).read_text("utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            kind, tab, text = line.partition("\t")
            if not tab or not text.strip():
                raise InputError(f"{name}:{number}: {line[:40]!r}", hint="write kind<TAB>text")
            yield LabelledText(text, math, kind, own=True)


def training_texts(path: Path, rng: random.Random) -> Iterator[LabelledText]:
    """All of them, those written by hand ``_REPEAT_HAND`` times; ``path`` is a file of public rows."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    public = [LabelledText(str(r["text"]), bool(r["math"]), str(r["kind"])) for r in rows]
    bank = [
        LabelledText(problem.question, True, "bank")
        for wanted, count in ((Wanted(), _BANK), (_LADEN, _BANK // 4))
        for problem in islice(generate(wanted, seed=rng.randrange(1000)), count)
    ]
    questions = [text for text in (*public, *bank) if text.math]
    romanised = [
        LabelledText(romanise(text.text, rng), True, "romanised", text.text)
        for text in rng.sample(questions, min(len(questions), _ROMANISED))
    ]
    own = list(hand_written())
    made = _made([*public, *own], bank, rng)
    known = [LabelledText(text, ours, "made_known") for text, ours in known_numbers(_KNOWN, rng)]
    others = _said_otherwise(own, questions, rng)
    scenes = [
        LabelledText(text, math, "made_scene", origin)
        for texts, math in (
            (scene_problems(_SCENES, rng), True),
            (scene_stories(_STORIES, rng), False),
        )
        for text, origin in texts
    ]
    yield from (*public, *bank, *romanised, *made, *known, *others, *scenes, *own * _REPEAT_HAND)


def _made(
    texts: Sequence[LabelledText], bank: Sequence[LabelledText], rng: random.Random
) -> Iterator[LabelledText]:
    """Passages with questions after them, long letters to a doctor, and problems amid talk."""

    def of(*kinds: str) -> list[str]:
        return [text.text for text in texts if text.kind in kinds and not text.math]

    bangla = of("news", "wiki_passage", "tts_prompt"), of("factoid", "news_question", "count_fact")
    latin = of("romanised_passage", "passage_romanised_plain"), of("factoid_romanised")
    for (passages, questions), word, count in ((bangla, "কত", _MADE), (latin, "koto", _MADE // 6)):
        if passages and questions:
            for text in with_question(passages, questions, word, count, rng):
                yield LabelledText(text, False, "made_passage")
    letters = of("health_forum", "dosage_health")
    for _ in range(_MADE // 4 if letters else 0):
        text = joined(letters, rng.randrange(150, 500), rng)
        yield LabelledText(text, False, "made_health")
    # questions as long as the passages, or length alone would speak against one
    problems = [text.text for text in texts if text.kind == "word_problem"]
    for stories in (problems, [text.text for text in bank]):
        for _ in range(_MADE // 3 if stories else 0):
            yield LabelledText(after_others(stories, rng), True, "made_long")
    for problem in rng.sample(bank, min(len(bank), _MADE)):
        latin_script = rng.random() < 0.4
        text = romanise(problem.text, rng) if latin_script else problem.text
        text = amid_talk(text, rng, latin=latin_script)
        yield LabelledText(text, True, "made_chatty", problem.text)


def _said_otherwise(
    own: Sequence[LabelledText], questions: Sequence[LabelledText], rng: random.Random
) -> Iterator[LabelledText]:
    """Texts of both classes varied and amid talk: neither says which class a text is of."""
    ours, others = [t for t in own if t.math], [t for t in own if not t.math]
    asking = [text for text in others if text.kind in _ASKING]

    def some(texts: Sequence[LabelledText], count: int) -> Iterable[LabelledText]:
        return rng.sample(texts, min(len(texts), count))

    for text in (*some(ours, _VARIED), *some(questions, _VARIED), *some(others, _VARIED)):
        changed = varied(text.text, rng)
        if changed != text.text:
            yield LabelledText(changed, text.math, "made_varied", text.text)
    for text in (*some(ours, _IN_TALK), *some(asking, _IN_TALK)):
        talk = amid_talk(text.text, rng, latin=language_of(text.text) != "bn")
        if talk != text.text:
            yield LabelledText(talk, text.math, "made_talk", text.text)
