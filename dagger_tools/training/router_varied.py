"""The same message as others would type it: an order for a question, words for digits, speech, English.

A text written by hand is one way of saying a thing; the router meets the others.  What varies here
says nothing of whether a text is a question for us, so that the texts of both classes are varied.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from dagger_tools.text import normalised, to_words
from dagger_tools.text.romanise import romanise

__all__ = ["as_order", "as_spoken", "in_words", "mixed_with_english", "varied"]

_HOW_MANY_AT_END = re.compile(r"\s*কত(?:\s+(?:হবে|হয়|হলো|হল))?\s*[?।]?\s*$")
_ORDERS = ("নির্ণয় করো।", "নির্ণয় কর", "বের করো", "হিসাব করো।", "লেখো", "কত লিখ", "কত হবে", "কত")
_PLEAS = ("বলো", "বলেন", "বলো তো", "হিসাব করে বলো", "বের করে দেন", "লিখে দাও", "জানাবেন", "")
_SHORT_NUMERAL = re.compile(r"(?<![0-9০-৯.,/:])[0-9০-৯]{1,2}(?![0-9০-৯.,/:%°])")

_SPOKEN = {
    "কত": "কতো", "কয়টি": "কয়টা কয়ডা", "কতটি": "কয়টা কতটা কতগুলা কয়টি", "কয়জন": "কতজন",
    "কতজন": "কয়জন", "আছে": "আসে", "ছিল": "ছিলো", "ছিলেন": "ছিলো", "করেছে": "করসে করছে",
    "করেছেন": "করছে", "দিয়েছে": "দিসে দিছে", "নিয়েছে": "নিসে নিছে", "কিনেছে": "কিনসে কিনছে",
    "কিনেছেন": "কিনছে", "খেয়েছে": "খাইসে খাইছে", "পেয়েছে": "পাইসে পাইছে", "গিয়েছে": "গেসে",
    "দিল": "দিলো", "নিল": "নিলো", "কিনল": "কিনলো", "হবে": "হইব হইবো", "লাগবে": "লাগব লাগবো",
    "থাকবে": "থাকব থাকলো", "পাবে": "পাইব", "একটি": "একটা", "এখন": "এহন এখন", "তাহলে": "তাইলে",
    "থেকে": "থিকা থেকে", "দিয়ে": "দিয়া", "করে": "কইরা করে", "তাকে": "তারে", "সঙ্গে": "লগে সাথে",
    "জন্য": "লাইগা জন্যে", "কী": "কি", "কোনটি": "কোনটা", "তৈরি": "বানানো", "বলুন": "বলেন",
}  # fmt: skip
"""Words of books, and how chats write them."""
_ENGLISH = {
    "টাকা": "taka tk", "দাম": "price", "মূল্য": "price", "মোট": "total", "দিন": "day", "মাস": "month",
    "সপ্তাহ": "week", "বছর": "year", "ঘণ্টা": "hour", "মিনিট": "minute", "বই": "book", "কলম": "pen",
    "খাতা": "notebook", "ছাত্র": "student", "শিক্ষার্থী": "student", "শিক্ষক": "teacher",
    "গড়": "average", "শতাংশ": "percent", "লাভ": "profit", "ক্ষতি": "loss", "দোকান": "shop",
    "বাস": "bus", "গাড়ি": "car", "ট্রেন": "train", "স্কুল": "school", "আপেল": "apple",
    "চকলেট": "chocolate", "বাক্স": "box", "প্যাকেট": "packet", "দূরত্ব": "distance",
    "গতি": "speed", "বেগ": "speed", "সময়": "time", "ওজন": "weight", "সংখ্যা": "number",
    "উত্তর": "answer", "অঙ্ক": "math", "প্রশ্ন": "question", "দল": "team", "খেলা": "game",
    "মানুষ": "people", "বেতন": "salary", "ভাড়া": "rent", "ছাড়": "discount", "সরকার": "government",
    "দেশ": "country", "শহর": "city", "জেলা": "district", "রাজধানী": "capital", "নদী": "river",
}  # fmt: skip
"""Words that code-mixed messages have in English, of problems and of other talk alike."""
_APART = {"ের": " এর", "র": " এর", "ে": " এ", "য়": " এ", "কে": " কে", "টি": "টা", "টা": "টা", "": ""}
_WORD = re.compile(r"[\u0980-\u09e5]+")
_LATIN = 0.25
"""Share of the varied texts that are in Latin letters."""
_COUNTED = re.compile(r"(?<=[0-9০-৯])\s?টি(?=[\s,।])")


def _normal(table: dict[str, str]) -> dict[str, list[str]]:
    return {normalised(word): normalised(others).split(" ") for word, others in table.items()}


_SPOKEN_WORDS = _normal(_SPOKEN)
_ENGLISH_WORDS = {
    word + normalised(ending): [f"{other}{normalised(apart)}" for other in others]
    for word, others in _normal(_ENGLISH).items()
    for ending, apart in _APART.items()
}


def as_order(text: str, rng: random.Random) -> str:
    """The question without its mark, and mostly as an order: find, write, tell."""
    match = _HOW_MANY_AT_END.search(text)
    if match:
        return f"{text[: match.start()]} {rng.choice(_ORDERS)}"
    asked = text.rstrip()
    if not asked.endswith("?"):
        return text
    plea = "" if asked.isascii() else rng.choice(_PLEAS)
    return f"{asked.rstrip(' ?')} {plea}".rstrip()


def in_words(text: str, _rng: random.Random) -> str:
    """Numerals of one digit or two in words, where they are no part of a date, a time or a decimal."""
    return _SHORT_NUMERAL.sub(lambda match: to_words(int(match[0])), text)


def as_spoken(text: str, rng: random.Random) -> str:
    """In words of speech, things counted without a classifier or by টা."""
    text = _COUNTED.sub(lambda _: rng.choice(("টা", "টা", " টা", "")), normalised(text))
    return _replaced(text, _SPOKEN_WORDS, 0.8, rng)


def mixed_with_english(text: str, rng: random.Random) -> str:
    """With the English words that are common in Bangla chats, their endings apart."""
    return _replaced(normalised(text), _ENGLISH_WORDS, 0.8, rng)


_WAYS: Sequence[Callable[[str, random.Random], str]] = (
    as_order,
    in_words,
    as_spoken,
    mixed_with_english,
)


def varied(text: str, rng: random.Random) -> str:
    """``text`` in one or two other ways, sometimes in Latin letters; as it is where none applies."""
    for way in rng.sample(_WAYS, rng.randint(1, 2)):
        text = way(text, rng)
    return romanise(text, rng) if rng.random() < _LATIN else text


def _replaced(text: str, table: dict[str, list[str]], share: float, rng: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        others = table.get(match[0])
        return rng.choice(others) if others and rng.random() < share else match[0]

    return _WORD.sub(other, text)
