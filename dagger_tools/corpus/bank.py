"""The problem bank's text format (``docs/bank-format.md``) read into frozen stories."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Literal

from dagger_tools.corpus.arithmetic import Condition, read_condition
from dagger_tools.corpus.blocks import content_lines, fault, read_blocks, read_files, shown_slots
from dagger_tools.errors import GraphParseError
from dagger_tools.graph.expression import Expr, parse_expression, references

__all__ = [
    "TOPICS",
    "Ask",
    "Lexicon",
    "NumberSlot",
    "Story",
    "held_out",
    "load_bank",
    "load_lexicon",
    "read_lexicon",
    "read_slot",
    "read_stories",
]

TOPICS = frozenset(
    """change;combine;compare;equal groups;sharing;rate;multiplicative comparison;unit price;money;
    profit and loss;percent;interest;fractions;ratio;average;speed;work;measurement;area;conversion;
    remainder;least and greatest;lcm and hcf;ages;several steps""".replace("\n    ", "").split(";")
)

_HELD_OUT_EVERY = 25
"""One story, scene or foreign row in so many is kept for calibration and never trained on."""

_NUMBER = re.compile(
    r"([a-z][a-z0-9]*)\s*:\s*([\d.]+)\s*\.\.\s*([\d.]+)(?:\s+step\s+([\d.]+))?\s*$"
)


@dataclass(frozen=True, slots=True)
class NumberSlot:
    """A number of a story: ``start + i * step`` with ``i`` up to ``last``, or given by ``derived``."""

    name: str
    start: Fraction = Fraction(0)
    step: Fraction = Fraction(1)
    last: int = 0
    derived: Expr | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A question on a story: its wordings and the expression that answers it."""

    wordings: tuple[str, ...]
    expression: Expr


