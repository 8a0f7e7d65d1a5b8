"""From a story of the bank to problems: numbers drawn, slots filled, the graph bound to the text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from dagger_tools.corpus.arithmetic import evaluate, in_order
from dagger_tools.corpus.bank import Ask, Lexicon, NumberSlot, Story
from dagger_tools.corpus.problem import Problem
from dagger_tools.errors import InputError
from dagger_tools.graph.compact import build_graph
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, references
from dagger_tools.text import Number, read_question, to_bangla_digits, to_words

__all__ = ["bind", "choose", "inflect", "realise", "write_number"]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z][a-z0-9]*)(?::([^}]*))?\}")
_VOWEL_ENDS = frozenset("ািীুূৃেৈোৌঅআইঈউঊঋএঐওঔ")
_DRAWS = 200
"""Draws of the numbers before a question is given up for this time."""


def inflect(word: str, ending: str) -> str:
    """``word`` with a case ending: genitive ``র``, objective ``কে``, locative ``এ``, or any other.

    After a vowel the genitive is র and the locative তে or য়; after a consonant ের and ে
    (S. K. Chatterji, *The Origin and Development of the Bengali Language*, on case endings).
    """
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

    Words are for whole numbers up to 100, the rest falls back to Bangla digits.
    """
    if value.denominator != 1:
        plain = repr(float(value))
        return plain if style == "ascii" else to_bangla_digits(plain)
    number = value.numerator
    # নয় is nine only where a classifier follows it
    if style == "words" and 2 <= number <= 100 and number != 9:
        return to_words(number)
    grouped = number >= 10_000 and rng.random() < 0.4
    plain = _indian_grouping(number) if grouped else str(number)
    return plain if style == "ascii" else to_bangla_digits(plain)


def realise(story: Story, ask: Ask, lexicon: Lexicon, rng: random.Random) -> Problem | None:
    """One problem of this family, or None when no draw of its numbers fits within bounds.

    Raises:
        InputError: the family is at fault: a number it computes with is not in the text, or the
            text's numbers cannot be found again.
    """
    numbers = _draw_numbers(story, ask, rng)
    if numbers is None:
        return None
    words = _draw_words(story, lexicon, rng)
    style = rng.choices(("bangla", "ascii", "words"), (0.62, 0.23, 0.15))[0]
    wording, question = rng.choice(story.wordings), rng.choice(ask.wordings)
    template = choose(f"{wording} {question}", rng)
    text, placed = _fill(
        template,
        words,
        numbers,
        respected=lexicon.lists["elder"],
        write=lambda value: write_number(value, rng, style=style),
    )
    family = f"{story.name}/{story.asks.index(ask) + 1}"
    compact = bind(text, placed, ask.expression, place=f"{story.place} ({family})")
    thing = next((words[name] for name, _ in story.things if f"{{{name}" in template), None)
    return Problem(
        question=text,
        compact=compact,
        answer=evaluate(ask.expression, numbers),
        family=family,
        topic=story.topic,
        grade=story.grade,
        thing=thing,
        names_owner=any(f"{{{person}" in question for person, _ in story.people),
    )


def bind(text: str, placed: Mapping[int, str], expression: Expr, *, place: str) -> str:
    """The compact notation of ``expression`` over the numbers found in ``text``.

    ``placed`` says which letter stands at which offset.  A literal of the expression is bound to a
    number that the text itself writes in words (দুই ভাই); what is left over is a distractor.
    """
    found = read_question(text).numbers
    names: dict[str, str] = {}
    free: list[tuple[int, Number]] = []
    for index, number in enumerate(found, start=1):
        if (letter := placed.get(number.start)) is not None:
            names.setdefault(letter, f"n{index}")
        else:
            free.append((index, number))
    lost = sorted(set(placed.values()) - set(names)) + sorted(
        set(references(expression)) - set(names)
    )
    if lost:
        raise InputError(f"{place}: numbers {lost} cannot be found in {text!r}", hint="reword it")

    def rewrite(expr: Expr) -> Expr:
        match expr:
            case Ref(name):
                return Ref(names[name])
            case Literal(value):
                index = next((i for i, number in free if number.value == value), None)
                return expr if index is None else Ref(f"n{index}")
            case Call(op, args):
                return Call(op, tuple(rewrite(arg) for arg in args))

    bound = in_order(rewrite(expression))
    used = set(references(bound))
    flagged = [i for i in range(1, len(found) + 1) if f"n{i}" not in used]
    return build_graph(bound, found, flagged).compact(found)


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
    return slot.start + slot.step * rng.randint(0, int((slot.stop - slot.start) / slot.step))


def _draw_words(story: Story, lexicon: Lexicon, rng: random.Random) -> dict[str, str]:
    words: dict[str, str] = {}
    for name, list_name in (*story.people, *story.things):
        taken = set(words.values())
        words[name] = rng.choice([word for word in lexicon.lists[list_name] if word not in taken])
    return words


def _fill(
    template: str,
    words: Mapping[str, str],
    numbers: Mapping[str, Fraction],
    respected: Collection[str],
    write: Callable[[Fraction], str],
) -> tuple[str, dict[int, str]]:
    """The text, and which number's letter stands at which offset of it.

    ``{p:সে/তিনি}`` takes the honorific form where the person is one of ``respected``.
    """
    parts: list[str] = []
    placed: dict[int, str] = {}
    length = end = 0
    for match in _SLOT.finditer(template):
        name, ending = match[1], match[2] or ""
        if name in numbers:
            filled = write(numbers[name]) + ending
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
