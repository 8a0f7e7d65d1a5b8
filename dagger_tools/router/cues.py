"""What speaks for and against a maths question: patterns with weights.

The patterns and weights are hand-set log-odds, looked at on a public training set only; a trained
classifier is to take their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dagger_tools.text import normalise

__all__ = ["BIAS", "CUES", "THRESHOLD", "Cue"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A named pattern over the normalised, lower-cased text; ``weight`` is its log-odds."""

    name: str
    reason: str
    pattern: re.Pattern[str]
    weight: float


def _cue(name: str, reason: str, weight: float, pattern: str) -> Cue:
    return Cue(name, reason, re.compile(normalise(pattern).text), weight)


_B = r"(?<![\u0980-\u09e5])"
_E = r"(?![\u0980-\u09e5])"

THRESHOLD = 0.5
"""Score from which a text is taken for a maths question."""
BIAS = -4.0
CUES: tuple[Cue, ...] = (
    _cue("how_many", "asks how many or how much", 3.2,
         rf"{_B}(কত|কতো|কয়|কতটি|কতটা|কতগুলি|কতগুলো|কতজন|কতটুকু|কয়টি|কয়টা|কয়জন|কতক্ষণ|কতদিন|কতদূর|কতখানি|কতবার|কতগুলা)"),
    _cue("how_many_latin", "asks how many, in Latin letters", 3.0,
         r"\b(koto|kotogulo|kotota|kototi|koyta|koyti|koijon|kotojon|koto taka|koy|koyjon)\b"),
    _cue("task", "tells to work something out", 2.4,
         rf"(নির্ণয়|বের কর|হিসাব কর|হিসেব কর|সমাধান কর|মান কত|{_B}যোগফল|বিয়োগফল|গুণফল|ভাগফল|ভাগশেষ|গড় কত|অনুপাত)"),
    _cue("arithmetic", "holds an arithmetic expression", 3.0,
         r"[0-9০-৯]\s*[+×÷*=]\s*[0-9০-৯?(]|[0-9০-৯]\s*[-/]\s*[0-9০-৯]+\s*(=|সমান|কত|koto)"),
    _cue("arithmetic_words", "names an arithmetic operation between numbers", 2.2,
         r"(যোগ|বিয়োগ|গুণ|ভাগ)\s*(করলে|কর|দিলে|করুন|হলে|সমান)|(দিয়ে (ভাগ|গুণ))|(থেকে [^।?]{0,30} (বাদ|বিয়োগ))"),
    _cue("question_mark", "ends with a question mark", 0.7, r"\?"),
    _cue("operation", "speaks of totals, remainders or comparison", 0.9,
         rf"{_B}(মোট|সব মিলিয়ে|বাকি|অবশিষ্ট|প্রতিটি|প্রতি|প্রত্যেক|প্রত্যেকে|সমান|চেয়ে|বেশি|কম|আরও|আরো|দ্বিগুণ|অর্ধেক|গড়|ফেরত|একত্রে|একসাথে)"),
    _cue("story", "tells of having, giving, buying or sharing", 0.8,
         r"(কাছে|কিনল|কিনে|কিনেছ|বিক্রি|দিল|দিয়েছ|খেল|খেয়ে|ভাগ করে|পেল|পেয়ে|জমা|হারি|রইল|থাকল|থাকবে|হবে|লাগবে|পাবে|আছে|ছিল)"),
    _cue("story_latin", "tells a word problem in Latin letters", 1.2,
         r"\b(ache|chilo|dilo|kinlo|bikri|kache|dam|mot|baki|pabe|lagbe|hobe|proti|theke|bhag|jog|gun)\b"),
    _cue("if_then", "sets a condition", 0.6, rf"{_B}(যদি|হলে|তাহলে|তবে){_E}|\b(jodi|hole|tahole)\b"),
    _cue("proof", "asks for a proof or an explanation", -3.5,
         rf"(প্রমাণ কর|প্রমান কর|উপপাদ্য|ব্যাখ্যা কর|বুঝিয়ে|সংজ্ঞা|কাকে বলে|কী বলে|কি বলে|সূত্রটি|লেখ{_E}|ধরি|দেখাও|দেখান যে)"),
    _cue("factoid", "asks for a fact: who, when, where, which", -2.2,
         rf"{_B}(কে|কার|কোন|কোথায়|কবে|কখন|কেন|কাদের|কারা|কীভাবে|কিভাবে|কী কী|কি কি){_E}|কত (সালে|তারিখে|খ্রিস্টাব্দে|সাল|তারিখ)|কততম|\b(ke|kobe|kothay|keno|kokhon|kon|kivabe)\b"),
    _cue("fact_count", "asks for a known count: population, area, temperature of the world", -2.0,
         r"(জনসংখ্যা|আয়তন|উচ্চতা কত|জেলা|উপজেলা|রাষ্ট্রপতি|প্রধানমন্ত্রী|নির্বাচন|বিশ্বকাপ|মহাদেশ|গ্রহ|সংবিধান|জন্মগ্রহণ|প্রতিষ্ঠিত|মৃত্যু|দেশে|বাংলাদেশের|পৃথিবী)"),
    _cue("service", "reads like a code, a bank message, an appointment or an address", -3.0,
         r"(otp|ওটিপি|পিন কোড|pin|ভেরিফিকেশন|কোডটি|অ্যাকাউন্ট|একাউন্ট|হটলাইন|মোবাইল নম্বর|ফোন নম্বর|ফোন নাম্বার|রোড নং|বাসা নং|বাড়ি নং|তারিখে|মিটিং|অ্যাপয়েন্টমেন্ট|ক্লাস শুরু|উইকেট|ওভার)"),
    _cue("recipe", "reads like a recipe or a prescription", -2.0,
         r"(চা চামচ|টেবিল চামচ|স্বাদমতো|ট্যাবলেট|মিলিগ্রাম|ডোজ|খাওয়ার পর|রোগ|ডাক্তার|চিকিৎসা|চুলায়|ভেজে)"),
    _cue("news", "is told like news", -1.6,
         r"(জানিয়েছে|জানান|বলেছেন|সরকার|মন্ত্রী|পুলিশ|কর্মকর্তা|সংস্থা|মন্ত্রণালয়|আন্তর্জাতিক|রাজনৈতিক|গবেষণা|প্রতিবেদন|বিশ্ববিদ্যালয়ের|সালের)"),
)  # fmt: skip
