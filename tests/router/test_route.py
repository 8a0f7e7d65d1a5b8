"""The router on messages of every kind, and on anything at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagger_tools.router import NO_BELOW, THRESHOLD, YES_FROM, route

QUESTIONS = [
    "নীলার কাছে ১২টি ঝিনুক আছে। সে আরও ৮টি কুড়িয়ে পেল। এখন তার কাছে কতটি ঝিনুক আছে?",
    "২৫ কে ৫ দিয়ে ভাগ করলে কত হয়?",
    "১২ + ৩০ = কত?",
    "ভাই, তিন ডজন কলার দাম ২৪০ টাকা হলে একটা কলার দাম কত পড়ে?",
    "Karim er kache 20 ta lichu ache, 5 ta dilo. koto ta baki roilo?",
    "সাতটি খাতার দাম একশো চল্লিশ টাকা হলে একটি খাতার দাম কত?",
]
OTHERS = [
    "আজ আবহাওয়া কেমন?",
    "আপনার OTP কোড ৪৮২৯১৩, কাউকে জানাবেন না।",
    "মুক্তিযুদ্ধ কত সালে হয়েছিল?",
    "পিথাগোরাসের উপপাদ্যটি প্রমাণ কর।",
    "How many apples are there if 3 boxes hold 5 each?",
    "একটি পেঁয়াজ কুচি করে ২ চা চামচ তেলে ভেজে নিন।",
    "राम के पास ५ आम हैं, उसने २ खाए। कितने बचे?",
    "ৰামৰ ওচৰত ৫টা আম আছে। কিমান আম থাকিল?",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_maths_questions_are_taken(text: str) -> None:
    """Textbook, spoken, bare, worded and romanised questions go to the model."""
    assert route(text).math


@pytest.mark.parametrize("text", OTHERS)
def test_other_messages_are_left(text: str) -> None:
    """Chat, codes, facts, proofs, recipes and other languages do not."""
    assert not route(text).math


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (QUESTIONS[0], "bn"),
        (QUESTIONS[4], "bn-Latn"),
        (OTHERS[4], "en"),
        (OTHERS[6], "hi"),
        (OTHERS[7], "as"),
        ("45 + 78 - 19 koto bolen to", "bn-Latn"),
        ("6 kg alu 35 tk dore nile total kto", "bn-Latn"),
        ("১২৩ ৪৫", "bn"),
        ("!?", "und"),
        ("12 + 5 = ?।", "und"),
        ("Good morning।॥।॥", "en"),
        ("word " * 2_000 + "মোট কতটি কলম আছে? " * 60, "bn"),
        ("কলম " * 300 + "word " * 2_000, "bn"),
    ],
)
def test_language_is_told(text: str, language: str) -> None:
    """Script and little words at a text's ends give the language; a danda is of no script."""
    assert route(text).language == language


def test_reasons_are_said_strongest_first() -> None:
    """Each reason is one line with its weight: what was counted, and the words that weigh most."""
    found = route(QUESTIONS[0])
    weights = [abs(float(reason.split()[0])) for reason in found.reasons]
    assert weights == sorted(weights, reverse=True)
    assert any("how many" in reason or "কত" in reason for reason in found.reasons)
    proof = route("প্রমাণ কর যে, √২ একটি অমূলদ সংখ্যা।")
    assert any(reason.startswith("-") and "প্রমাণ" in reason for reason in proof.reasons)


@pytest.mark.parametrize("text", ["\ud800" * 20 + " কত?", "৫টি আম " + "\ue000x" * 900, "কত " * 9])
def test_reasons_can_be_shown(text: str) -> None:
    """One short line each of what is printable, whatever the text held."""
    for reason in route(text).reasons:
        assert len(reason) <= 120
        assert reason.isprintable()
        assert reason.encode("utf-8")


