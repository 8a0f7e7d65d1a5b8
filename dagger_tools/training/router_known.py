"""Short questions whose numbers nobody writes: legs, days of a month, hours of a film; and the facts.

"How many legs have nine spiders?" is a question for us, "how many legs has a spider?" a fact of the
world: both are made of the same words here, so that what is learned is the difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from dagger_tools.corpus.realise import inflect
from dagger_tools.text import to_bangla_digits, to_words

__all__ = ["known_numbers"]

_PARTS = (
    ("গরু", "পা"), ("ছাগল", "পা"), ("মুরগি", "পা"), ("হাঁস", "ডানা"), ("পিঁপড়া", "পা"), ("হরিণ", "শিং"),
    ("মাকড়সা", "পা"), ("প্রজাপতি", "ডানা"), ("মৌমাছি", "পা"), ("অক্টোপাস", "বাহু"), ("কাঁকড়া", "পা"),
    ("রিকশা", "চাকা"), ("সাইকেল", "চাকা"), ("বাস", "চাকা"), ("অটোরিকশা", "চাকা"), ("ভ্যান", "চাকা"),
    ("ত্রিভুজ", "বাহু"), ("চতুর্ভুজ", "কোণ"), ("ষড়ভুজ", "বাহু"), ("ঘনক", "তল"), ("ঘনক", "ধার"),
    ("টেবিল", "পায়া"), ("মানুষ", "আঙুল"), ("পাখি", "চোখ"), ("ঘড়ি", "কাঁটা"), ("গিটার", "তার"),
)  # fmt: skip
_UNITS = (
    ("কিলোমিটার", "মিটার"), ("মিটার", "সেন্টিমিটার"), ("কেজি", "গ্রাম"), ("লিটার", "মিলিলিটার"),
    ("ঘণ্টা", "মিনিট"), ("মিনিট", "সেকেন্ড"), ("দিন", "ঘণ্টা"), ("সপ্তাহ", "দিন"), ("বছর", "মাস"),
    ("টন", "কেজি"), ("মণ", "কেজি"), ("ফুট", "ইঞ্চি"), ("ডজন", "টি"), ("হালি", "টি"), ("টাকা", "পয়সা"),
    ("শতাব্দী", "বছর"), ("দশক", "বছর"), ("কুড়ি", "টি"), ("বিঘা", "কাঠা"), ("গজ", "ফুট"), ("রিম", "দিস্তা"),
)  # fmt: skip
_MONTHS = tuple("জানুয়ারি ফেব্রুয়ারি মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর".split())
_DAYS = tuple("শনিবার রবিবার সোমবার মঙ্গলবার বুধবার বৃহস্পতিবার শুক্রবার".split())
_EVENTS = (
    "ছবিটা", "খেলাটা", "নাটকটা", "ক্লাস", "পরীক্ষা", "মিটিং", "বাস", "ট্রেন", "লঞ্চ", "অনুষ্ঠান", "বৃষ্টি",
    "বিমান", "অফিস", "দোকান",
)  # fmt: skip
_TIMES = ("সকাল", "দুপুর", "বিকেল", "রাত", "সন্ধ্যা")
_PEOPLE = (
    "কবি", "বিজ্ঞানী", "লেখক", "রাজা", "নেতা", "শিল্পী", "দাদু", "নানি", "শিক্ষক", "খেলোয়াড়", "গায়ক",
)  # fmt: skip
_THINGS = ("স্কুলটি", "সেতুটি", "সংগঠনটি", "জাদুঘরটি", "কারখানাটি", "ক্লাবটি", "পত্রিকাটি")

Made = tuple[str, bool]


def known_numbers(count: int, rng: random.Random) -> list[Made]:
    """``count`` texts, each with whether it is a question for us; about half of them are."""
    return [rng.choice(_SHAPES)(rng, rng.random() < 0.5) for _ in range(count)]


def _number(value: int, rng: random.Random) -> str:
    return to_words(value) if rng.random() < 0.35 else to_bangla_digits(str(value))


def _parts(rng: random.Random, ours: bool) -> Made:
    whole, part = rng.choice(_PARTS)
    ask = rng.choice(("কয়টি", "কয়টা", "কতটি", "কতগুলি"))
    if not ours:
        text = rng.choice(
            (
                f"একটি {inflect(whole, 'র')} {ask} {part} থাকে?",
                f"{inflect(whole, 'র')} {part} {ask}?",
                f"একটা {inflect(whole, 'র')} {ask} {part}",
                f"{inflect(whole, 'র')} কি {_number(rng.randint(2, 10), rng)}টি {part}?",
                f"কোন প্রাণীর {_number(rng.randint(2, 10), rng)}টি {part}?",
            ),
        )
        return text, False
    many = _number(rng.randint(3, 60), rng)
    other = rng.choice([word for word, of in _PARTS if of == part])
    text = rng.choice(
        (
            f"{many}টি {inflect(whole, 'র')} মোট {ask} {part}?",
            f"{many}টা {inflect(whole, 'র')} {part} {ask}?",
            f"{many}টি {whole} আর {_number(rng.randint(2, 20), rng)}টি {other}, মোট {part} {ask}?",
            f"মাঠে {many}টি {whole} আছে। সব মিলিয়ে {ask} {part}?",
            f"{many}টি {whole} থেকে {_number(rng.randint(1, 3), rng)}টি চলে গেলে {part} থাকে {ask}?",
        ),
    )
    return text, True


def _units(rng: random.Random, ours: bool) -> Made:
    large, small = rng.choice(_UNITS)
    how = "কয়টি" if small == "টি" else f"কত {small}"
    if not ours:
        text = rng.choice(
            (
                f"এক {large} সমান {how}?",
                f"১ {large} = {how}?",
                f"এক {inflect(large, 'র')} মধ্যে {how} থাকে?",
                f"{large} বলতে কী বোঝায়?",
                f"{inflect(large, 'র')} আবিষ্কার কত সালে?",
            ),
        )
        return text, False
    many = rng.choice(
        (
            _number(rng.randint(2, 90), rng),
            to_bangla_digits(f"{rng.randint(1, 9)}.{rng.randint(1, 9)}"),
            rng.choice(("আড়াই", "দেড়", "সাড়ে তিন", "পৌনে দুই", "সোয়া চার", "আধা")),
        ),
    )
    back = to_bangla_digits(str(rng.randint(2, 40) * 60))
    text = rng.choice(
        (
            f"{many} {large} সমান {how}?",
            f"{many} {large} মানে {how}",
            f"{many} {inflect(large, 'র')} মধ্যে {how}?",
            f"{many} {large} = {how}?",
            f"{back} {'টিতে' if small == 'টি' else small} কত {large} হয়?",
        ),
    )
    return text, True


def _months(rng: random.Random, ours: bool) -> Made:
    first, second, third = rng.sample(_MONTHS, 3)
    early, late = _number(rng.randint(2, 12), rng), _number(rng.randint(13, 28), rng)
    if not ours:
        return rng.choice(
            (
                f"{first} মাস কত দিনে?",
                f"{first} মাসে কত দিন থাকে?",
                f"কোন মাস {_number(rng.randint(28, 31), rng)} দিনে?",
                f"{first} মাসের {_number(rng.randint(2, 28), rng)} তারিখ কী দিবস?",
                f"{second} মাসে কত তারিখে ছুটি আছে?",
            ),
        ), False
    return rng.choice(
        (
            f"{first} ও {second} মাস মিলিয়ে মোট কত দিন?",
            f"{first}, {second} আর {third} মাসে মোট কত দিন হয়?",
            f"{early} {first} থেকে {late} {first} কত দিন?",
            f"লিপ ইয়ারে {first} ও {second} মিলে কত দিন?",
            f"{first} মাসের {_number(rng.randint(2, 27), rng)} তারিখের পর মাসটির কত দিন বাকি থাকে?",
        ),
    ), True


def _time(rng: random.Random) -> str:
    clock = rng.choice(_TIMES)
    hour = _number(rng.randint(1, 12), rng)
    minute = _number(rng.choice(range(5, 60, 5)), rng)
    return rng.choice((f"{clock} {hour}টায়", f"{clock} {hour}টা {minute} মিনিটে", f"{hour}টায়"))


def _durations(rng: random.Random, ours: bool) -> Made:
    event, start, end = rng.choice(_EVENTS), _time(rng), _time(rng)
    lasts = rng.choice(
        (
            f"{_number(rng.randint(2, 9), rng)} ঘণ্টা",
            f"{_number(rng.randint(20, 95), rng)} মিনিট",
            f"{_number(rng.randint(1, 5), rng)} ঘণ্টা {_number(rng.randint(5, 55), rng)} মিনিট",
        ),
    )
    if not ours:
        return rng.choice(
            (
                f"{event} শুরু {start}, শেষ {end}।",
                f"{event} {start} শুরু হলে শেষ কয়টায়?",
                f"{start} {event} আছে, কতক্ষণ চলবে?",
                f"{event} কয়টায় শুরু? {end} গেলে ঢুকতে পারব তো?",
                f"{event} {lasts} দেরি, আর কতক্ষণ?",
            ),
        ), False
    return rng.choice(
        (
            f"{event} শুরু {start}, শেষ {end}। কতক্ষণ চলল?",
            f"{event} শুরু হলো {start} আর শেষ হলো {end}। মোট কত সময়?",
            f"{event} শুরু {start}, চলবে {lasts}। কয়টায় শেষ হবে?",
            f"{event} {end} শেষ হয়েছে, চলেছে {lasts}। কখন শুরু হয়েছিল?",
            f"{start.removesuffix('য়')} থেকে {end.removesuffix('য়')} পর্যন্ত কত মিনিট?",
        ),
    ), True


def _years(rng: random.Random, ours: bool) -> Made:
    first = rng.randint(1820, 1990)
    born, died = to_bangla_digits(str(first)), to_bangla_digits(str(first + rng.randint(15, 90)))
    who, thing, years = rng.choice(_PEOPLE), rng.choice(_THINGS), _number(rng.randint(5, 80), rng)
    if not ours:
        return rng.choice(
            (
                f"{who} {born} সালে জন্মান ও {died} সালে মারা যান। তিনি কোথায় জন্মান?",
                f"{who} {born} সালে জন্মান, মারা যান {years} বছর বয়সে। তাঁর জন্ম কত সালে?",
                f"{thing} {born} সালে চালু হয়। {thing} কত সালে চালু হয়?",
                f"{thing} {born} সালে শুরু, বন্ধ হয় {died} সালে।",
                f"{born} সালে কে {who} ছিলেন?",
            ),
        ), False
    return rng.choice(
        (
            f"{who} {born} সালে জন্মান ও {died} সালে মারা যান। তিনি কত বছর বেঁচেছিলেন?",
            f"{who} {born} সালে জন্মান। {died} সালে তাঁর বয়স কত ছিল?",
            f"{who} {born} সালে জন্মে {years} বছর বাঁচেন। কোন সালে মারা যান?",
            f"{thing} {born} সালে চালু হয়। {died} সালে তার কত বছর পূর্ণ হলো?",
            f"{thing} চালুর {years} বছর পর {died} সালে বন্ধ হয়। চালু হয়েছিল কোন সালে?",
            f"{born} থেকে {died} সাল পর্যন্ত কত বছর?",
        ),
    ), True


def _weekdays(rng: random.Random, ours: bool) -> Made:
    day, other = rng.sample(_DAYS, 2)
    many, date = _number(rng.randint(3, 60), rng), _number(rng.randint(2, 12), rng)
    if not ours:
        return rng.choice(
            (
                f"আজ কী বার? {day} না?",
                f"{day} কি {many} তারিখ পড়ছে?",
                f"{day} কয়টা থেকে খোলা, {other} বন্ধ নাকি?",
                f"{many} তারিখ কী বার পড়বে এ বছর?",
                f"প্রতি {day} {date}টায় ক্লাস।",
            ),
        ), False
    return rng.choice(
        (
            f"আজ {day} হলে {many} দিন পর কী বার?",
            f"আজ {day}। {many} দিন আগে কী বার ছিল?",
            f"মাসের {date} তারিখ {day} হলে {_number(rng.randint(15, 28), rng)} তারিখ কী বার?",
            f"গতকাল {day} ছিল, আগামীকালের {date} দিন পর কোন বার হবে?",
            f"{day} থেকে গুনে {many}তম দিনটি কী বার?",
        ),
    ), True


_SHAPES: Sequence[Callable[[random.Random, bool], Made]] = (
    _parts,
    _units,
    _months,
    _durations,
    _years,
    _weekdays,
)
