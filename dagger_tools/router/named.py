"""What is counted of a text beside its letters: numbers, language, and cues by word.

A cue is a list of word beginnings, so that case endings do not matter; whole words end in ``$``.
Looking a word's beginnings up in one table costs a microsecond where a pattern for each cue costs
ten.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from dagger_tools.router.ngrams import asking_span, canonical_text
from dagger_tools.text import find_numbers, normalised

__all__ = ["COUNTED", "CUES", "SMALL_TALK", "holds_number", "is_small_talk", "named_features"]

HOW_MANY = "asks how many"
CUES: Mapping[str, str] = {
    HOW_MANY: "কত কয়টি কয়টা কয়জন কয়খানা কয়$ koto koyta koyti koyjon koy$ kotogulo kototi",
    "tells to work out": """নির্ণয় হিসাব হিসেব সমাধান বের$ কষে যোগফল বিয়োগফল গুণফল ভাগফল ভাগশেষ hisab ber$ nirnoy""",
    "names an operation": "যোগ বিয়োগ গুণ ভাগ বাদ jog$ biyog gun$ vag$ bhag",
    "speaks of totals or comparison": """মোট সর্বমোট একত্রে বাকি অবশিষ্ট প্রতিটি প্রতি$ প্রত্যেক সমান চেয়ে বেশি কম$ আরও আরো দ্বিগুণ অর্ধেক
        গড়ে গড়$ ফেরত শতকরা অনুপাত mot$ baki protiti proti$ beshi kom$ aro$ somman soman ferot""",
    "tells of having, giving or buying": """কাছে কিনল কিনে কিনেছ কিনতে বিক্রি দিল দিয়েছ খেল$ খেয়ে পেল$ পেয়ে জমা হারি রইল থাকল থাকবে
        লাগবে পাবে kache kinl kine bikri dilo dise pelo roilo thakbe lagbe pabe khelo""",
    "speaks of prices": "দাম মূল্য টাকা টাকায় লাভ ক্ষতি ছাড় সুদ dam$ taka tk$",
    "sets a condition": "যদি হলে$ তাহলে তবে$ করলে দিলে নিলে jodi hole$ tahole korle",
    "asks who, when, where, which, why": """কে$ কার$ কোন$ কোনটি কোথায় কবে কখন কেন$ কারা কীভাবে কিভাবে কী$ ke$ kobe$ kothay keno$ kon$ kokhon
        konta kivabe""",
    "asks for a year or a date": "সালে সাল$ তারিখে তারিখ খ্রিস্টাব্দ শতাব্দী shale$ tarikh sale$",
    "asks for a proof or a definition": """প্রমাণ প্রমান উপপাদ্য ব্যাখ্যা সংজ্ঞা কাকে$ সূত্র দেখাও দেখান লেখ$ লেখো লিখ বোঝায়
        prove proman""",
    "reads like a fact of the world": """জনসংখ্যা আয়তন উচ্চতা জেলা উপজেলা রাষ্ট্রপতি প্রধানমন্ত্রী নির্বাচন বিশ্বকাপ মহাদেশ গ্রহ সংবিধান
        জন্মগ্রহণ প্রতিষ্ঠিত মৃত্যু দেশে দেশের বাংলাদেশ পৃথিবী bangladesh""",
    "speaks to somebody": """ভাই$ ভাইয়া আপু আপা$ স্যার ম্যাম ম্যাডাম দোস্ত বন্ধুরা প্লিজ প্লীজ হেল্প সাহায্য ধন্যবাদ আসসালামু আলাইকুম সালাম
        নমস্কার হ্যালো হাই$ শোনেন শুনেন শোন$ একটু পারছি পারতেছি পারতেসি বুঝি বুঝতে বুঝতেছি অঙ্ক অংক ম্যাথ গণিত হোমওয়ার্ক
        পরীক্ষা বলবেন বলেন বলো$ কেউ$ প্রশ্ন জলদি তাড়াতাড়ি দয়া bhai$ vai$ apu$ sir$ madam$ mam$ maam$ plz pls please help thanks
        thank thx hi$ hello hey$ assalamu salam ektu math$ ongko onko parchi partesi bujhi keu$ homework exam dost bondhu$""",
    "reads like a service message": """ওটিপি otp pin$ পিন$ কোড$ কোডটি অ্যাকাউন্ট একাউন্ট হটলাইন নম্বর নাম্বার রোড বাসা ব্যালেন্স মিটিং সিরিয়াল
        trxid বিকাশ নগদ$""",
    "reads like sport": "উইকেট রান$ রানে ম্যাচ গোল$ গোলে ইনিংস ওভারে টুর্নামেন্ট",
    "reads like a recipe or a prescription": """চামচ স্বাদমতো ট্যাবলেট মিলিগ্রাম ডোজ রোগ ডাক্তার চিকিৎস চুলা ভেজে ওষুধ ঔষধ জ্বর প্রেশার রিপোর্ট""",
    "is told like news": """জানিয়েছ জানান জানায় বলেছেন সরকার মন্ত্রী পুলিশ কর্মকর্তা সংস্থা মন্ত্রণালয় আন্তর্জাতিক রাজনৈতিক গবেষণা প্রতিবেদন
        অভিযান আদালত নিহত আহত প্রকল্প বাজেট বরাদ্দ""",
}  # fmt: skip
"""Each cue by what it says, with the beginnings of its words."""

SMALL_TALK = "speaks to somebody"
"""The cue of greetings, thanks and pleas: what may stand around a question."""

COUNTED = (
    "holds no number",
    "holds one number",
    "holds two numbers",
    "holds three numbers",
    "holds four numbers or more",
)
"""By how many numerals and number words a text holds, each word for itself."""

_LENGTH_NAMES = (
    (40, "is very short"),
    (120, "is short"),
    (300, "is as long as most problems"),
    (600, "is long"),
    (10**9, "is very long"),
)
_FAR_BETWEEN = 90
"""Characters a number, from which on a text tells rather than computes."""
_LATIN_NUMBERS = frozenset(
    """ek dui tin char chaar pach panch choy chhoy sat saat aat noy dosh egaro baro tero choddo ponero sholo sotero
    atharo unish bish pochis trish chollish ponchash eksho dusho hajar lakh koti ekta duita duto duti tinta tinte charta
    charte pachta panchta choyta satta aatta noyta doshta ekti tinti charti pachti doshti ekjon dujon duijon tinjon
    charjon pachjon doshjon dozon dojon dozen hali ordhek adha der arai""".split()
)
"""Number words as romanised Bangla writes them, where they are none of another meaning."""
_LONGEST_TOKEN = 64
_LONGEST = 9


def _table() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    whole: dict[str, list[str]] = {}
    beginnings: dict[str, list[str]] = {}
    for name, words in CUES.items():
        for word in normalised(words).split():
            table = whole if word.endswith("$") else beginnings
            table.setdefault(word.rstrip("$")[: _LONGEST + 1], []).append(name)
    return whole, beginnings


_WHOLE, _BEGINNINGS = _table()
_LENGTHS = tuple(sorted({len(word) for word in _BEGINNINGS}))


def named_features(canonical: str, language: str) -> frozenset[str]:
    """What a canonical text shows, by name: cues, language, length, how many numbers and where."""
    found = {f"language is {language}"}
    numbers = 0
    for token in canonical.split():
        word = _look_up(token)
        found.update(word.cues)
        numbers += word.numbers
    found.add(COUNTED[min(numbers, len(COUNTED) - 1)])
    if numbers and numbers * _FAR_BETWEEN < len(canonical):
        found.add("numbers are far between")
    start, end = asking_span(canonical)
    if any(_look_up(token).numbers for token in canonical[start:end].split()):
        found.add("the question itself holds a number")
    found.add(next(name for most, name in _LENGTH_NAMES if len(canonical) <= most))
    if "?" in canonical:
        last = canonical.rstrip().endswith("?")
        found.add("ends with a question mark" if last else "holds a question mark")
    if any(sign in canonical for sign in ("+", "×", "÷", "=")):
        found.add("holds an arithmetic sign")
    return frozenset(found)


def holds_number(words: str) -> bool:
    """Whether a stretch of text holds a numeral or a number word."""
    return any(_look_up(token).numbers for token in canonical_text(words).split())


def is_small_talk(words: str) -> bool:
    """Whether a stretch of text holds a word of greeting, thanks or plea, and asks for no quantity.

    "How many pages of homework" is no plea for help with homework.
    """
    cues = {cue for token in canonical_text(words).split() for cue in _look_up(token).cues}
    return SMALL_TALK in cues and HOW_MANY not in cues


class _Word(NamedTuple):
    """What one word of a text brings along."""

    cues: tuple[str, ...]
    numbers: int


@lru_cache(maxsize=8192)
def _look_up(token: str) -> _Word:
    token = token[:_LONGEST_TOKEN]
    word = token.strip("।?!,;:()'\"-")
    cues = list(_WHOLE.get(word, ()))
    for length in _LENGTHS:
        if length > len(word):
            break
        cues += _BEGINNINGS.get(word[:length], ())
    numbers = sum(number.is_quantity for number in find_numbers(token))
    return _Word(tuple(cues), numbers or int(word in _LATIN_NUMBERS))
