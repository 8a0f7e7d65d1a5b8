"""Texts for the router from scenes."""

from __future__ import annotations

import random

from dagger_tools.training.router_scenes import scene_problems, scene_stories


def test_problems_come_as_people_type_them() -> None:
    """Most as they are, some otherwise; each with the problem that it says."""
    made = list(scene_problems(400, random.Random(1)))
    assert len(made) == 400
    assert all(problem.endswith("?") for _, problem in made)
    assert 180 < sum(typed == problem for typed, problem in made) < 300
    assert any(typed.isascii() for typed, _ in made)


def test_stories_ask_for_nothing() -> None:
    """Whole ones and single sentences, without their question."""
    told = [story for _, story in scene_stories(60, random.Random(2))]
    assert len(told) > 50
    assert not any("?" in story for story in told)
    assert {story.count("।") > 1 for story in told} == {False, True}