@dataclass(frozen=True, slots=True)
class Story:
    """A story with everything its questions need; ``place`` is ``file:line`` for messages."""

    name: str
    place: str
    topic: str
    grade: int
    people: tuple[tuple[str, str], ...]
    things: tuple[tuple[str, str], ...]
    numbers: tuple[NumberSlot, ...]
    conditions: tuple[Condition, ...]
    wordings: tuple[str, ...]
    asks: tuple[Ask, ...]
    answer: Literal["whole", "decimal"] = "whole"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The word lists that slots draw from, by name."""

    lists: MappingProxyType[str, tuple[str, ...]]


@dataclass(slots=True)
class _Draft:
    name: str
    place: str
    topic: str = ""
    grade: int = 0
    people: list[tuple[str, str]] = field(default_factory=list)
    things: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[NumberSlot] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    wordings: list[str] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    answer: Literal["whole", "decimal"] = "whole"


def read_lexicon(text: str) -> Lexicon:
    """Read ``words.txt``: ``list: word word ...``.

    ``_`` joins the parts of one word; ``@other`` stands for the words of a list above.
    """
    lists: dict[str, tuple[str, ...]] = {}
    for _, line in content_lines(text):
        name, _, words = line.partition(":")
        found: list[str] = []
        for word in words.split():
            found += lists[word[1:]] if word[0] == "@" else (word.replace("_", " "),)
        lists[name.strip()] = tuple(found)
    return Lexicon(MappingProxyType(lists))


def read_stories(text: str, lexicon: Lexicon, *, source: str = "<text>") -> Iterator[Story]:
    """Read the stories of one bank file.

    Raises:
        InputError: for the first line that does not fit the format, naming ``source:line``.
    """
    for name, place, lines in read_blocks(text, source=source, kind="story"):
        draft = _Draft(name=name, place=place)
        for at, line in lines:
            try:
                _read_line(draft, line, lexicon, at)
            except GraphParseError as error:
                raise fault(at, str(error), "see docs/bank-format.md") from error
        yield _finish(draft)


def load_lexicon() -> Lexicon:
    """The shipped word lists."""
    return read_lexicon((_bank_folder() / "words.txt").read_text(encoding="utf-8"))


def load_bank(paths: Iterable[Traversable] | None = None) -> tuple[Story, ...]:
    """The stories of ``paths``, or of every shipped bank file, sorted by file name.

    Raises:
        InputError: a line does not fit the format, or two stories have one name.
    """
    lexicon = load_lexicon()
    if paths is None:
        others = {"words.txt", "distractors.txt"}
        paths = sorted(
            (
                p
                for p in _bank_folder().iterdir()
                if p.name.endswith(".txt") and p.name not in others
            ),
            key=lambda path: path.name,
        )
    return read_files(paths, lambda text, name: read_stories(text, lexicon, source=name))


def held_out(name: str) -> bool:
    """Whether the story, scene or row of this name is kept for calibration, whatever others join."""
    return zlib.crc32(name.encode()) % _HELD_OUT_EVERY == 0


def _bank_folder() -> Traversable:
    return resources.files("dagger_tools.corpus") / "bank"


def _read_line(draft: _Draft, line: str, lexicon: Lexicon, place: str) -> None:
    if match := re.match(r"(topic|grade|answer|story|ask)\s*:\s*(.*)", line):
        _read_field(draft, match[1], match[2].strip(), place)
        return
    keyword, _, rest = line.partition(" ")
    rest = rest.strip()
    if keyword == "person":
        draft.people.append(read_slot(rest, lexicon, place, default="person"))
    elif keyword == "thing":
        draft.things.append(read_slot(rest, lexicon, place))
    elif keyword == "number":
        draft.numbers.append(_read_number(rest, place))
    elif keyword == "where":
        draft.conditions.append(read_condition(rest))
    else:
        raise fault(place, f"unknown line {line[:40]!r}", "see docs/bank-format.md")


def _read_field(draft: _Draft, name: str, value: str, place: str) -> None:
    if name == "topic":
        if value not in TOPICS:
            raise fault(place, f"unknown topic {value!r}", f"one of {', '.join(sorted(TOPICS))}")
        draft.topic = value
    elif name == "grade":
        if not re.fullmatch(r"[1-9]|1[0-2]", value):
            raise fault(place, f"grade {value!r}", "a whole number from 1 to 12")
        draft.grade = int(value)
    elif name == "answer":
        if value != "decimal":
            raise fault(place, f"answer {value!r}", "leave it out, or say 'decimal'")
        draft.answer = "decimal"
    elif name == "story":
        draft.wordings.append(value)
    else:
        text, arrow, expression = value.rpartition("=>")
        if not arrow:
            raise fault(place, "a question without '=> expression'", "say what answers it")
        wordings = tuple(part.strip() for part in text.split("||") if part.strip())
        draft.asks.append(Ask(wordings, parse_expression(expression)))


def read_slot(text: str, lexicon: Lexicon, place: str, default: str = "") -> tuple[str, str]:
    """``p: list`` of a ``person`` or ``thing`` line: the slot's name and its list.

    Raises:
        InputError: there is no such list.
    """
    name, _, list_name = (part.strip() for part in text.partition(":"))
    list_name = list_name or default
    if list_name not in lexicon.lists:
        raise fault(place, f"no list {list_name!r} in words.txt", "use or add a list")
    return name, list_name


def _read_number(text: str, place: str) -> NumberSlot:
    if match := _NUMBER.match(text):
        name, start, stop, step = match.groups()
        first, each = Fraction(start), Fraction(step or 1)
        last = int((Fraction(stop) - first) / each) if each else -1
        if last < 0:
            raise fault(place, f"number {text!r} has no value", "write a range that holds one")
        return NumberSlot(name, first, each, last)
    name, equals, expression = text.partition("=")
    if not equals:
        raise fault(place, f"number {text!r}", "write 'a: 2..9', 'a: 5..50 step 5' or 'a = b * k'")
    return NumberSlot(name.strip(), derived=parse_expression(expression))


def _finish(draft: _Draft) -> Story:
    """Check that a story is whole: every slot it shows is declared, every operand is a number."""
    missing = [what for what in ("topic", "grade", "wordings", "asks") if not getattr(draft, what)]
    if missing:
        raise fault(draft.place, f"story {draft.name!r} lacks {', '.join(missing)}", "add them")
    numbers = {slot.name for slot in draft.numbers}
    declared = numbers | {name for name, _ in (*draft.people, *draft.things)}
    shown = set()
    for text in (*draft.wordings, *(w for ask in draft.asks for w in ask.wordings)):
        shown |= set(shown_slots(text))
    if unknown := sorted(shown - declared):
        raise fault(draft.place, f"{draft.name!r} shows undeclared slots {unknown}", "declare them")
    for ask in draft.asks:
        if strangers := sorted(set(references(ask.expression)) - numbers):
            hint = "declare them with 'number'"
            raise fault(draft.place, f"{draft.name!r} computes with {strangers}", hint)
    return Story(
        name=draft.name,
        place=draft.place,
        topic=draft.topic,
        grade=draft.grade,
        people=tuple(draft.people),
        things=tuple(draft.things),
        numbers=tuple(draft.numbers),
        conditions=tuple(draft.conditions),
        wordings=tuple(draft.wordings),
        asks=tuple(draft.asks),
        answer=draft.answer,
    )
