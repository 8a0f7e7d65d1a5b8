"""What the frames have in common: a problem that is being told, and expressions over its numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from dagger_tools.corpus.realise import PRONOUN
from dagger_tools.corpus.scenes import Scene
from dagger_tools.graph.expression import Call, Expr, Ref

__all__ = ["Telling", "Unfit", "add", "div", "less", "mul", "net", "sub"]

_PERCENT = ("{f}%", "{f} শতাংশ", "শতকরা {f} ভাগ")
_SLOT = re.compile(r"\{([nmwfkjab])(?=[}:])")


class Unfit(Exception):
    """This draw makes no problem; another will."""


@dataclass(slots=True)
class Telling:
    """A problem under construction: sentences so far, the numbers and kinds they show."""

    scene: Scene
    rng: random.Random
    sentences: list[str] = field(default_factory=list)
    told: set[tuple[object, ...]] = field(default_factory=set)
    numbers: dict[str, Fraction] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    was_idle: bool = False
    """Whether the last sentence is idle: it may speak of somebody's brother or friend."""

    def has(self, *roles: str) -> bool:
        """Whether the scene has wordings for all of these."""
        return all(role in self.scene.roles for role in roles)

    def question(self, weights: Mapping[str, float] | None = None) -> str:
        """The role that asks: one of the scene's, by ``weights`` (1 where one has none) if there are any."""
        roles = [role for role in self.scene.roles if role.startswith("ask")]
        if weights is None:
            return self.rng.choice(roles)
        return self.rng.choices(roles, [weights.get(role, 1.0) for role in roles])[0]

    def draw(self, name: str) -> int:
        """A whole number of the scene's range of this name."""
        return self.rng.randint(*self.scene.ranges[name])

    def draw_divisor(self, name: str, level: int) -> int:
        """A number of the scene's range of this name that parts ``level`` into more than one each.

        Raises:
            Unfit: the range has none.
        """
        least, most = self.scene.ranges[name]
        # a level divided by itself would be one each, which nobody asks
        fitting = [part for part in range(least, min(most, level - 1) + 1) if level % part == 0]
        if not fitting:
            raise Unfit
        return self.rng.choice(fitting)

    def say(
        self, role: str, *, named: bool = False, **slots: Fraction | int | str
    ) -> dict[str, Expr]:
        """Add a sentence of ``role``; its numbers become letters, which are given back by slot.

        ``named`` wants a wording that says of which kind it speaks.  ``f`` is a share: a percentage as a
        whole number, or a fraction.
        """
        # a pronoun must not point at the stranger of the sentence before
        last = self.sentences[-1] if self.sentences else "{p"
        stranger = "{q" in last or (self.was_idle and "{p" not in last)
        whose = slots.get("a"), slots.get("k")
        wordings = [
            wording
            for wording in self.scene.roles.get(role, ())
            # said twice with two numbers, a sentence would contradict itself
            if (role, wording, *whose) not in self.told
            and ("{k" in wording or not named)
            and ("{p" in wording or not stranger or not PRONOUN.search(wording))
        ]
        if not wordings:
            raise Unfit
        letters: dict[str, str] = {}
        for slot, value in slots.items():
            if not isinstance(value, str):
                letters[slot] = f"n{len(self.numbers) + 1}"
                self.numbers[letters[slot]] = Fraction(value)
            else:
                # the same letter for owners and for kinds as the scene has
                letters[slot] = f"{'a' if slot in 'ab' else 'k'}{len(self.words) + 1}"
                self.words[letters[slot]] = value
        wording = self.rng.choice(wordings)
        self.told.add((role, wording, *whose))
        self.was_idle = role.startswith("idle")
        if isinstance(slots.get("f"), int):
            wording = wording.replace("{f}", self.rng.choice(_PERCENT))
        self.sentences.append(_SLOT.sub(lambda match: "{" + letters[match[1]], wording))
        return {
            slot: Ref(letters[slot]) for slot, value in slots.items() if not isinstance(value, str)
        }

    def idle(self, share: float = 0.45) -> None:
        """Now and then, a sentence whose number does not matter, small or of the size of what is told."""
        if not self.has("idle") or self.rng.random() >= share:
            return
        if self.has("idle_amount") and self.rng.random() < 0.35:
            amount = self.draw("start")
            self.say("idle_amount", n=amount if amount < 1000 else amount - amount % 50)
        else:
            self.say("idle", n=self.rng.randint(2, 60))

    def shuffle(self, start: int) -> None:
        """Put the sentences from ``start`` on in another order."""
        tail = self.sentences[start:]
        self.rng.shuffle(tail)
        self.sentences[start:] = tail


def add(*terms: Expr) -> Expr:
    """The sum, from left to right."""
    total = terms[0]
    for term in terms[1:]:
        total = Call("add", (total, term))
    return total


def sub(left: Expr, right: Expr) -> Expr:
    """The difference."""
    return Call("sub", (left, right))


def mul(left: Expr, right: Expr) -> Expr:
    """The product."""
    return Call("mul", (left, right))


def div(left: Expr, right: Expr) -> Expr:
    """The quotient."""
    return Call("div", (left, right))


def net(start: Expr | None, came: Sequence[Expr], went: Sequence[Expr]) -> Expr:
    """``start`` and what came, less what went.

    Raises:
        Unfit: nothing is there to take from.
    """
    plus = ([] if start is None else [start]) + list(came)
    if not plus:
        raise Unfit
    return plus[0] if len(plus) == 1 and not went else less(add(*plus), went)


def less(total: Expr, terms: Sequence[Expr]) -> Expr:
    """``total`` less each of the terms."""
    for term in terms:
        total = sub(total, term)
    return total