@pytest.mark.parametrize(
    ("message", "question"),
    [
        (
            "ভাই একটু হেল্প করেন, রাজুর কিছু আম ছিল। সে ৫টি দিল, এখন ৭টি আছে। শুরুতে কতটি ছিল? ধন্যবাদ!",
            "রাজুর কিছু আম ছিল। সে ৫টি দিল, এখন ৭টি আছে। শুরুতে কতটি ছিল?",
        ),
        (
            "sir ei math ta partesi na. ekta khatar dam 35 tk, 4 ta khatar dam koto? plz help",
            "ekta khatar dam 35 tk, 4 ta khatar dam koto?",
        ),
        (QUESTIONS[0], QUESTIONS[0]),
    ],
)
def test_the_question_is_found_inside_the_message(message: str, question: str) -> None:
    """Greetings, pleas and thanks at both ends stay outside the span; a story without talk is whole."""
    start, end = route(message).span
    assert message[start:end] == question


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        (QUESTIONS[0], "arithmetic"),
        ("x^2 - 5x + 6 = 0 সমীকরণটি সমাধান কর", "other_maths"),
        ("প্রমাণ কর যে, একটি ত্রিভুজের তিন কোণের সমষ্টি ১৮০ ডিগ্রি।", "other_maths"),
        (OTHERS[1], "none"),
    ],
)
def test_maths_of_another_kind_is_told_from_other_talk(text: str, scope: str) -> None:
    """Proofs and equations are maths that the model does not do; a code is no maths at all."""
    assert route(text).scope == scope


def test_verdicts_follow_the_score() -> None:
    """Yes, no, and in between a host may ask back."""
    for text in (*QUESTIONS, *OTHERS):
        found = route(text)
        expected = "yes" if found.score >= YES_FROM else "no" if found.score < NO_BELOW else "ask"
        assert found.verdict == expected
        assert found.math == (found.score >= THRESHOLD)


@pytest.mark.parametrize("text", ["২ কেজির দাম কত পড়বে?", "১২টা আমের দাম কত?"])
def test_what_may_be_meant_either_way_is_asked_back(text: str) -> None:
    """A price that the message gives nothing to work out from: a sum, or a shop's customer."""
    found = route(text)
    assert found.verdict == "ask"
    assert NO_BELOW <= found.score < YES_FROM


def test_a_long_text_is_judged_by_its_ends() -> None:
    """What lies far inside a long text is not looked at; a question at its end still counts."""
    long = "আজ সকালে খুব বৃষ্টি হয়েছিল। " * 300
    assert route(long + QUESTIONS[0]).score > route(long).score


def test_without_a_number_there_is_no_question() -> None:
    """Question words alone have nothing to compute with."""
    assert not route("মোট কতটি আম আছে?").math


@pytest.mark.parametrize("text", ["১২৩৪৫", "৫০০।", "12, 45", "২.৫", ""])
def test_numbers_alone_are_no_question(text: str) -> None:
    """Nothing says what to do with them."""
    assert not route(text).math


@pytest.mark.parametrize(
    "text",
    [
        "এপ্রিল ও মে মাস মিলিয়ে মোট কত দিন?",
        "নব্বইয়ের এক তৃতীয়াংশ কত?",
        "৯টি মাকড়সার মোট কয়টি পা?",
        "একটি রিকশার তিন চাকা। গ্যারেজে ১৪টি রিকশা থাকলে চাকা কয়টি?",
    ],
)
def test_common_knowledge_may_stand_for_a_number(text: str) -> None:
    """Days of a month, a third, legs and wheels are numbers that nobody writes."""
    assert route(text).math


@pytest.mark.parametrize(
    "text",
    [
        "একটি অক্টোপাসের কয়টি বাহু ও কয়টি হৃৎপিণ্ড?",
        "দাবার একটি বোর্ডে কয়টি ঘর থাকে?",
        "দলটি ১৯৮৯ সালে গঠিত হয়, খেলোয়াড় ২২ জন, কোচ ৩ জন। দলটিতে কোচ কয়জন?",
        "হোটেলটি ২৪ তলা, কক্ষ ২৭২টি, সুইমিং পুল ২টি। ১৯৮১ সালে চালু। হোটেলে কতটি কক্ষ আছে?",
    ],
)
def test_what_is_known_or_was_told_is_no_problem(text: str) -> None:
    """A fact of the world, or a number that the text itself states, needs no computing."""
    assert not route(text).math


def test_a_hundred_thousand_random_texts_are_judged() -> None:
    """Any code points at all, half of them of the scripts that meet here, lone surrogates among them."""
    rng = random.Random(4)
    scripts = "".join(
        map(chr, (*range(0x20, 0x7F), *range(0x0900, 0x0A00), *range(0x2000, 0x2070)))
    )
    for _ in range(100_000):
        length = rng.randrange(24)
        if rng.random() < 0.5:
            text = "".join(rng.choices(scripts, k=length))
        else:
            text = "".join(chr(rng.randrange(0x110000)) for _ in range(length))
        assert 0.0 <= route(text).score <= 1.0


@settings(max_examples=2_000)
@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    """No text raises, and a score is a share."""
    assert 0.0 <= route(text).score <= 1.0
