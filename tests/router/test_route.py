"""The router on messages of every kind, and on anything at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import InputError
from dagger_tools.router import route
from dagger_tools.text import read_question

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
    assert route(read_question(text)).math


@pytest.mark.parametrize("text", OTHERS)
def test_other_messages_are_left(text: str) -> None:
    """Chat, codes, facts, proofs, recipes and other languages do not."""
    assert not route(read_question(text)).math


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (QUESTIONS[0], "bn"),
        (QUESTIONS[4], "bn-Latn"),
        (OTHERS[4], "en"),
        (OTHERS[6], "hi"),
        (OTHERS[7], "as"),
        ("১২৩ ৪৫", "bn"),
        ("!?", "und"),
    ],
)
def test_language_is_told(text: str, language: str) -> None:
    """Script and little words give the language."""
    assert route(read_question(text)).language == language


def test_reasons_are_said_strongest_first() -> None:
    """Each reason is one line with its weight."""
    found = route(read_question(QUESTIONS[0]))
    weights = [abs(float(reason.split()[0])) for reason in found.reasons]
    assert weights == sorted(weights, reverse=True)
    assert any("how many" in reason for reason in found.reasons)


def test_without_a_number_there_is_no_question() -> None:
    """Question words alone have nothing to compute with."""
    assert not route(read_question("মোট কতটি আম আছে?")).math


@given(st.text(min_size=1, max_size=300))
def test_any_text_is_judged(text: str) -> None:
    """No text raises, and a score is a share."""
    try:
        question = read_question(text)
    except InputError:
        return
    assert 0.0 <= route(question).score <= 1.0
