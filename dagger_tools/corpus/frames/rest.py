"""One quantity of which equal groups go, and whose rest is shared or packed."""

from __future__ import annotations

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, div, mul, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_rest"]


def tell_rest(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    rng = telling.rng
    role = telling.question()
    level = telling.draw("start")
    total = telling.say("have", w=level)["w"]
    telling.idle(0.3)
    gone: list[Expr] = []
    extra = [event for event in ("out", "in") if telling.has(event)]
    events = [] if role in ("ask_each", "ask_groups") and rng.random() < 0.6 else ["out_each"]
    if extra and (not events or rng.random() < 0.4):
        events.append(rng.choice(extra))
    rng.shuffle(events)
    for event in events:
        if event == "out_each":
            groups, each = telling.draw("m"), telling.draw("n")
            told = telling.say(event, m=groups, n=each)
            amount, letter = groups * each, mul(told["m"], told["n"])
        else:
            amount = telling.draw("step")
            letter = telling.say(event, n=amount)["n"]
        level += amount if event == "in" else -amount
        if event == "in":
            total = add(total, letter)
        else:
            total = sub(total, letter)
            gone.append(letter)
    telling.idle(0.15)
    if level <= 0:
        raise Unfit
    if role in ("ask_each", "ask_groups"):
        slot = "m" if role == "ask_each" else "n"
        divisor = telling.draw(slot)
        if level % divisor:
            raise Unfit
        told = telling.say("share", m=divisor) if slot == "m" else telling.say("pack", n=divisor)
        total = div(total, told[slot])
    telling.say(role)
    return role, add(*gone) if role == "ask_out" else total
