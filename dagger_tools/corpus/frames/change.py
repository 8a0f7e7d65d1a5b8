"""One quantity that grows and shrinks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, less, net, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_change"]


def tell_change(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    role = telling.question(_CHANGE_WEIGHT)
    return role, _CHANGE[role](telling)


def _events(
    telling: Telling, level: int, signs: Sequence[int]
) -> tuple[int, list[Expr], list[Expr]]:
    """Tell events of these signs; the level after them, what came, and what went."""
    came: list[Expr] = []
    went: list[Expr] = []
    for sign in signs:
        amount = telling.draw("step")
        level += sign * amount
        if level < 0:
            raise Unfit
        letter = telling.say("up" if sign > 0 else "down", n=amount)["n"]
        (came if sign > 0 else went).append(letter)
        telling.idle(0.2)
    return level, came, went


def _signs(telling: Telling, least: int = 1, most: int = 3) -> list[int]:
    count = telling.rng.choices(range(least, most + 1), [4, 3, 1, 1][: most - least + 1])[0]
    return [telling.rng.choice((1, -1)) for _ in range(count)]


def _ask_end(telling: Telling) -> Expr:
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle()
    _, came, went = _events(telling, level, _signs(telling))
    telling.say("ask_end")
    return net(start, came, went)


def _ask_start(telling: Telling) -> Expr:
    telling.say("some")
    telling.idle(0.25)
    level, came, went = _events(telling, telling.draw("start"), _signs(telling, most=2))
    end = telling.say("end", n=level)["n"]
    telling.idle(0.25)
    telling.say("ask_start")
    return net(end, went, came)


def _ask_amount(telling: Telling, sign: int) -> Expr:
    """How many came (or went) in the one event that is told without its number."""
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle(0.3)
    # another event of the same direction would leave open which one is meant
    others = [-sign] * telling.rng.choices((0, 1, 2), (5, 4, 1))[0]
    first = telling.rng.randint(0, len(others))
    level, before, gone = _events(telling, level, others[:first])
    telling.say("up_some" if sign > 0 else "down_some")
    level += sign * telling.draw("step")
    level, after, gone_after = _events(telling, level, others[first:])
    if level < 0:
        raise Unfit
    end = telling.say("end", n=level)["n"]
    telling.idle(0.2)
    telling.say("ask_up" if sign > 0 else "ask_down")
    came, went = before + after, gone + gone_after
    if sign > 0:
        return less(net(end, went, ()), [start])
    return less(net(start, came, ()), [end])


def _ask_net(telling: Telling, sign: int) -> Expr:
    """By how many it is more (or fewer) in the end than at first."""
    rng = telling.rng
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle(0.3)
    if rng.random() < 0.35 and telling.has("end"):
        amount = telling.draw("step")
        if level + sign * amount < 0:
            raise Unfit
        if telling.has("up_some", "down_some") and rng.random() < 0.5:
            telling.say("up_some" if sign > 0 else "down_some")
        end = telling.say("end", n=level + sign * amount)["n"]
        telling.say("ask_net_up" if sign > 0 else "ask_net_down")
        return sub(end, start) if sign > 0 else sub(start, end)
    signs = [1, -1] + ([rng.choice((1, -1))] if rng.random() < 0.3 else [])
    rng.shuffle(signs)
    _, came, went = _events(telling, level, signs)
    telling.say("ask_net_up" if sign > 0 else "ask_net_down")
    return net(None, came, went) if sign > 0 else net(None, went, came)


def _ask_all(telling: Telling, sign: int) -> Expr:
    """How many came (or went) altogether, in two events or three."""
    rng = telling.rng
    level = telling.draw("start")
    if rng.random() < 0.75 or not telling.has("some"):
        telling.say("have", n=level)
    else:
        telling.say("some")
    signs = [sign, sign] + rng.choices(([], [-sign], [sign]), (4, 5, 1))[0]
    rng.shuffle(signs)
    _, came, went = _events(telling, level, signs)
    telling.say("ask_all_up" if sign > 0 else "ask_all_down")
    return add(*(came if sign > 0 else went))


def _ask_if(telling: Telling, sign: int) -> Expr:
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle()
    level, came, went = _events(telling, level, _signs(telling, least=0, most=2))
    amount = telling.draw("step")
    if level + sign * amount < 0:
        raise Unfit
    last = telling.say("ask_if_up" if sign > 0 else "ask_if_down", n=amount)["n"]
    return net(start, [*came, last], went) if sign > 0 else net(start, came, [*went, last])


_CHANGE: Mapping[str, Callable[[Telling], Expr]] = {
    "ask_end": _ask_end,
    "ask_start": _ask_start,
    "ask_up": lambda telling: _ask_amount(telling, 1),
    "ask_down": lambda telling: _ask_amount(telling, -1),
    "ask_net_up": lambda telling: _ask_net(telling, 1),
    "ask_net_down": lambda telling: _ask_net(telling, -1),
    "ask_all_up": lambda telling: _ask_all(telling, 1),
    "ask_all_down": lambda telling: _ask_all(telling, -1),
    "ask_if_up": lambda telling: _ask_if(telling, 1),
    "ask_if_down": lambda telling: _ask_if(telling, -1),
}
_CHANGE_WEIGHT = {"ask_end": 2.5, "ask_start": 2.0, "ask_up": 1.5, "ask_down": 1.5}
