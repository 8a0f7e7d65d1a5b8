"""What of a message the model reads, and the way back to the message."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.router import frame, route
from dagger_tools.router.span import question_span
from dagger_tools.solver import Solver
from dagger_tools.text import normalised, read_question
from dagger_tools.text.transliterate import spell_out, to_bangla_script

KIND = "ভাই একটু হেল্প করেন, রাজুর ১২টি আম ছিল। সে ৫টি দিল। এখন কতটি আছে? ধন্যবাদ!"
LATIN = "sir ei math ta partesi na. ekta khatar dam 35 tk, 4 ta khatar dam koto? plz help"


def test_small_talk_stays_outside() -> None:
    """The model reads the question alone; its numbers lie where they lie in the message."""
    framed = frame(read_question(KIND), route(KIND))
    assert framed.question.text == "রাজুর ১২টি আম ছিল। সে ৫টি দিল। এখন কতটি আছে?"
    spans = [framed.original(number.start, number.end) for number in framed.question.numbers]
    assert [KIND[start:end] for start, end in spans] == ["১২", "৫"]


def test_what_asks_for_a_quantity_is_never_small_talk() -> None:
    """A question about homework or a sum keeps its asking sentence, greeting or not."""
    for story in (
        "রিতা ৫ পাতা গণিত আর ২ পাতা বাংলা পড়েছে। সে গণিত হোমওয়ার্ক কত পাতা বেশি পড়েছে?",
        "সুমন ৭টি অঙ্ক করেছে। ছুটিতে ১২টি অঙ্ক করার কথা ছিল, তাহলে আর কতটি অঙ্ক বাকি?",
    ):
        assert question_span(story) == (0, len(story))
        start, end = question_span(f"ভাই একটু হেল্প করেন, {story} ধন্যবাদ স্যার।")
        assert end - start == len(story)


def test_romanised_bangla_is_put_into_its_script() -> None:
    """Words and units come back as Bangla is written, numbers keep value, unit and place."""
    framed = frame(read_question(LATIN), route(LATIN))
    assert framed.question.text == normalised("একটা খাতার দাম 35 টাকা, 4 টা খাতার দাম কত?")
    numbers = framed.question.numbers
    assert [(n.value, n.unit) for n in numbers] == [(Fraction(35), "টাকা"), (Fraction(4), None)]
    spans = [framed.original(number.start, number.end) for number in numbers]
    assert [LATIN[start:end] for start, end in spans] == ["35", "4"]


def test_number_words_in_latin_letters_point_at_their_word() -> None:
    """tinta is a number that the original text has no digit for."""
    message = "rahim er kache pachta kolom ache, se tinta dilo. koyta kolom roilo?"
    framed = frame(read_question(message), route(message))
    found = {
        number.value: message[slice(*framed.original(number.start, number.end))]
        for number in framed.question.numbers
    }
    assert found.keys() == {5, 3}
    assert found[Fraction(5)].startswith("pac")
    assert found[Fraction(3)].startswith("tin")


def test_english_amid_bangla_stays() -> None:
    """Only Bangla words are put back where the message is a mixture."""
    assert to_bangla_script("Train er speed koto", unknown=False).text == "Train এর speed কত"


@pytest.mark.parametrize("text", ["আজ কেমন আছো?", "12 + 5 = ?", KIND])
def test_what_was_not_routed_is_left_alone(text: str) -> None:
    """Without a route, or where the verdict is no, the message is the question."""
    question = read_question(text)
    assert frame(question, None).question is question


def test_answers_speak_of_the_message() -> None:
    """An answer's question and spans are those of what the person typed."""
    with Solver() as solver:
        answer = solver.solve(LATIN)
    assert answer.question == LATIN
    assert [LATIN[slice(*number.span)] for number in answer.numbers] == ["35", "4"]


@given(st.text(alphabet="abcdehikmnorstuxyz .,?0123456789আকি", max_size=80))
def test_any_text_keeps_its_places(text: str) -> None:
    """Offsets grow, never leave the text, and reach its end."""
    found = to_bangla_script(text)
    offsets = list(found.offsets)
    assert len(offsets) == len(found.text) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(text)
    assert not any(letter.isascii() and letter.isalpha() for letter in found.text)


def test_words_of_no_table_are_spelled_out() -> None:
    """Letter by letter, an o after a consonant left unwritten."""
    assert spell_out("Kolom") == "কলম"
    assert spell_out("Chondrima") == normalised("চন্দ্রিমা").replace("\u09cd", "")
