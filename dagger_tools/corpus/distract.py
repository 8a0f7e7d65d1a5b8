"""Sentences whose number does not matter, put into a problem: RED, OAD and NEED.

RED: the same kind of object with another owner, place or time.  OAD: another dimension of the
things or the scene (price, weight, age).  NEED: an event planned or undone, without effect.  The
kinds are those of DistractMath-Bn (``dipta007/DistractMath-Bn``).

The sentences carry placed numbers like the story's own, so that ``bind`` finds, flags and proves
them as it does any other.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from importlib import resources
from typing import get_args

from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.problem import Distractor, DistractorKind, Draft
from dagger_tools.corpus.realise import choose, counted_thing, inflect, write_number
from dagger_tools.errors import InputError
from dagger_tools.text import read_question

__all__ = [
    "KINDS",
    "SentenceFamily",
    "add_distractors",
    "by_kind",
    "load_families",
    "read_families",
]

KINDS: tuple[DistractorKind, ...] = get_args(DistractorKind)

_LINE = re.compile(r"(red|oad|need)( unseen)?\s*:\s*(.+)")
_SENTENCE_START = re.compile(r"(?<=[।?!])\s+")
_SLOT = re.compile(r"\{([pqxn])(?:([:|])([^}]*))?\}")
_WHOLE_WORD = r"(?<![\u0980-\u09e5])(?:{})(?![\u0980-\u09e5])"
_THIRD_PERSON = re.compile(
    _WHOLE_WORD.format(
        "সে|তিনি|তার|তাঁর|তাকে|তাঁকে|তারা|তাঁরা|তাদের|তাঁদের|দুজনে|দুজনের|দুজনেই|উভয়ে|উভয়ের|নিজে|নিজের|এর"
    )
)
_POINTS_BACK = re.compile(
    _WHOLE_WORD.format(
        "এটি|এটা|এটির|এটার|সেটি|সেটা|সেটির|সেটার|এগুলি|এগুলো|সেগুলি|সেগুলো|ওই|ঐ|সেই|এই|সেখান|সেখানে|সেখানকার|এখান|এতে|তাতে"
    )
)
"""What begins or leans on the sentence before it: nothing may come between."""
_GOES_ON = tuple("আরও আরো এছাড়া তখন সেদিন তাই কিন্তু সেখানে এদিকে অন্যদিকে ওদিকে একই".split())
_UNIT = re.compile(r"\{n[^}]*\}\s*([\u0980-\u09e5]+)")
_MEASURES = ("বয়স", "ওজন", "উচ্চতা", "দৈর্ঘ্য", "দাম", "মূল্য", "নম্বর", "সময়")
_DEFAULT_RANGE = (2, 99)
_TRIES = 12


@dataclass(frozen=True)
class SentenceFamily:
    """One line of ``distractors.txt``, or a sentence of a scene, whose name it then has.

    An ``unseen`` one is kept out of training.
    """

    kind: DistractorKind
    template: str
    unseen: bool
    scene: str = ""

    @property
    def slots(self) -> frozenset[str]:
        """Which of ``p`` (the problem's person), ``q`` (another), ``x`` (the thing) it needs."""
        return frozenset(match[1] for match in _SLOT.finditer(self.template)) - {"n"}

    @property
    def goes_on(self) -> bool:
        """Whether it goes on from a sentence before it."""
        choice = re.match(r"\[([^\]]*)\]", self.template)
        beginnings = choice[1].split("|") if choice else [self.template]
        return "" in beginnings or any(word.startswith(_GOES_ON) for word in beginnings)

    @cached_property
    def measures(self) -> frozenset[str]:
        """The unit and the measures that it speaks of."""
        unit = _UNIT.search(self.template)
        return frozenset(word for word in _MEASURES if word in self.template) | (
            {unit[1]} if unit and self.kind == "oad" else set()
        )


def load_families(*, unseen: bool | None = None) -> tuple[SentenceFamily, ...]:
    """The shipped families: all of them, or those kept out of training, or the others."""
    text = (resources.files("dagger_tools.corpus") / "bank" / "distractors.txt").read_text("utf-8")
    families = read_families(text, source="distractors.txt")
    return tuple(f for f in families if unseen is None or f.unseen == unseen)


def read_families(text: str, *, source: str = "<text>") -> tuple[SentenceFamily, ...]:
    """Read lines ``red: SENTENCE``, ``need unseen: SENTENCE``; ``#`` begins a remark.

    Raises:
        InputError: a line is none of these, or does not hold exactly one ``{n}``.
    """
    families = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or [m[1] for m in _SLOT.finditer(match[3])].count("n") != 1:
            raise InputError(
                f"{source}:{number}: {line[:40]!r} is no distractor",
                hint="write 'red: ... {n}টি {x} ...', with one {n}",
            )
        families.append(SentenceFamily(match[1], match[3], bool(match[2])))  # type: ignore[arg-type]  # the pattern's words
    return tuple(families)


def by_kind(
    families: Sequence[SentenceFamily],
) -> Mapping[DistractorKind, tuple[SentenceFamily, ...]]:
    """The families of each kind."""
    return {kind: tuple(f for f in families if f.kind == kind) for kind in KINDS}


def add_distractors(
    draft: Draft,
    families: Mapping[DistractorKind, Sequence[SentenceFamily]],
    lexicon: Lexicon,
    rng: random.Random,
    *,
    kinds: Sequence[DistractorKind] = KINDS,
    count: int = 1,
) -> Draft:
    """``draft`` with up to ``count`` sentences put before its question, one kind drawn for each.

    What would change what is asked is left out: RED needs a question that says whose things it asks
    for, and one that asks for everybody's age takes no sentence about an age.  Families that speak of
    a person or a thing are used where the problem has one; a RED sentence brings its own thing to a
    problem that counts none.
    """
    if draft.thing is None and draft.names_owner and "red" in kinds:
        counted = counted_thing(read_question(draft.text))
        # not everything that is counted can be owned, bought and given: only what the lists hold
        draft = replace(draft, thing=counted if counted in lexicon.lists["countable"] else None)
    possible = [k for k in kinds if k != "red" or draft.names_owner]
    for _ in range(count if possible else 0):
        kind = rng.choice(possible)
        own = kind == "red" and draft.thing is None
        things = [t for t in lexicon.lists["countable"] if t not in draft.text] if own else []
        for _ in range(_TRIES):
            thing = rng.choice(things) if own else draft.thing
            changed = _put(replace(draft, thing=thing), rng.choice(families[kind]), lexicon, rng)
            if changed is not None:
                draft = replace(changed, thing=draft.thing)
                break
    return draft


def _put(
    draft: Draft, family: SentenceFamily, lexicon: Lexicon, rng: random.Random
) -> Draft | None:
    """The draft with a sentence of ``family``, or None where it does not fit."""
    # what its own scene tells may belong to what is asked
    if family.scene and draft.family.startswith(f"{family.scene}/"):
        return None
    if "x" in family.slots and draft.thing is None:
        return None
    if "p" in family.slots and draft.person is None:
        return None
    if any(distractor.family == family.template for distractor in draft.distractors):
        return None
    if not draft.names_owner and any(word in _question(draft.text) for word in family.measures):
        return None
    places = _places(draft, family)
    if not places:
        return None
    place = rng.choice(places)
    stranger = rng.choice([name for name in lexicon.lists["person"] if name not in draft.text])
    sentence, offset, value = _write(family, draft, stranger, rng)
    placed = {
        (start if start < place else start + len(sentence) + 1): letter
        for start, letter in draft.placed.items()
    }
    letter = f"distractor{len(draft.distractors) + 1}"
    return replace(
        draft,
        text=f"{draft.text[:place]}{sentence} {draft.text[place:]}",
        placed={**placed, place + offset: letter},
        numbers={**draft.numbers, letter: value},
        people=(*draft.people, stranger) if "q" in family.slots else draft.people,
        distractors=(*draft.distractors, Distractor(family.kind, sentence, family.template)),
    )


def _places(draft: Draft, family: SentenceFamily) -> list[int]:
    """Where a sentence may begin: before the question, and never between a name and its pronoun."""
    text = draft.text
    starts = [0, *(m.end() for m in _SENTENCE_START.finditer(text) if m.end() < len(text))]
    sentences = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    # what speaks of nobody stands between no name and its pronoun
    about_people = bool(family.slots & {"p", "q"})
    places = []
    for index, start in enumerate(starts):
        if _POINTS_BACK.search(sentences[index]):
            continue
        if about_people and _pronoun_comes_before_a_name(sentences[index:], draft.people):
            continue
        if "p" in family.slots and (draft.person or "") not in text[:start]:
            continue
        if start == 0 and (family.goes_on or (len(starts) > 1 and not about_people)):
            continue
        places.append(start)
    return places


def _pronoun_comes_before_a_name(sentences: Sequence[str], people: Collection[str]) -> bool:
    """Whether somebody who is put before ``sentences`` would be taken for whom they go on about."""
    for sentence in sentences:
        if _THIRD_PERSON.search(sentence):
            return True
        if any(name in sentence for name in people):
            return False
    return False


def _question(text: str) -> str:
    """The last sentence."""
    return text[[0, *(m.end() for m in _SENTENCE_START.finditer(text.rstrip()))][-1] :]


def _write(
    family: SentenceFamily, draft: Draft, stranger: str, rng: random.Random
) -> tuple[str, int, Fraction]:
    """The sentence, where its number stands in it, and the number."""
    words = {"q": stranger, "p": draft.person or "", "x": draft.thing or ""}
    style = rng.choices(("bangla", "ascii", "words"), (0.75, 0.2, 0.05))[0]
    parts: list[str] = []
    offset, value, end = 0, Fraction(0), 0
    template = choose(family.template, rng)
    for match in _SLOT.finditer(template):
        parts.append(template[end : match.start()])
        if match[1] == "n":
            offset = len("".join(parts))
            value = _value(match[3] if match[2] == "|" else None, draft.numbers.values(), rng)
            parts.append(write_number(value, rng, style=style))
        else:
            word = words[match[1]]
            parts.append(inflect(word, match[3]) if match[3] else word)
        end = match.end()
    return "".join([*parts, template[end:]]), offset, value


def _value(range_: str | None, taken: Collection[Fraction], rng: random.Random) -> Fraction:
    """A number that is none of the problem's own, where the range has another."""
    low, high = map(int, range_.split("..")) if range_ else _DEFAULT_RANGE
    for _ in range(_TRIES):
        value = Fraction(rng.randint(low, high))
        if value not in taken:
            break
    return value
