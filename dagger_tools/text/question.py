"""A text read once at the edge: its quantities, and what it asks for."""

from __future__ import annotations

import re
from fractions import Fraction

from dagger_tools.errors import InputError
from dagger_tools.text.normalise import normalised
from dagger_tools.text.number import Question
from dagger_tools.text.numerals import find_numbers
from dagger_tools.text.units import find_unit, strip_ending
from dagger_tools.text.words import format_number

__all__ = ["MAX_QUESTION_CHARS", "check_text", "format_quantity", "read_question"]

MAX_QUESTION_CHARS = 10_000
"""A longer text is no question; what a person types in one message is far below it."""

_ASKED = re.compile(
    r"(?:কতো|কত|কয়|ক')\s?(টি|টা|টে|টো|জন|খানা|খানি|খান|গুলি|গুলো)?(?:র|কে|ের)?(?![\u0980-\u09e5])"
    r"[\s,]*([\u0980-\u09e5%]+)?(?:\s+([\u0980-\u09e5]+))?"
    r"|কত(দিন|মাস|বছর|ঘণ্টা|ঘন্টা|মিনিট)"
)
_PRICE = re.compile(r"(দাম|মূল্য|খরচ|লাভ|ক্ষতি|আয়|বেতন|ভাড়া)[\u0980-\u09e5]*\s+(?:মোট\s+)?(?:কত|হবে কত)")
_NO_NOUN = frozenset(
    """আছে ছিল রয়েছে হবে হল হলো হয় বাকি বেশি কম আরও আরো দিয়েছে পাবে লাগবে বিক্রি কিনেছিল খেয়েছে পেয়েছে করেছে
    ছিলো থাকবে দিতে বড় ছোট ভাগ গুণ করে থেকে মোট করতে কিনতে দূর দ্রুত করেছেন করেছিলেন করেছিল দিয়েছিল""".split()
)


def check_text(text: str) -> str:
    """``text`` normalised, if it may be a question.

    Raises:
        InputError: the text is empty, no valid Unicode, no text at all, or has more than
            ``MAX_QUESTION_CHARS`` characters.
    """
    if not isinstance(text, str):
        raise InputError(f"a question is a text, not {type(text).__name__}", hint="pass a str")
    if len(text) > MAX_QUESTION_CHARS:
        raise InputError(
            f"the question has {len(text):,} characters; {MAX_QUESTION_CHARS:,} are read",
            hint="send the question alone",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        place = f"character {error.start}"
        raise InputError(f"{place} is half a character", hint="send valid Unicode") from error
    plain = normalised(text)
    if not plain.strip():
        raise InputError("the question is empty", hint="send a question in Bangla")
    return plain


def read_question(text: str) -> Question:
    """Find a text's quantities and what it asks for.

    Raises:
        InputError: the text may be no question (see ``check_text``).
    """
    plain = check_text(text)
    numbers = tuple(number for number in find_numbers(text) if number.is_quantity)
    unit, noun, classifier = _asked(plain)
    if unit is None and noun is None and _PRICE.search(plain):
        currencies = {n.unit for n in numbers if n.unit in ("টাকা", "ডলার", "রুপি")}
        unit = currencies.pop() if len(currencies) == 1 else None
    return Question(text, numbers, unit, noun, classifier)


def format_quantity(value: Fraction | float, question: Question) -> str:
    """The answer as a Bangla reader writes it: ``৫০০ টাকা``, ``৫টি কলম``, ``২০%``."""
    number = format_number(value)
    if question.asked_unit == "%":
        return f"{number}%"
    if question.asked_unit:
        return f"{number} {question.asked_unit}"
    classifier = question.asked_classifier or ""
    if classifier in ("গুলি", "গুলো"):
        classifier = "টি"
    counted = f"{number} {classifier}" if classifier == "জন" else f"{number}{classifier}"
    return f"{counted} {question.asked_noun}" if question.asked_noun else counted


def _asked(plain: str) -> tuple[str | None, str | None, str | None]:
    """Unit, noun and classifier of the last "how many" of the text."""
    matches = list(_ASKED.finditer(plain))
    if not matches:
        return None, None, None
    match = matches[-1]
    classifier, first, _, glued = match.groups()
    if match[0].startswith("কতটা"):
        classifier = None  # "how much", where কয়টা is "how many"
    if plain[: match.start()].rstrip().endswith("শতকরা"):
        return "%", None, None
    if glued:
        unit = find_unit(glued)
        return (unit.name if unit else None), None, None
    if first is None or first in _NO_NOUN:
        return None, None, classifier
    unit = find_unit(first)
    if unit is not None and classifier is None:
        return unit.name, None, None
    if first == "ভাগ" or (first == "শতাংশ"):
        return "%", None, None
    noun = strip_ending(first) if first.endswith(("গুলি", "গুলো", "টি", "টা")) else first
    return None, noun or first, classifier
