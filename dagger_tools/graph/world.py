"""Constants of the world: which words of a question bring which numbers along."""

from __future__ import annotations

from fractions import Fraction

from dagger_tools.text import Question, normalise

__all__ = ["implied_constants"]

_IMPLIED: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("অর্ধেক", "আধা", "দ্বিগুণ", "দ্বিগুন", "ডাবল", "জোড়া", "উভয়", "দুজন", "দু'জন", "দুইজন", "দুই "), (2,)),
    (("তিনগুণ", "তৃতীয়াংশ", "তিন "), (3,)),
    (("চতুর্থাংশ", "সিকি", "চারগুণ", "চার "), (4,)),
    (("পঞ্চমাংশ", "পাঁচ "), (5,)),
    (("ডজন",), (12,)),
    (("হালি",), (4,)),
    (("কুড়ি",), (20,)),
    (("গ্রোস",), (144, 12)),
    (("শতকরা", "শতাংশ", "%", "পার্সেন্ট", "হার"), (100,)),
    (("ঘণ্টা", "ঘন্টা"), (60, 24, 3600)),
    (("মিনিট",), (60,)),
    (("সেকেন্ড",), (60, 3600)),
    (("সপ্তাহ",), (7,)),
    (("দিন",), (24, 7, 30, 365)),
    (("মাস",), (12, 30)),
    (("বছর", "বৎসর", "বার্ষিক"), (12, 365, 52)),
    (("কেজি", "কিলোগ্রাম", "গ্রাম", "লিটার", "কিলোমিটার", "কিমি", "টন"), (1000,)),
    (("মিটার", "সেমি", "সেন্টিমিটার"), (100, 1000)),
    (("টাকা", "পয়সা", "ডলার", "সেন্ট"), (100,)),
    (("কুইন্টাল",), (100,)),
    (("মণ",), (40,)),
    (("সের",), (40, 16, 4)),
    (("ভরি",), (16,)),
    (("ফুট", "ফিট", "ইঞ্চি"), (12,)),
    (("গজ",), (3, 36)),
    (("বিঘা",), (20, 33)),
    (("ত্রিভুজ",), (2, 180)),
    (("পরিসীমা", "আয়ত", "পরিধি"), (2,)),
    (("বর্গ",), (4, 2)),
    (("ঘনক",), (6, 12, 3)),
    (("কোণ",), (90, 180, 360)),
    (("গড়",), (2, 3, 4, 5, 6, 7)),
    (("ক্রমিক", "জোড় ", "বিজোড়"), (2,)),
)


def implied_constants(question: Question) -> frozenset[Fraction]:
    """The constants that the words of ``question`` imply; 0 and 1 always are."""
    text = normalise(question.text).text + " "
    found = {Fraction(0), Fraction(1)}
    for words, values in _TABLE:
        if any(word in text for word in words):
            found.update(values)
    for number in question.numbers:
        if number.kind == "fraction":
            found.update((Fraction(number.value.numerator), Fraction(number.value.denominator)))
        elif number.kind == "percent":
            found.add(number.value / 100)
    return frozenset(found)


_TABLE = tuple(
    (tuple(normalise(word).text for word in words), tuple(map(Fraction, values)))
    for words, values in _IMPLIED
)
