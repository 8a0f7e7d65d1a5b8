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
from importlib import resources
from typing import get_args

from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.problem import Distractor, DistractorKind, Draft
from dagger_tools.corpus.realise import choose, inflect, write_number
from dagger_tools.errors import InputError

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
_THIRD_PERSON = re.compile(
    r"(?<![\u0980-\u09e5])(?:সে|তিনি|তার|তাঁর|তাকে|তাঁকে|তারা|তাঁরা|তাদের|তাঁদের|এর|এগুলি|এগুলো|সেগুলি|সেগুলো)"
    r"(?![\u0980-\u09e5])"
)
_GOES_ON = ("আরও", "আরো", "এছাড়া", "তখন", "সেদিন", "তাই", "কিন্তু", "সেখানে")
_DEFAULT_RANGE = (2, 99)
_TRIES = 12


@dataclass(frozen=True, slots=True)
class SentenceFamily:
    """One line of ``distractors.txt``; an ``unseen`` one is kept out of training."""

    kind: DistractorKind
    template: str
    unseen: bool

    @property
    def slots(self) -> frozenset[str]:
        """Which of ``p`` (the problem's person), ``q`` (another), ``x`` (the thing) it needs."""
        return frozenset(match[1] for match in _SLOT.finditer(self.template)) - {"n"}


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

    A kind that would change what is asked is left out: RED needs a question that says whose things
    it asks for.  Families that speak of a person or a thing are used where the problem has one.
    """
    possible = [k for k in kinds if k != "red" or (draft.names_owner and draft.thing is not None)]
    for _ in range(count if possible else 0):
        kind = rng.choice(possible)
        for _ in range(_TRIES):
            changed = _put(draft, rng.choice(families[kind]), lexicon, rng)
            if changed is not None:
                draft = changed
                break
    return draft


def _put(
    draft: Draft, family: SentenceFamily, lexicon: Lexicon, rng: random.Random
) -> Draft | None:
    """The draft with a sentence of ``family``, or None where it does not fit."""
    if "x" in family.slots and draft.thing is None:
        return None
    if "p" in family.slots and draft.person is None:
        return None
    if any(distractor.family == family.template for distractor in draft.distractors):
        return None
    places = _places(draft.text, family)
    if not places:
        return None
    place = rng.choice(places)
    sentence, offset, value = _write(family, draft, lexicon, rng)
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
        distractors=(*draft.distractors, Distractor(family.kind, sentence, family.template)),
    )


def _places(text: str, family: SentenceFamily) -> list[int]:
    """Where a sentence may begin: before the question, and never between a name and its pronoun."""
    starts = [0, *(match.end() for match in _SENTENCE_START.finditer(text) if match.end() < len(text))]
    ends = [*starts[1:], len(text)]
    # what speaks of nobody stands between no name and its pronoun
    about_people = family.slots & {"p", "q"}
    goes_on = family.template.startswith(_GOES_ON) or "p" in family.slots
    return [
        start
        for start, end in zip(starts, ends, strict=True)
        if not (about_people and _THIRD_PERSON.search(text, start, end))
        and not (start == 0 and (goes_on or (len(starts) > 1 and not about_people)))
    ]


def _write(
    family: SentenceFamily, draft: Draft, lexicon: Lexicon, rng: random.Random
) -> tuple[str, int, Fraction]:
    """The sentence, where its number stands in it, and the number."""
    stranger = rng.choice([name for name in lexicon.lists["person"] if name not in draft.text])
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
