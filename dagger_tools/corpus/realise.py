"""From a story of the bank to problems: numbers drawn, slots filled, the graph bound to the text."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

from dagger_tools.corpus.arithmetic import evaluate, in_order
from dagger_tools.corpus.bank import Ask, Lexicon, NumberSlot, Story
from dagger_tools.corpus.blocks import SLOT
from dagger_tools.corpus.problem import Draft, Problem
from dagger_tools.errors import InputError
from dagger_tools.graph.compact import build_graph
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, references
from dagger_tools.text import (
    Question,
    normalised,
    read_question,
    share_in_words,
    to_bangla_digits,
    to_words,
)

__all__ = [
    "PRONOUN",
    "bind",
    "choose",
    "compose",
    "counted_thing",
    "draw_words",
    "fill",
    "find_again",
    "inflect",
    "names_owner",
    "realise",
    "write_draft",
    "write_number",
]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_VOWEL_ENDS = frozenset("ািীুূৃেৈোৌঅআইঈউঊঋএঐওঔ")
_EVERYBODY = re.compile(
    normalised("সব মিলিয়ে|একত্রে|একসাথে|একসঙ্গে|মিলিয়ে|মিলে|সবার|সবাই|সকলে|তারা|তাঁরা|তাদের|তাঁদের")
)
PRONOUN = re.compile("(?<![\u0980-\u09e5])(?:সে|তিনি|তার|তাঁর|তাকে|তাঁকে)(?![\u0980-\u09e5])")
_COUNTED = re.compile(r"\s?(?:টি|টা|টে|টো)(?![\u0980-\u09e5])")
_SIGNS = frozenset("%$৳:+×÷=/")
_DRAWS = 200
"""Draws of the numbers before a question is given up for this time."""


def inflect(word: str, ending: str) -> str:
    """``word`` with a case ending: genitive ``র``, objective ``কে``, locative ``এ``, or any other.

    After a vowel the genitive is র and the locative তে or য়; after a consonant ের and ে; after a
    vowel that stands by itself (বই, লাউ) and after ং (রিং) য়ের and য়ে
    (S. K. Chatterji, *The Origin and Development of the Bengali Language*, on case endings).
    """
    if word[-1] in "ইউং" and ending in ("র", "এ"):
        return normalised(word + ("য়ের" if ending == "র" else "য়ে"))
    after_vowel = word[-1] in _VOWEL_ENDS
    if ending == "র":
        return word + ("র" if after_vowel else "ের")
    if ending == "এ":
        if not after_vowel:
            return word + "ে"
        return word + ("য়" if word[-1] in "াআ" else "তে")
    return word + ending


def choose(text: str, rng: random.Random) -> str:
    """``text`` with each ``[one|another]`` decided, inner choices first."""
    while True:
        chosen = _CHOICE.sub(lambda match: rng.choice(match[1].split("|")), text)
        if chosen == text:
            return re.sub(r" {2,}", " ", text).strip()
        text = chosen


def write_number(value: Fraction, rng: random.Random, *, style: str) -> str:
    """A number as a text shows it; ``style`` is ``bangla``, ``ascii`` or ``words``.

    Words are for whole numbers below 100, the rest falls back to Bangla digits.  What is less than
    one is a part of a whole, in either style: এক-চতুর্থাংশ, ১/৪ অংশ.
    """
    if 0 < value < 1 and (words := share_in_words(value)):
        digits = str(value) if style == "ascii" else to_bangla_digits(str(value))
        return words if style == "words" or rng.random() < 0.5 else f"{digits} অংশ"
    if value.denominator != 1:
        plain = repr(float(value))
        return plain if style == "ascii" else to_bangla_digits(plain)
    number = value.numerator
    # নয় is nine only where a classifier follows it
    if style == "words" and 2 <= number < 100 and number != 9:
        return to_words(number)
    grouped = number >= 10_000 and rng.random() < 0.4
    plain = _indian_grouping(number) if grouped else str(number)
    return plain if style == "ascii" else to_bangla_digits(plain)


def realise(story: Story, ask: Ask, lexicon: Lexicon, rng: random.Random) -> Problem | None:
    """One problem of this family, or None when no draw of its numbers fits within bounds.

    Raises:
        InputError: the family is at fault (see ``bind``).
    """
    draft = compose(story, ask, lexicon, rng)
    return None if draft is None else bind(draft)


def compose(story: Story, ask: Ask, lexicon: Lexicon, rng: random.Random) -> Draft | None:
    """The text of one problem of this family, or None when no draw of its numbers fits."""
    numbers = _draw_numbers(story, ask, rng)
    if numbers is None:
        return None
    words = draw_words((*story.people, *story.things), lexicon, rng)
    wording, question = rng.choice(story.wordings), rng.choice(ask.wordings)
    family = f"{story.name}/{story.asks.index(ask) + 1}"
    return write_draft(
        f"{wording} {question}",
        lexicon,
        rng,
        words=words,
        numbers=numbers,
        people=[name for name, _ in story.people],
        things=[name for name, _ in story.things],
        expression=ask.expression,
        answer=evaluate(ask.expression, numbers),
        place=f"{story.place} ({family})",
        family=family,
        topic=story.topic,
        grade=story.grade,
    )


def write_draft(
    template: str,
    lexicon: Lexicon,
    rng: random.Random,
    *,
    words: Mapping[str, str],
    numbers: Mapping[str, Fraction],
    people: Iterable[str],
    things: Iterable[str],
    **known: Any,
) -> Draft:
    """The draft that a template becomes with words and numbers in its slots.

    ``people`` and ``things`` are the slots of names and things, whether shown or not; ``known`` are the
    draft's fields that do not come of the text.
    """
    template = choose(template, rng)
    respected, countable = lexicon.lists["elder"], lexicon.lists["countable"]
    text, placed = fill(template, words, numbers, respected, rng)
    named = [words[slot] for slot in people if f"{{{slot}" in template]
    counted = [words[slot] for slot in things if f"{{{slot}" in template]
    return Draft(
        text=text,
        placed=placed,
        numbers=numbers,
        # sentences are written in plain forms: nobody of respect becomes their subject
        person=next((name for name in named[:1] if name not in respected), None),
        thing=next((thing for thing in counted if thing in countable), None),
        people=tuple(named),
        names_owner=names_owner(text, named),
        **known,
    )


def counted_thing(read: Question) -> str | None:
    """The first thing that the text counts with টি or টা."""
    nouns = (n.noun for n in read.numbers if n.noun and _COUNTED.match(read.text, n.end))
    return next(nouns, None)


def names_owner(text: str, people: Collection[str]) -> bool:
    """Whether the question at the end of ``text`` says whose things it asks for.

    If it does not, or asks for everybody's, things of somebody else would count.
    """
    last = normalised(re.split(r"(?<=[।?!])\s+", text.strip())[-1])
    if _EVERYBODY.search(last):
        return False
    return bool(PRONOUN.search(last)) or any(normalised(name) in last for name in people)


def find_again(draft: Draft) -> tuple[Question, dict[str, str]]:
    """The draft's text read, and the number ``n1``, ``n2``, ... that each placed letter is now.

    Raises:
        InputError: a number that was placed is not read at its place, or not as that number.
    """
    read = read_question(draft.text)
    names: dict[str, str] = {}
    for index, number in enumerate(read.numbers, start=1):
        letter = draft.placed.get(number.start)
        if letter is not None and number.value == draft.numbers[letter]:
            names.setdefault(letter, f"n{index}")
    if lost := sorted(set(draft.placed.values()) - set(names)):
        raise InputError(
            f"{draft.place}: numbers {lost} cannot be found in {draft.text!r}", hint="reword it"
        )
    return read, names


def bind(draft: Draft) -> Problem:
    """Find the draft's numbers again in its text, and build the graph over them.

    A literal of the expression is bound to a number that the text itself writes in words
    (দুই ভাই); every number that the answer does not need is flagged.

    Raises:
        InputError: there is no expression, or a number that was placed or is needed is not found.
    """
    if draft.expression is None:
        raise InputError(f"{draft.place} has no graph", hint="give it one")
    read, names = find_again(draft)
    if lost := sorted(set(references(draft.expression)) - set(names)):
        raise InputError(
            f"{draft.place}: the answer needs {lost}, which are not in {draft.text!r}",
            hint="show them, or compute with others",
        )
    named = set(names.values())
    free = [(i, n) for i, n in enumerate(read.numbers, start=1) if f"n{i}" not in named]

    def take(value: Fraction) -> Ref | None:
        """The first number of the text's own of this value, each once while there are others."""
        fitting = [(i, n) for i, n in free if n.value == value]
        if not fitting:
            return None
        if len(fitting) > 1:
            free.remove(fitting[0])
        return Ref(f"n{fitting[0][0]}")

    def rewrite(expr: Expr) -> Expr:
        match expr:
            case Ref(name):
                return Ref(names[name])
            case Literal(value):
                return take(value) or expr
            case Call("div", (dividend, Literal(value))) if value > 1:
                # divided by 3 where the text says এক-তৃতীয়াংশ: times that number of its own
                share = take(value) or take(1 / value)
                if share is None:
                    return Call("div", (rewrite(dividend), Literal(value)))
                as_written = read.numbers[int(share.name[1:]) - 1].value
                op = "div" if as_written == value else "mul"
                return Call(op, (rewrite(dividend), share))
            case Call(op, args):
                return Call(op, tuple(rewrite(arg) for arg in args))

    expression = in_order(rewrite(draft.expression))
    used = set(references(expression))
    flagged = [i for i in range(1, len(read.numbers) + 1) if f"n{i}" not in used]
    return Problem(read, expression, build_graph(expression, read.numbers, flagged), draft)


