"""Problems put together from the sentences of a scene, with the expression that answers them.

Eight frames cover what elementary word problems do with whole numbers, fractions and percents (the
semantic classes of Riley, Greeno and Heller, "Development of children's problem-solving ability in
arithmetic", 1983, and of Marshall, *Schemas in Problem Solving*, 1995):

- ``change``: one quantity that grows and shrinks;
- ``stock``: several quantities that do;
- ``parts``: quantities side by side, compared and summed;
- ``grid``: several owners' several kinds;
- ``groups``: groups of equal size, rates and prices;
- ``rest``: groups go, and what is left is shared out or packed;
- ``ledger``: a quantity that grows and shrinks by products, toward a goal;
- ``shares``: a whole of which fractions and percents are told.

What is told, in which order, and which unknown is asked for is drawn; so one and the same sentence is
needed in one problem and idle in the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction

from dagger_tools.corpus.arithmetic import evaluate
from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.frames.change import tell_change
from dagger_tools.corpus.frames.grid import tell_grid
from dagger_tools.corpus.frames.groups import tell_groups
from dagger_tools.corpus.frames.ledger import tell_ledger
from dagger_tools.corpus.frames.parts import tell_parts
from dagger_tools.corpus.frames.rest import tell_rest
from dagger_tools.corpus.frames.shares import tell_shares
from dagger_tools.corpus.frames.stock import tell_stock
from dagger_tools.corpus.frames.telling import Telling, Unfit
from dagger_tools.corpus.problem import Draft
from dagger_tools.corpus.realise import draw_words, write_draft
from dagger_tools.corpus.scenes import Scene
from dagger_tools.graph.expression import Call, Expr, operations, references

__all__ = ["compose_scene"]

_FRAMES: Mapping[str, Callable[[Telling], tuple[str, Expr]]] = {
    "change": tell_change,
    "grid": tell_grid,
    "groups": tell_groups,
    "ledger": tell_ledger,
    "parts": tell_parts,
    "rest": tell_rest,
    "shares": tell_shares,
    "stock": tell_stock,
}
_TOPICS = {
    "change": "change",
    "grid": "compare",
    "groups": "equal groups",
    "ledger": "several steps",
    "parts": "compare",
    "rest": "several steps",
    "shares": "fractions",
    "stock": "several steps",
}
_TRIES = 30
_MOST_STEPS = 8
"""Longer graphs than elementary problems have."""


def compose_scene(scene: Scene, lexicon: Lexicon, rng: random.Random) -> Draft | None:
    """One problem of this scene, or None when no draw of its numbers and sentences fits."""
    for _ in range(_TRIES):
        telling = Telling(scene, rng)
        try:
            role, expression = _FRAMES[scene.frame](telling)
            answer = evaluate(expression, telling.numbers)
        except (Unfit, ArithmeticError):
            continue
        # nothing is asked that a sentence already says, and "how many more" is never none
        asks = isinstance(expression, Call) and answer > 0 and answer.denominator == 1
        if asks and len(list(operations(expression))) > _MOST_STEPS:
            continue
        if asks and _needs_each(expression, telling.numbers):
            return _draft(telling, role, expression, answer, lexicon)
    return None


def _needs_each(expression: Expr, numbers: Mapping[str, Fraction]) -> bool:
    """Whether each number of the expression matters: in a + b - a the first does not."""
    value = evaluate(expression, numbers)
    return all(
        evaluate(expression, {**numbers, name: numbers[name] + 1}) != value
        for name in references(expression)
    )


def _draft(
    telling: Telling, role: str, expression: Expr, answer: Fraction, lexicon: Lexicon
) -> Draft:
    scene, rng = telling.scene, telling.rng
    family = f"{scene.name}/{role}"
    people = [name for name, _ in scene.people]
    # by name: whom a distractor speaks of does not depend on who is told of first
    people += [
        letter
        for letter in sorted(telling.words, key=telling.words.__getitem__)
        if (scene.owners_are_people if letter[0] == "a" else scene.kinds_are_people)
    ]
    # a stranger is none of the people that the scene is about
    words = draw_words((*scene.people, *scene.things), lexicon, rng, taken=telling.words.values())
    return write_draft(
        " ".join(telling.sentences),
        lexicon,
        rng,
        words={**words, **telling.words},
        numbers=telling.numbers,
        people=people,
        things=[name for name, _ in scene.things],
        expression=expression,
        answer=answer,
        place=f"{scene.place} ({family})",
        family=family,
        topic=_TOPICS[scene.frame],
        grade=3,
    )
