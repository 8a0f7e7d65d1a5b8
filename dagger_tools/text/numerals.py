"""The numbers of a Bangla text: digits, words, fractions, ratios, multiples, with exact values.

One pass over the tokens; at each place the longest reading wins.  A number word is a number only
where it counts something or stands as one: নয় is nine before টি or হাজার and "is not" elsewhere, and
একটি is "a".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from dagger_tools.text.lexer import Token, ascii_digits, tokens
from dagger_tools.text.normalise import normalise, normalised
from dagger_tools.text.number import Number, NumberKind
from dagger_tools.text.spellings import VALUES
from dagger_tools.text.units import CURRENCY_SIGNS, find_unit, strip_ending
from dagger_tools.text.wordforms import (
    AMBIGUOUS,
    CLASSIFIERS,
    DENOMINATORS,
    MODIFIERS,
    MULTIPLES,
    ORDINAL_TAILS,
    ORDINALS,
    SCALES,
    analyse,
)

__all__ = ["find_numbers", "parse_number", "split_unit"]

MAX_DIGITS = 4_000
"""Digits read of one run: below the limit that CPython itself puts on int() of a text."""

_PERCENT = frozenset({"%", "শতাংশ", "শতাংশের", "পার্সেন্ট", "percent", "ভাগ"})
_TIMES_OF_DAY = ("সকাল", "দুপুর", "বিকাল", "বিকেল", "সন্ধ্যা", "রাত", "ভোর")
_OCLOCK = frozenset({"টা", "টায়", "টার", "am", "pm", "AM", "PM"})
_TIMES = frozenset({"গুণ", "গুন", "গুণের", "গুনের", "গুণেরও"})
_NO_NOUN = frozenset(
    """আছে ছিল ছিলো রয়েছে থেকে করে দিয়ে এবং ও বা বেশি কম আরও আরো হলে হয় হল হলো নিয়ে পর পরে আগে মধ্যে
    করলে দিলে দিল পায় গেল কত কি কী যদি তবে তাহলে প্রতি ভাগ করেন দেয় খেল বিক্রি কিনল সমান যোগ বিয়োগ বাকি
    মোট এর কে সাথে সঙ্গে পেল কিনে চেয়ে নতুন অন্য মাত্র""".split()
)


@dataclass(frozen=True, slots=True)
class _Raw:
    """A number in the normalised text: ``after`` is the token after it, ``tail`` what is glued on."""

    value: Fraction
    start: int
    end: int
    after: int
    kind: NumberKind = "integer"
    unit: str | None = None
    noun: str | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True)
class _Atom:
    """One token of a cardinal: ``value`` is None for a scale alone; ``letters`` say the number."""

    value: Fraction | None
    scale: int
    letters: int
    tail: str = ""
    fraction: bool = False


def find_numbers(text: str) -> tuple[Number, ...]:
    """Every number of ``text`` in order, spans in code points of ``text`` itself."""
    whole = normalise(text)
    numbers = []
    for raw in _scan(whole.text):
        start = whole.offsets[raw.start]
        # the numeral ends with its last letter; what was dropped behind it belongs to what follows
        end = max(start + 1, whole.offsets[raw.end])
        while end > start + 1 and not text[end - 1].isprintable():
            end -= 1
        numbers.append(Number(text[start:end], raw.value, start, end, raw.kind, raw.unit, raw.noun))
    return tuple(numbers)


def parse_number(text: str) -> Fraction:
    """The one number that ``text`` is: digits, grouping, decimals, ``a/b``, or words.

    Raises:
        ValueError: it is no number, or more than one, or a number with something stuck on.
    """
    value, unit = split_unit(text)
    if unit is not None:
        raise ValueError(f"{text[:60]!r} is a number with {unit[:40]!r} stuck on")
    return value


def split_unit(text: str) -> tuple[Fraction, str | None]:
    """A number and what is stuck on it: ``12kg`` is 12 and ``কেজি``, ``৫টি`` is 5 and ``টি``.

    A unit is canonical where it is known, else as written.

    Raises:
        ValueError: the text does not begin with exactly one number.
    """
    plain = normalised(text).strip()
    if plain in VALUES:
        return Fraction(VALUES[plain]), None
    found = _scan(plain, lone=True)
    before = plain[: found[0].start].strip() if found else ""
    if len(found) != 1 or (before and before not in CURRENCY_SIGNS):
        raise ValueError(f"{text[:60]!r} is not one number")
    number = found[0]
    rest = plain[number.end :].strip()
    if number.kind == "percent":
        return number.value, "%"
    if not rest:
        return number.value, CURRENCY_SIGNS.get(before)
    unit = find_unit(rest)
    return number.value, unit.name if unit else rest


def _scan(text: str, *, lone: bool = False) -> list[_Raw]:
    """The numbers of normalised text; ``lone`` reads ambiguous words as numbers."""
    reader = _Reader(text, list(tokens(text)), lone=lone)
    found: list[_Raw] = []
    at = 0
    while at < len(reader.tokens):
        token = reader.tokens[at]
        raws = reader.read(at) if token.kind != "word" or _may_begin(token.text) else []
        found += raws
        at = raws[-1].after if raws else at + 1
    return found


@lru_cache(maxsize=4096)
def _may_begin(word: str) -> bool:
    """Whether a number can begin with this word; with nearly every word of a text none does."""
    return (
        word in ORDINALS
        or word in MULTIPLES
        or word in MODIFIERS
        or word == "মাইনাস"
        or analyse(word) is not None
    )


class _Reader:
    """The readings of a number at one token, tried from the longest to the shortest."""

    def __init__(self, text: str, tokens_: Sequence[Token], *, lone: bool) -> None:
        self.text, self.tokens, self.lone = text, tokens_, lone

    def read(self, at: int) -> list[_Raw]:
        """The numbers that begin at token ``at``: none, one, or the parts of a ratio."""
        token = self.tokens[at]
        if token.text == "-" or token.text == "মাইনাস":
            return self._negative(at)
        if token.text in ORDINALS:
            value = Fraction(ORDINALS[token.text])
            return [_Raw(value, token.start, token.end, at + 1, "ordinal")]
        if token.text in MULTIPLES:
            value = Fraction(MULTIPLES[token.text])
            return [_Raw(value, token.start, token.end, at + 1, "multiple")]
        if token.kind == "numeral":
            if self._is_name(at):
                return []
            if joined := self._joined(at):
                return joined
        elif token.kind == "sign":
            return []
        raw = self._cardinal(at)
        if raw is None or self._is_negation(raw, at):
            return []
        return [self._marked(raw, at)]

    def word(self, at: int) -> str:
        """The token's text, or nothing beyond the ends."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def _is_numeral(self, at: int) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].kind == "numeral"

    def _is_name(self, at: int) -> bool:
        """A4 and n1 are names; Tk500 is an amount."""
        before = self.word(at - 1)
        if not before.isascii() or not before.isalpha() or find_unit(before):
            return False
        return self.tokens[at - 1].end == self.tokens[at].start

    def _negative(self, at: int) -> list[_Raw]:
        token = self.tokens[at]
        if token.text == "-":
            before = self.text[max(0, token.start - 8) : token.start]
            glued = self._is_numeral(at + 1) and self.tokens[at + 1].start == token.end
            # a sign stands apart from what is before it; after a number it is a subtraction
            apart = not before.strip() or before[-1] in " (=,:।?!<>"
            minus = self._is_numeral(at - 1) or self.word(at - 1) == ")"
            if not glued or not apart or minus:
                return []
        if at + 1 >= len(self.tokens) or self.word(at + 1) in ("-", "মাইনাস"):
            return []
        inner = self.read(at + 1)
        if len(inner) != 1 or not inner[0].value:
            return inner
        return [replace(inner[0], value=-inner[0].value, start=token.start)]

    def _joined(self, at: int) -> list[_Raw]:
        """Numerals that a sign joins: ``১/২``, ``২ ১/২``, ``৫:৬``, ``৯:৩০``."""
        token = self.tokens[at]
        value = _digits(token)
        if self._is_numeral(at + 1) and value.denominator == 1:
            part = self._fraction(at + 1)
            if part is not None and part.value < 1:
                return [
                    self._marked(replace(part, value=value + part.value, start=token.start), at)
                ]
        if self.word(at + 1) in _VULGAR:
            part_value = Fraction(unicodedata.numeric(self.word(at + 1))).limit_denominator(10)
            end = self.tokens[at + 1].end
            raw = _Raw(value + part_value, token.start, end, at + 2, "fraction")
            return [self._marked(raw, at)]
        fraction = self._fraction(at)
        if fraction is not None:
            return [self._marked(fraction, at)]
        return self._ratio(at)

    def _fraction(self, at: int) -> _Raw | None:
        if self.word(at + 1) != "/" or not self._is_numeral(at + 2) or self.word(at + 3) == "/":
            return None
        top, bottom = _digits(self.tokens[at]), _digits(self.tokens[at + 2])
        if bottom == 0:
            return None
        start, end = self.tokens[at].start, self.tokens[at + 2].end
        return _Raw(top / bottom, start, end, at + 3, "fraction")

    def _ratio(self, at: int) -> list[_Raw]:
        sign = self.word(at + 1)
        if sign not in (":", "ঃ") or not self._is_numeral(at + 2):
            return []
        places = [at]
        while self.word(places[-1] + 1) == sign and self._is_numeral(places[-1] + 2):
            places.append(places[-1] + 2)
        values = [_digits(self.tokens[place]) for place in places]
        start, end, after = self.tokens[at].start, self.tokens[places[-1]].end, places[-1] + 1
        if len(places) == 2 and values[0] <= 24 and values[1] < 60:
            two_digits = end - self.tokens[places[1]].start == 2
            timely = self.word(at - 1).startswith(_TIMES_OF_DAY) or self.word(after) in _OCLOCK
            if two_digits and timely:
                hours = values[0] + values[1] / 60
                return [_Raw(hours, start, end, after, "clock", "ঘণ্টা")]
        spans = [(self.tokens[place].start, self.tokens[place].end) for place in places]
        return [
            _Raw(value, *span, after, "ratio") for value, span in zip(values, spans, strict=True)
        ]

    def _cardinal(self, at: int) -> _Raw | None:
        """Digits and words with scales: ৫ লাখ ২০ হাজার, সাড়ে তিন হাজার, দুই শো কোটি নয়."""
        start = at
        add = MODIFIERS.get(self.word(at), _ZERO)
        at += bool(add)
        total = _ZERO
        current: Fraction | None = None  # what no thousand, lakh or crore has closed yet
        ceiling = _CRORE  # the next part must be smaller than the last scale
        end, tail, fraction = -1, "", False
        while not tail and (atom := self._atom(at)) is not None:
            value = atom.value
            if value is None:
                if end < 0 and not self._is_money(at + 1) and not self.lone:
                    return None  # হাজার হাজার মানুষ: a scale without a count, but for money
                if end < 0:
                    current = Fraction(1)
                elif current is None and atom.scale != SCALES["কোটি"]:
                    break
            else:
                if current is not None and not (
                    current >= 100 and current % 100 == 0 and value < 100
                ):
                    break
                if value >= ceiling and end >= 0:
                    break
                if self._is_numeral(at) and end >= 0 and ceiling == _CRORE and not total:
                    break
                value, add = value + add, _ZERO
                current = value if current is None else current + value
            if atom.scale == 100:
                current = (current or _ZERO) * 100
            elif atom.scale > 1:
                if atom.scale > ceiling:
                    break
                part = current or _ZERO
                if atom.scale == SCALES["কোটি"]:
                    total = (total + part) * atom.scale  # ten lakh crore: all that came before
                else:
                    total += part * atom.scale
                current, ceiling = None, Fraction(atom.scale)
            end = self.tokens[at].start + atom.letters
            tail = atom.tail
            fraction = fraction or atom.fraction or self.word(start) in MODIFIERS
            at += 1
        if end < 0:
            return None
        value = total + (current or _ZERO)
        kind: NumberKind = "integer"
        if value.denominator != 1:
            kind = "fraction" if fraction else "decimal"
        return _Raw(value, self.tokens[start].start, end, at, kind, tail=tail)

    def _atom(self, at: int) -> _Atom | None:
        if at >= len(self.tokens):
            return None
        token = self.tokens[at]
        if token.kind == "numeral":
            glued = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            tail = glued.text if glued and glued.start == token.end and glued.kind == "word" else ""
            scaled = analyse(tail) if tail else None
            if scaled is not None and scaled.value is None:
                tail = ""  # ৫হাজার: the scale is the next token
            return _Atom(_digits(token), 1, len(token.text), tail)
        if token.kind == "vulgar":
            value = Fraction(unicodedata.numeric(token.text)).limit_denominator(10)
            return _Atom(value, 1, 1, fraction=True)
        form = analyse(token.text) if token.kind == "word" else None
        if form is None:
            return None
        return _Atom(form.value, form.scale, form.letters, form.tail, form.fraction)

    def _marked(self, raw: _Raw, at: int) -> _Raw:
        """``raw`` with its kind, unit and noun, from what stands around it."""
        after, tail = raw.after, raw.tail
        if self._is_numeral(after - 1) and tail:
            after += 1  # the glued word is a token of its own
        if tail in ORDINAL_TAILS and self._is_numeral(at):
            return replace(raw, kind="ordinal", after=after)
        denominator = DENOMINATORS.get(self._denominator(raw.after))
        if denominator and not tail:
            after = raw.after + (2 if self.word(raw.after) == "-" else 1)
            end = self.tokens[after - 1].start + len(_part(self.tokens[after - 1].text))
            raw = replace(raw, value=raw.value / denominator, end=end, kind="fraction", after=after)
            return replace(raw, noun=self._noun(after))
        if (tail in _TIMES or self.word(after) in _TIMES) and raw.kind != "fraction":
            return replace(raw, kind="multiple", after=after + (tail not in _TIMES))
        percent = self.word(after) if self.word(after) in _PERCENT - {"ভাগ"} else ""
        if percent or self.word(at - 1) == "শতকরা":
            after += 1 if self.word(after) in _PERCENT else 0
            return replace(raw, kind="percent", unit="%", after=after)
        if self._is_article(raw, at):
            return replace(raw, kind="article", after=after)
        return replace(raw, unit=self._unit(raw, at, after), noun=self._noun(after), after=after)

    def _denominator(self, at: int) -> str:
        if self.word(at) == "-":
            at += 1
        return _part(self.word(at))

    def _is_article(self, raw: _Raw, at: int) -> bool:
        """একটি is "a"; এক counts only before a unit that is measured (এক কেজি, এক ঘণ্টা)."""
        if raw.value != 1 or self.tokens[at].kind != "word" or self.lone:
            return False
        if raw.tail or self.word(raw.after) == "-":
            return True
        unit = find_unit(self.word(raw.after))
        return unit is None or unit.name in ("দিন", "মাস", "বছর", "সপ্তাহ", "হাত")

    def _is_negation(self, raw: _Raw, at: int) -> bool:
        """নয় alone is "is not", unless something counted follows or a scale stands before it."""
        alone = raw.after == at + 1 and self.word(at) in AMBIGUOUS
        counted = self.word(at + 1).startswith(CLASSIFIERS) or find_unit(self.word(at + 1))
        return alone and not counted and not self.lone

    def _is_money(self, at: int) -> bool:
        unit = find_unit(self.word(at))
        return unit is not None and unit.dimension == "money"

    def _unit(self, raw: _Raw, at: int, after: int) -> str | None:
        if raw.tail and (unit := find_unit(raw.tail)):
            return unit.name
        if sign := CURRENCY_SIGNS.get(self.word(at - 1)):
            return sign
        unit = None if raw.tail else find_unit(self.word(after))
        return unit.name if unit else None

    def _noun(self, after: int) -> str | None:
        """What is counted: the next word past a classifier that stands apart."""
        if self.word(after).startswith(CLASSIFIERS) and _is_classifier(self.word(after)):
            after += 1
        word = self.word(after)
        letters = word and after < len(self.tokens) and self.tokens[after].kind == "word"
        if not letters or word in _NO_NOUN or find_unit(word) or analyse(word):
            return None
        return strip_ending(word) or None


_ZERO = Fraction(0)
_CRORE = Fraction(SCALES["কোটি"])
_VULGAR = frozenset("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")


def _digits(token: Token) -> Fraction:
    digits = ascii_digits(token.text)[:MAX_DIGITS].rstrip(".")
    # a Fraction reads text with a pattern; whole numbers need none
    return Fraction(digits if "." in digits else int(digits))


def _part(word: str) -> str:
    """A denominator word without its ending: তৃতীয়াংশের -> তৃতীয়াংশ."""
    cut = word.find("াংশ")
    return word[: cut + 3] if cut > 0 else word


def _is_classifier(word: str) -> bool:
    return strip_ending(word) == "" or word in CLASSIFIERS or strip_ending(word) in CLASSIFIERS
