"""Several kinds, each of which grows and shrinks."""

from __future__ import annotations

from collections.abc import Sequence

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, net, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_stock"]


def tell_stock(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    rng, scene = telling.rng, telling.scene
    role = telling.question()
    kinds = rng.sample(scene.kinds, min(rng.choices((2, 3), (5, 1))[0], len(scene.kinds)))
    if telling.has("lead"):
        telling.say("lead")
    if role == "ask_start":
        return role, _stock_start(telling, kinds)
    levels: dict[str, int] = {}
    now: dict[str, Expr] = {}
    sign = {"up": 1, "down": -1}.get(role.rpartition("_")[2], 0)
    # what came and went can be asked without a word on what there was
    silent = sign != 0 and telling.has("lead") and rng.random() < 0.3
    for kind in kinds:
        levels[kind] = telling.draw("start")
        if not silent:
            now[kind] = telling.say("have", k=kind, n=levels[kind])["n"]
    telling.idle(0.2)
    came: dict[str, tuple[int, Expr]] = {}
    went: dict[str, tuple[int, Expr]] = {}
    events = [(kind, sign) for kind in kinds] if sign else []
    events += [(rng.choice(kinds), rng.choice((1, -1))) for _ in range(rng.choice((0, 1, 1, 2)))]
    # each kind comes at most once and goes at most once: what is asked of it has one meaning
    events = list(dict.fromkeys(events or [(kinds[0], rng.choice((1, -1)))]))
    rng.shuffle(events)
    for kind, direction in events:
        amount = telling.draw("step")
        levels[kind] += direction * amount
        if levels[kind] < 0:
            raise Unfit
        letter = telling.say("up" if direction > 0 else "down", k=kind, n=amount)["n"]
        (came if direction > 0 else went)[kind] = amount, letter
        if not silent:
            now[kind] = add(now[kind], letter) if direction > 0 else sub(now[kind], letter)
    telling.idle(0.25)
    one, other = rng.sample(kinds, 2)
    moved = came if sign > 0 else went
    if role == "ask_all":
        telling.say(role)
        return role, add(*now.values())
    if role in ("ask_all_up", "ask_all_down"):
        telling.say(role)
        return role, add(*(letter for _, letter in moved.values()))
    if role == "ask_end":
        telling.say(role, k=one)
        return role, now[one]
    amounts = moved if sign else {kind: (levels[kind], now[kind]) for kind in kinds}
    if amounts[one][0] < amounts[other][0]:
        one, other = other, one
    telling.say(role, k=one, j=other)
    return role, sub(amounts[one][1], amounts[other][1])


def _stock_start(telling: Telling, kinds: Sequence[str]) -> Expr:
    """How many of a kind there were at first, when its events and its end are told."""
    rng = telling.rng
    one, *others = kinds
    first = rng.random() < 0.5
    told = [(kind, telling.draw("start")) for kind in others]
    if first:
        telling.say("some", k=one)
    for kind, level in told:
        telling.say("have", k=kind, n=level)
    if not first:
        telling.say("some", k=one)
    telling.idle(0.2)
    level = telling.draw("start")
    came: list[Expr] = []
    went: list[Expr] = []
    signs = [rng.choice((1, -1))] + ([rng.choice((1, -1))] if rng.random() < 0.3 else [])
    for sign in signs:
        amount = telling.draw("step")
        level += sign * amount
        if level < 0:
            raise Unfit
        letter = telling.say("up" if sign > 0 else "down", k=one, n=amount)["n"]
        (came if sign > 0 else went).append(letter)
        if rng.random() < 0.3:
            telling.say(rng.choice(("up", "down")), k=others[0], n=rng.randint(1, 9))
    end = telling.say("end", k=one, n=level)["n"]
    telling.say("ask_start", k=one)
    return net(end, went, came)
