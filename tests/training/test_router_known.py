"""Questions whose numbers nobody writes, beside facts in the same words."""

from __future__ import annotations

import random

from dagger_tools.router.language import language_of
from dagger_tools.training.router_known import known_numbers


def test_both_classes_are_made_and_never_share_a_text() -> None:
    """About half and half, most of them unlike each other."""
    made = known_numbers(600, random.Random(1))
    ours = {text for text, math in made if math}
    others = {text for text, math in made if not math}
    assert 200 < sum(math for _, math in made) < 400
    assert len(ours) > 200
    assert not ours & others


def test_they_are_bangla_and_repeatable() -> None:
    """The same generator makes the same texts."""
    made = known_numbers(100, random.Random(2))
    assert made == known_numbers(100, random.Random(2))
    assert {language_of(text) for text, _ in made} == {"bn"}
