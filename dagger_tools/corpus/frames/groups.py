"""Groups of equal size: boxes, prices, rates."""

from __future__ import annotations

from dataclasses import dataclass

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, div, mul, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_groups"]


def tell_groups(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    rng, scene = telling.rng, telling.scene
    role = telling.question(_GROUPS_WEIGHT)
    one, other = rng.sample(scene.kinds, 2)
    of_two = role in ("ask_two", "ask_more", "ask_two_groups")
    several = of_two or rng.random() < 0.35
    if role == "ask_two_groups":
        bundles = [_bundle(telling, kind, rng.choice(_KNOW_GROUPS), True) for kind in (one, other)]
        telling.idle(0.3)
        telling.say(role, k=one, j=other)
        return role, add(bundles[0].groups, bundles[1].groups)
    if of_two:
        bundles = [_bundle(telling, kind, "both", True) for kind in (one, other)]
        telling.idle(0.3)
        if role == "ask_more" and bundles[0].value < bundles[1].value:
            one, other = other, one
            bundles.reverse()
        telling.say(role, k=one, j=other)
        combine = sub if role == "ask_more" else add
        return role, combine(bundles[0].whole, bundles[1].whole)
    how = {
        "ask_each": "groups_whole",
        "ask_groups": "each_whole",
        "ask_now": rng.choices(("both", "groups_whole", "each_whole"), (3, 1, 1))[0],
    }.get(role, "both")
    return role, _of_one(telling, role, how, one, other if several else None)


def _of_one(telling: Telling, role: str, how: str, one: str, other: str | None) -> Expr:
    rng = telling.rng
    named = other is not None
    first = rng.random() < 0.5
    extra = rng.choice(("both", "groups_whole", "each_whole"))
    if other is not None and first:
        _bundle(telling, other, extra, True)
    bundle = _bundle(telling, one, how, named)
    telling.idle(0.35)
    if other is not None and not first:
        _bundle(telling, other, extra, True)
    if role == "ask_now":
        expression, value = bundle.whole, bundle.value
        for _ in range(rng.choices((1, 2), (3, 1))[0]):
            sign = rng.choice([s for s in (1, -1) if telling.has("plus" if s > 0 else "minus")])
            amount = telling.draw("extra")
            value += sign * amount
            if value < 0:
                raise Unfit
            event = "plus" if sign > 0 else "minus"
            letter = telling.say(event, named=named, k=one, n=amount)["n"]
            expression = add(expression, letter) if sign > 0 else sub(expression, letter)
            telling.idle(0.15)
    else:
        expression = {
            "ask_whole": bundle.whole,
            "ask_each": bundle.each,
            "ask_groups": bundle.groups,
        }[role]
    telling.say(role, named=named, k=one)
    return expression


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Groups of equal size: their number, the size of each and how many there are, as expressions."""

    groups: Expr
    each: Expr
    whole: Expr
    value: int


def _bundle(telling: Telling, kind: str, how: str, named: bool) -> _Bundle:
    groups, each = telling.draw("m"), telling.draw("n")
    value = groups * each
    if how == "both":
        told = telling.say(how, named=named, k=kind, m=groups, n=each)
        return _Bundle(told["m"], told["n"], mul(told["m"], told["n"]), value)
    if how == "groups_whole":
        told = telling.say(how, named=named, k=kind, m=groups, w=value)
        return _Bundle(told["m"], div(told["w"], told["m"]), told["w"], value)
    told = telling.say(how, named=named, k=kind, n=each, w=value)
    return _Bundle(div(told["w"], told["n"]), told["n"], told["w"], value)


_KNOW_GROUPS = ("both", "groups_whole", "each_whole")
_GROUPS_WEIGHT = {"ask_whole": 2.0, "ask_each": 1.5, "ask_groups": 1.5, "ask_now": 1.5}