def _draw_numbers(story: Story, ask: Ask, rng: random.Random) -> dict[str, Fraction] | None:
    for _ in range(_DRAWS):
        numbers: dict[str, Fraction] = {}
        try:
            for slot in story.numbers:
                numbers[slot.name] = _draw(slot, numbers, rng)
            answer = evaluate(ask.expression, numbers)
            if not all(condition.holds(numbers) for condition in story.conditions):
                continue
        except ArithmeticError:
            continue
        whole_enough = answer.denominator == 1 or (
            story.answer == "decimal" and 1000 % answer.denominator == 0
        )
        if answer >= 0 and whole_enough:
            return numbers
    return None


def _draw(slot: NumberSlot, numbers: Mapping[str, Fraction], rng: random.Random) -> Fraction:
    if slot.derived is not None:
        return evaluate(slot.derived, numbers)
    place = rng.randint(0, slot.last)
    if slot.start.denominator == slot.step.denominator == 1:
        return Fraction(slot.start.numerator + slot.step.numerator * place)
    return slot.start + slot.step * place


def draw_words(
    slots: Iterable[tuple[str, str]],
    lexicon: Lexicon,
    rng: random.Random,
    *,
    taken: Iterable[str] = (),
) -> dict[str, str]:
    """A word for each slot (its name, its list), all different and none of those ``taken``."""
    words: dict[str, str] = {}
    told = set(taken)
    for name, list_name in slots:
        words[name] = rng.choice([word for word in lexicon.lists[list_name] if word not in told])
        told.add(words[name])
    return words


