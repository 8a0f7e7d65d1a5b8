"""Numbers as a Bangla reader writes them: in digits with Indian grouping, or in words."""

from __future__ import annotations

from fractions import Fraction

from dagger_tools.text.spellings import SPELLINGS
from dagger_tools.text.wordforms import DENOMINATORS

__all__ = ["format_number", "share_in_words", "to_bangla_digits", "to_words"]

_BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_PARTS = {value: word for word, value in DENOMINATORS.items() if value > 2}
_MAX_DECIMALS = 6
"""Digits after the point that a pupil can still read; a longer decimal is shown as a fraction."""


def to_bangla_digits(text: str) -> str:
    """``text`` with its ASCII digits as Bangla ones."""
    return text.translate(_BANGLA)


def to_words(value: int) -> str:
    """A whole number in words (Indian system: শত, হাজার, লাখ, কোটি); negative ones with মাইনাস."""
    if value < 0:
        return f"মাইনাস {to_words(-value)}"
    if value < 100:
        return SPELLINGS[value][0]
    crores, rest = divmod(value, 10_000_000)
    parts = [f"{to_words(crores)} কোটি"] if crores else []
    for scale, name in ((100_000, "লাখ"), (1_000, "হাজার"), (100, "শো")):
        count, rest = divmod(rest, scale)
        if count:
            parts.append(f"{SPELLINGS[count][0]} {name}")
    if rest:
        parts.append(SPELLINGS[rest][0])
    return " ".join(parts)


def share_in_words(value: Fraction) -> str | None:
    """A part of a whole in words (অর্ধেক, দুই-তৃতীয়াংশ), or None where the words are not in use."""
    if value == Fraction(1, 2):
        return "অর্ধেক"
    if not 0 < value < 1 or value.denominator not in _PARTS:
        return None
    return f"{SPELLINGS[value.numerator][0]}-{_PARTS[value.denominator]}"


def format_number(value: Fraction | float) -> str:
    """Bangla digits with Indian grouping: ``১,২০,০০০``, ``২.৫``, ``১ ১/৩``; floats to 4 places."""
    if isinstance(value, float):
        value = Fraction(round(value, 4)).limit_denominator(10_000)
        decimal: str | None = _decimal(value, 4)
    else:
        decimal = _decimal(value, _MAX_DECIMALS)
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 1)
    if decimal is not None:
        head, _, tail = decimal.partition(".")
        return to_bangla_digits(sign + _grouped(head) + (f".{tail}" if tail else ""))
    mixed = f"{_grouped(str(whole))} " if whole else ""
    return to_bangla_digits(f"{sign}{mixed}{rest.numerator}/{rest.denominator}")


def _decimal(value: Fraction, places: int) -> str | None:
    """The exact decimal of ``|value|`` with at most ``places`` places, else None."""
    scaled = abs(value) * 10**places
    if scaled.denominator != 1:
        return None
    head, tail = divmod(scaled.numerator, 10**places)
    return f"{head}.{tail:0{places}d}".rstrip("0").rstrip(".")


def _grouped(digits: str) -> str:
    head, tail = digits[:-3], digits[-3:]
    groups = [tail]
    while head:
        head, pair = head[:-2], head[-2:]
        groups.append(pair)
    return ",".join(reversed(groups))
