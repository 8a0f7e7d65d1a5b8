"""Amounts side by side, compared and summed, some told by comparison with another."""

from __future__ import annotations

from collections.abc import Sequence

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, less, mul, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_parts"]


def tell_parts(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    rng, scene = telling.rng, telling.scene
    role = telling.question(_PARTS_WEIGHT)
    count = min(rng.choices((2, 3, 4), (5, 4, 1))[0], len(scene.kinds))
    kinds = rng.sample(scene.kinds, count)
    if telling.has("lead"):
        telling.say("lead")
    if role == "ask_part" or (role in ("ask_not", "ask_more", "ask_fewer") and rng.random() < 0.25):
        by_whole = telling.has("whole") and (role == "ask_not" or rng.random() < 0.45)
        if by_whole:
            return role, _by_whole(telling, role, kinds)
    told = _tell_parts(telling, kinds, relative=0.75 if role == "ask_part" else 0.3)
    telling.idle()
    one, other = rng.sample(kinds, 2)
    if role == "ask_part":
        telling.say(role, k=one)
        return role, told[one][1]
    if role == "ask_whole":
        telling.say(role)
        return role, add(*(expression for _, expression in told.values()))
    if role == "ask_not":
        telling.say(role, k=one)
        return role, add(*(expression for kind, (_, expression) in told.items() if kind != one))
    telling.say(role, k=one, j=other)
    return role, _of_two(role, told[one], told[other])


def _of_two(role: str, one: tuple[int, Expr], other: tuple[int, Expr]) -> Expr:
    if role == "ask_two":
        return add(one[1], other[1])
    if role == "ask_fewer":
        one, other = other, one
    if one[0] <= other[0]:
        raise Unfit
    return sub(one[1], other[1])


def _tell_parts(
    telling: Telling, kinds: Sequence[str], *, relative: float
) -> dict[str, tuple[int, Expr]]:
    """A sentence for each kind, some of them by comparison with an earlier one."""
    rng = telling.rng
    told: dict[str, tuple[int, Expr]] = {}
    comparisons = [role for role in ("more", "fewer", "times") if telling.has(role)]
    for kind in kinds:
        if told and comparisons and rng.random() < relative:
            base = rng.choice(list(told))
            role = rng.choices(comparisons, [1 if r == "times" else 2 for r in comparisons])[0]
            by = telling.draw("times" if role == "times" else "diff")
            value, expression = told[base]
            letter = telling.say(role, k=kind, j=base, n=by)["n"]
            if role == "more":
                told[kind] = value + by, add(expression, letter)
            elif role == "times":
                told[kind] = value * by, mul(expression, letter)
            else:
                told[kind] = value - by, sub(expression, letter)
            if told[kind][0] <= 0:
                raise Unfit
        else:
            value = telling.draw("part")
            told[kind] = value, telling.say("part", k=kind, n=value)["n"]
        telling.idle(0.12)
    return told


def _by_whole(telling: Telling, role: str, kinds: Sequence[str]) -> Expr:
    """All kinds together are told, and all but one by themselves."""
    rng = telling.rng
    unknown, *known = kinds
    start = len(telling.sentences)
    values = {kind: telling.draw("part") for kind in kinds}
    whole = telling.say("whole", n=sum(values.values()))["n"]
    if role == "ask_not":
        letters = {kind: telling.say("part", k=kind, n=values[kind])["n"] for kind in known[:1]}
        if rng.random() < 0.4:
            telling.shuffle(start)
        telling.idle(0.4)
        telling.say(role, k=known[0])
        return sub(whole, letters[known[0]])
    letters = {kind: telling.say("part", k=kind, n=values[kind])["n"] for kind in known}
    if rng.random() < 0.4:
        telling.shuffle(start)
    telling.idle(0.4)
    rest = less(whole, list(letters.values()))
    if role == "ask_part":
        telling.say(role, k=unknown)
        return rest
    other = rng.choice(known)
    one, other_one = (unknown, other) if rng.random() < 0.5 else (other, unknown)
    terms = {unknown: rest, **letters}
    telling.say(role, k=one, j=other_one)
    if role == "ask_fewer":
        one, other_one = other_one, one
    if values[one] <= values[other_one]:
        raise Unfit
    return sub(terms[one], terms[other_one])


_PARTS_WEIGHT = {"ask_whole": 1.5, "ask_part": 1.7, "ask_more": 1.7, "ask_fewer": 1.3}
