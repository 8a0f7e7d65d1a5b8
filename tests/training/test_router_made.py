"""Texts for the router made of other texts."""

from __future__ import annotations

import random

from dagger_tools.training.router_made import after_others, amid_talk, joined, with_question

PASSAGES = ["সেতুটির ৩২টি পিলার আছে। এটি ১৯৯৮ সালে চালু হয়।", "লেকটি ৭৫ একর জুড়ে। গভীরতা ১২ ফুট।"]


def test_a_question_follows_a_passage() -> None:
    """Either another text's, or one that asks for a number which the passage states."""
    rng = random.Random(1)
    made = list(with_question(PASSAGES, ["মেলা কবে বসে?"], "কত", 40, rng))
    assert len(made) == 40
    assert all(text.endswith("?") and text.startswith(tuple(PASSAGES)) for text in made)
    assert any("কতটি পিলার" in text for text in made)
    assert any(text.endswith("মেলা কবে বসে?") for text in made)


def test_passages_are_joined_up_to_a_length() -> None:
    """A passage that is long enough stays alone."""
    rng = random.Random(2)
    assert joined(PASSAGES, 1, rng) in PASSAGES
    assert len(joined(PASSAGES, 300, rng)) >= 300


def test_a_problem_may_follow_the_stories_of_others() -> None:
    """Their questions are left out: only the last one is asked."""
    problems = ["রিনার ৫টি ফুল আছে। কয়টি ফুল?", "বাবুর ৩টি ঘুড়ি ছিল। কয়টি ঘুড়ি?"]
    text = after_others(problems, random.Random(3))
    assert text.endswith(tuple(problems))
    assert text.count("?") == 1


def test_talk_stands_around_a_problem() -> None:
    """In the problem's own script."""
    rng = random.Random(4)
    made = {amid_talk("5 ta boi 3 ta khata, mot koto?", rng, latin=True) for _ in range(30)}
    assert len(made) > 5
    assert all(text.isascii() and "5 ta boi" in text for text in made)
