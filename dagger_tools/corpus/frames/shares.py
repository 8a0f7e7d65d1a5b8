"""A whole of which parts are told as fractions or percents: parts that go, discounts, rises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, div, mul, sub
from dagger_tools.graph.expression import Expr, Literal, operations

__all__ = ["tell_shares"]


def tell_shares(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    role = telling.question(_WEIGHT)
    expression = _ask_whole(telling) if role == "ask_whole" else _ask_part(telling, role)
    if len(list(operations(expression))) > _MOST_OPERATIONS:
        raise Unfit
    return role, expression


@dataclass(frozen=True, slots=True)
class _Event:
    """What happens: its role, and its share as it is told (25 for 25%, 1/4), None for a number."""

    role: str
    share: Fraction | int | None = None

    @property
    def value(self) -> Fraction:
        return _value(self.share or 0)


def _value(share: Fraction | int) -> Fraction:
    return Fraction(share, 100) if isinstance(share, int) else share


def _of(whole: Expr, share: Fraction | int, letter: Expr) -> Expr:
    """The part that is this share of ``whole``."""
    part = mul(whole, letter)
    return div(part, _one(share)) if isinstance(share, int) else part


def _one(share: Fraction | int) -> Expr:
    """The whole of which a share is told: 100 of a percentage."""
    return Literal(Fraction(100 if isinstance(share, int) else 1))


def _draw_share(telling: Telling) -> Fraction | int:
    """A percentage or a fraction within the scene's range of percents.

    Raises:
        Unfit: the range has none.
    """
    least, most = telling.scene.ranges["percent"]
    told = _PERCENTS if telling.rng.random() < 0.5 else _FRACTIONS
    fitting = [s for s in told if least <= 100 * _value(s) <= most]
    if not fitting:
        raise Unfit
    return telling.rng.choice(fitting)


def _ask_part(telling: Telling, role: str) -> Expr:
    """Everything is told from the whole on, and something after that is asked for."""
    events = _plan(telling, role)
    whole = level = _draw_whole(telling, events)
    total = now = telling.say("have", w=whole)["w"]
    _idle(telling, 0.3)
    told: dict[str, Expr] = {}
    gone: list[Expr] = []
    for i, event in enumerate(events):
        if event.share is None:
            amount = _draw_amount(telling, level, events[i + 1 :])
            part = telling.say(event.role, n=amount)["n"]
        else:
            letter = telling.say(event.role, f=event.share)["f"]
            of_rest = event.role == "take_rest"
            amount = int((level if of_rest else whole) * event.value)
            part = _of(now if of_rest else total, event.share, letter)
        grows = event.role == "rise"
        level += amount if grows else -amount
        if event.role == "take_rest" and event.share is not None:
            # times what is left of one, so that the rest so far is calculated once
            now = _of(now, event.share, sub(_one(event.share), letter))
        else:
            now = (add if grows else sub)(now, part)
        told[event.role] = part
        gone.append(part)
        _idle(telling, 0.12)
    if level <= 0:
        raise Unfit
    if role in ("ask_each", "ask_all"):
        by = telling.draw_divisor("m", level) if role == "ask_each" else telling.draw("m")
        return (div if role == "ask_each" else mul)(now, telling.say(role, m=by)["m"])
    telling.say(role)
    if role == "ask_left":
        return now
    if role == "ask_out":
        # the share of a rest would have that rest calculated again
        return sub(total, now) if "take_rest" in told else add(*gone)
    return told[role.removeprefix("ask_")]


def _plan(telling: Telling, role: str) -> list[_Event]:
    """One event or two: a share of the whole first, then whatever the scene has."""
    rng = telling.rng
    rises = telling.has("rise") and role not in ("ask_take", "ask_out")
    first = "rise" if role == "ask_rise" or (rises and rng.random() < 0.4) else "take"
    later = [event for event in ("take_also", "take_rest", "out") if telling.has(event)]
    if first == "rise" and "take_also" in later:
        later.remove("take_also")
    roles = [first]
    if role == "ask_take_rest":
        roles += ["out", "take_rest"] if "out" in later and rng.random() < 0.2 else ["take_rest"]
    elif later and (role == "ask_out" or rng.random() < 0.7):
        roles.append(rng.choice(later))
    elif role == "ask_out":
        raise Unfit
    return [_Event(r, None if r == "out" else _draw_share(telling)) for r in roles]


def _draw_whole(telling: Telling, events: Sequence[_Event]) -> int:
    """A whole of which every part that is told is whole.

    Raises:
        Unfit: the scene's range has none, or the parts are more than the whole.
    """
    left = Fraction(1)
    step = 1
    for event in events:
        part = event.value * (left if event.role == "take_rest" else 1)
        left += part if event.role == "rise" else -part
        step = math.lcm(step, part.denominator)
        if left <= 0:
            raise Unfit
        if event.share is None:
            # what follows a number is made to fit by that number
            break
    least, most = telling.scene.ranges["start"]
    if most >= _ROUND_FROM:
        step = math.lcm(step, 50)
    first = -(-least // step)
    if first > most // step:
        raise Unfit
    return step * telling.rng.randint(first, most // step)


def _draw_amount(telling: Telling, level: int, later: Sequence[_Event]) -> int:
    """A number that may go, and after which the shares of the rest are whole."""
    least, most = telling.scene.ranges["step"]
    by = 10 if telling.scene.ranges["start"][1] >= _ROUND_FROM else 1
    fitting = [
        n
        for n in range(-(-least // by) * by, min(most, level - 1) + 1, by)
        if all(((level - n) * event.value).denominator == 1 for event in later)
    ]
    if not fitting:
        raise Unfit
    return telling.rng.choice(fitting)


def _ask_whole(telling: Telling) -> Expr:
    """The whole is not told: it follows from a part, or from what is left."""
    rng = telling.rng
    from_part = telling.has("taken") and (not telling.has("left") or rng.random() < 0.5)
    grows = not from_part and telling.has("rise") and rng.random() < 0.4
    share = _draw_share(telling)
    event = _Event("rise" if grows else "take", share)
    whole = _draw_whole(telling, [event])
    part = int(whole * event.value)
    telling.say("some")
    _idle(telling, 0.15)
    letter = telling.say(event.role, f=share)["f"]
    _idle(telling, 0.12)
    one = _one(share)
    if from_part:
        known: Expr = telling.say("taken", n=part)["n"]
        by = letter
    else:
        level = whole + (part if grows else -part)
        more: Expr | None = None
        if telling.has("out") and rng.random() < 0.4:
            amount = _draw_amount(telling, level, ())
            more = telling.say("out", n=amount)["n"]
            level -= amount
        known = telling.say("left", n=level)["n"]
        known = known if more is None else add(known, more)
        by = (add if grows else sub)(one, letter)
    _idle(telling, 0.12)
    telling.say("ask_whole")
    return div(mul(known, one) if isinstance(share, int) else known, by)


def _idle(telling: Telling, share: float) -> None:
    """Now and then a number, or a share of something else, that does not matter."""
    if telling.has("idle_share") and telling.rng.random() < share / 3:
        telling.say("idle_share", f=_draw_share(telling))
    else:
        telling.idle(share)


_PERCENTS = (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 75, 80)
_FRACTIONS = tuple(
    map(Fraction, ("1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "2/5", "3/5", "1/6", "1/8", "3/8",
                   "1/10", "3/10"))
)  # fmt: skip
_ROUND_FROM = 2000
"""Wholes that may be this large (salaries, prices) are round numbers, as they are in life."""
_MOST_OPERATIONS = 5
_WEIGHT = {"ask_left": 2.5, "ask_take": 0.6, "ask_rise": 0.5, "ask_whole": 1.3}
