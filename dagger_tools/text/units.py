"""Units of Bangla word problems: their spellings, dimensions and scales."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

__all__ = ["CURRENCY_SIGNS", "UNITS", "Unit", "find_unit", "strip_ending"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its canonical ``name``; ``scale`` is its size in the dimension's first unit.

    ``scale`` is None where it is not fixed (a month) or not comparable (one currency in another).
    """

    name: str
    dimension: str
    scale: Fraction | None


def _table() -> dict[str, Unit]:
    rows: tuple[tuple[str, str, str | None, str], ...] = (
        # name, dimension, scale, other spellings
        ("টাকা", "money", "1", "টাকার টাকায় ৳ tk taka টাকাা"),
        ("পয়সা", "money", "1/100", "পয়সার paisa"),
        ("ডলার", "money", None, "$ dollar dollars"),
        ("সেন্ট", "money", None, "cent cents"),
        ("রুপি", "money", None, "রুপী ₹ rupee rupees"),
        ("পাউন্ড", "mass", None, "lb lbs"),
        ("ইউরো", "money", None, "€"),
        ("গ্রাম", "mass", "1", "g gm gram grams গ্রা"),
        ("মিলিগ্রাম", "mass", "1/1000", "mg মিগ্রা"),
        ("কেজি", "mass", "1000", "কিলোগ্রাম কিলো kg কে.জি kilogram কিগ্রা"),
        ("কুইন্টাল", "mass", "100000", ""),
        ("টন", "mass", "1000000", "ton tons মেট্রিকটন"),
        ("মণ", "mass", None, "মন"),
        ("সের", "mass", None, ""),
        ("ছটাক", "mass", None, ""),
        ("তোলা", "mass", None, ""),
        ("ভরি", "mass", None, ""),
        ("আউন্স", "mass", None, "oz"),
        ("মিটার", "length", "1", "m মি meter metre"),
        ("সেন্টিমিটার", "length", "1/100", "সেমি সে.মি cm"),
        ("মিলিমিটার", "length", "1/1000", "মিমি mm"),
        ("কিলোমিটার", "length", "1000", "কিমি কি.মি km"),
        ("ইঞ্চি", "length", "127/5000", "inch inches"),
        ("ফুট", "length", "381/1250", "ফিট ft feet foot"),
        ("গজ", "length", "1143/1250", "yard yards"),
        ("হাত", "length", None, ""),
        ("মাইল", "length", "201168/125", "mile miles"),
        ("লিটার", "volume", "1", "l liter litre লি"),
        ("মিলিলিটার", "volume", "1/1000", "মিলি ml"),
        ("গ্যালন", "volume", None, "gallon gallons"),
        ("সেকেন্ড", "time", "1", "sec second seconds"),
        ("মিনিট", "time", "60", "min minute minutes"),
        ("ঘণ্টা", "time", "3600", "ঘন্টা hour hours ghonta"),
        ("দিন", "time", "86400", "day days din"),
        ("সপ্তাহ", "time", "604800", "week weeks"),
        ("মাস", "time", None, "month months mash"),
        ("বছর", "time", None, "বৎসর বর্ষ year years bochor"),
        ("বর্গমিটার", "area", "1", "বর্গমি"),
        ("বর্গফুট", "area", None, ""),
        ("বর্গসেন্টিমিটার", "area", "1/10000", "বর্গসেমি"),
        ("বর্গকিলোমিটার", "area", "1000000", "বর্গকিমি"),
        ("একর", "area", None, ""),
        ("বিঘা", "area", None, ""),
        ("কাঠা", "area", None, ""),
        ("শতক", "area", None, ""),
        ("হেক্টর", "area", "10000", ""),
        ("ডিগ্রি", "angle", None, "°"),
        ("%", "share", "1/100", "শতাংশ পার্সেন্ট percent"),
        ("ডজন", "count", "12", "dozen"),
        ("হালি", "count", "4", ""),
        ("জোড়া", "count", "2", ""),
        ("কুড়ি", "count", "20", ""),
        ("গ্রোস", "count", "144", ""),
    )
    table: dict[str, Unit] = {}
    for name, dimension, scale, others in rows:
        unit = Unit(name, dimension, None if scale is None else Fraction(scale))
        for spelling in (name, *others.split()):
            table[spelling] = unit
    return table


UNITS = _table()
"""Every spelling, with its unit."""
CURRENCY_SIGNS = {"৳": "টাকা", "$": "ডলার", "₹": "রুপি", "€": "ইউরো"}
"""Signs that stand before their number."""

_ENDING = re.compile(
    r"(?:গুলির|গুলোর|গুলিকে|গুলোকে|গুলি|গুলো|টির|টার|টি|টা|য়ের|ের|এর|েই|ে|য়|(?<!্)র|তে|কে|ই|ও)$"
)


def strip_ending(word: str) -> str:
    """``word`` without its last case ending or classifier, if it has one."""
    return _ENDING.sub("", word)


@lru_cache(maxsize=4096)
def find_unit(word: str) -> Unit | None:
    """The unit that ``word`` names, in any spelling and with any case ending (``ঘণ্টায়``)."""
    if unit := UNITS.get(word) or UNITS.get(word.lower()):
        return unit
    # short spellings (মি, l) with an ending would match too much
    for ending in ("র", "য়", "ের", "ে", "তে", "কে", "ই", "ও", "টি", "এর", "য়ের", "টা"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word[: -len(ending)]
            if (unit := UNITS.get(stem)) and len(stem) > 2:
                return unit
    return None