def fill(
    template: str,
    words: Mapping[str, str],
    numbers: Mapping[str, Fraction],
    respected: Collection[str],
    rng: random.Random,
) -> tuple[str, dict[int, str]]:
    """The text, its numbers all in one style, and which number's letter stands at which offset.

    ``{p:সে/তিনি}`` takes the honorific form where the person is one of ``respected``.
    """
    style = rng.choices(("bangla", "ascii", "words"), (0.62, 0.23, 0.15))[0]
    parts: list[str] = []
    placed: dict[int, str] = {}
    length = end = 0
    for match in SLOT.finditer(template):
        name, ending = match[1], match[2] or ""
        if name in numbers:
            # nobody writes a number word beside a sign
            by_sign = template[: match.start()].rstrip()[-1:] in _SIGNS
            by_sign = by_sign or template[match.end() : match.end() + 1] in _SIGNS
            plain_style = "bangla" if by_sign and style == "words" else style
            filled = write_number(numbers[name], rng, style=plain_style) + ending
        elif "/" in ending:
            plain, _, honorific = ending.partition("/")
            filled = honorific if words[name] in respected else plain
        else:
            filled = inflect(words[name], ending) if ending else words[name]
        between = template[end : match.start()]
        length += len(between)
        if name in numbers:
            placed[length] = name
        parts += (between, filled)
        length += len(filled)
        end = match.end()
    parts.append(template[end:])
    return "".join(parts), placed


def _indian_grouping(number: int) -> str:
    head, tail = divmod(number, 1000)
    groups: list[str] = []
    while head:
        head, pair = divmod(head, 100)
        groups.append(f"{pair:02d}")
    return ",".join([*reversed(groups), f"{tail:03d}"]).lstrip("0")
