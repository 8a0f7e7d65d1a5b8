"""One quantity told by events that are themselves products: packets of a kind, hours at a wage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, div, mul, net, sub
from dagger_tools.corpus.realise import PRONOUN
from dagger_tools.graph.expression import Expr, operations

__all__ = ["tell_ledger"]


def tell_ledger(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    role = telling.question(_WEIGHT)
    expression = _ASK[role](telling)
    steps = list(operations(expression))
    # without a product it is the frame ``change``, unless the goal makes it longer
    if len(steps) > _MOST_STEPS or not ({"mul", "div"} & set(steps) or role == "ask_goal"):
        raise Unfit
    return role, expression


@dataclass(slots=True)
class _Ledger:
    """What is there now, what there was at first, and what came and went, as expressions."""

    level: int
    start: Expr | None = None
    came: list[Expr] = field(default_factory=list)
    went: list[Expr] = field(default_factory=list)

    @property
    def now(self) -> Expr:
        return net(self.start, self.came, self.went)


def _open(telling: Telling) -> _Ledger:
    """How much there is at first: a number, or groups of equal size."""
    if telling.has("have_each") and telling.rng.random() < 0.4:
        groups, each = telling.draw("m"), telling.draw("n")
        told = telling.say("have_each", m=groups, n=each)
        return _Ledger(groups * each, mul(told["m"], told["n"]))
    level = telling.draw("start")
    return _Ledger(level, telling.say("have", n=level)["n"])


def _event(telling: Telling, ledger: _Ledger, sign: int, *, each: bool) -> None:
    """Tell one event, and write it into the ledger.

    Raises:
        Unfit: more would go than is there.
    """
    event = "up" if sign > 0 else "down"
    if each:
        groups, size = telling.draw("m"), telling.draw("n")
        told = telling.say(f"{event}_each", m=groups, n=size)
        amount, letter = groups * size, mul(told["m"], told["n"])
    else:
        amount = telling.draw("step")
        letter = telling.say(event, n=amount)["n"]
    ledger.level += sign * amount
    if ledger.level < 0:
        raise Unfit
    (ledger.came if sign > 0 else ledger.went).append(letter)


def _events(telling: Telling, ledger: _Ledger, least: int = 1) -> None:
    """Some events of either direction, more than half of them products."""
    for _ in range(telling.rng.randint(least, 2)):
        _event(telling, ledger, telling.rng.choice((1, -1)), each=telling.rng.random() < 0.6)
        telling.idle(0.15)


def _told(telling: Telling, least: int = 1) -> _Ledger:
    """A beginning and at most two events, after which something is there."""
    ledger = _open(telling)
    telling.idle(0.3)
    _events(telling, ledger, least)
    if ledger.level <= 0:
        raise Unfit
    return ledger


def _ask_end(telling: Telling) -> Expr:
    ledger = _told(telling)
    telling.say("ask_end")
    return ledger.now


def _ask_start(telling: Telling) -> Expr:
    """How much there was before the events, which is known from what is there at the end."""
    level = telling.draw("start")
    telling.say("some")
    telling.idle(0.2)
    ledger = _Ledger(level)
    _events(telling, ledger)
    end = telling.say("end", n=ledger.level)["n"]
    telling.idle(0.15)
    telling.say("ask_start")
    return net(end, ledger.went, ledger.came)


def _beginning(telling: Telling) -> _Ledger:
    """A beginning whose number does not matter, or has none."""
    without = [role for role in ("lead", "some") if telling.has(role)]
    if not without or telling.rng.random() < 0.4:
        return _open(telling)
    telling.say(telling.rng.choice(without))
    return _Ledger(_PLENTY)


def _ask_all(telling: Telling, sign: int) -> Expr:
    """How much came (or went) altogether, in two events, at least one of them a product."""
    rng = telling.rng
    ledger = _beginning(telling)
    telling.idle(0.2)
    events = [(sign, True), (sign, rng.random() < 0.4)]
    if rng.random() < 0.45:
        events.append((-sign, rng.random() < 0.5))
    rng.shuffle(events)
    for direction, each in events:
        _event(telling, ledger, direction, each=each)
    telling.idle(0.15)
    telling.say("ask_all_up" if sign > 0 else "ask_all_down")
    return add(*(ledger.came if sign > 0 else ledger.went))


def _ask_net(telling: Telling, sign: int) -> Expr:
    """How much more came than went, or went than came: what is gained or lost."""
    rng = telling.rng
    ledger = _beginning(telling)
    telling.idle(0.25)
    events = [(1, rng.random() < 0.7), (-1, rng.random() < 0.6)]
    if rng.random() < 0.3:
        events.append((rng.choice((1, -1)), rng.random() < 0.4))
    rng.shuffle(events)
    for direction, each in events:
        _event(telling, ledger, direction, each=each)
    telling.idle(0.15)
    telling.say("ask_net_up" if sign > 0 else "ask_net_down")
    return net(None, *((ledger.came, ledger.went) if sign > 0 else (ledger.went, ledger.came)))


def _ask_goal(telling: Telling, slot: str = "") -> Expr:
    """How much the goal still wants; with ``slot``, in how many groups of {n}, or in {m} of how many."""
    rng = telling.rng
    if rng.random() < 0.15 and telling.has("some", "end"):
        telling.say("some")
        level = telling.draw("start")
        ledger = _Ledger(level, telling.say("end", n=level)["n"])
    else:
        ledger = _told(telling, least=0 if slot else 1)
    amount = telling.draw("need")
    part = telling.draw(slot) if slot else 1
    amount += -amount % part
    if slot and amount == part:
        amount += part
    goal = telling.say("goal", n=ledger.level + amount)["n"]
    # a goal that leans on nobody may be told first
    if rng.random() < 0.4 and not PRONOUN.search(telling.sentences[-1]):
        telling.sentences.insert(0, telling.sentences.pop())
    telling.idle(0.15)
    missing = sub(goal, ledger.now)
    if not slot:
        telling.say("ask_goal")
        return missing
    role = "ask_goal_groups" if slot == "n" else "ask_goal_each"
    return div(missing, _ask_with(telling, role, slot, part))


def _ask_with(telling: Telling, role: str, slot: str, number: int) -> Expr:
    """Ask a question that has a number itself."""
    told = telling.say(role, n=number) if slot == "n" else telling.say(role, m=number)
    return told[slot]


def _ask_parted(telling: Telling, role: str, slot: str) -> Expr:
    """What is there at the end, in groups of {n}, or shared among {m}."""
    ledger = _told(telling)
    part = telling.draw_divisor(slot, ledger.level)
    return div(ledger.now, _ask_with(telling, role, slot, part))


_ASK: Mapping[str, Callable[[Telling], Expr]] = {
    "ask_end": _ask_end,
    "ask_start": _ask_start,
    "ask_all_up": lambda telling: _ask_all(telling, 1),
    "ask_all_down": lambda telling: _ask_all(telling, -1),
    "ask_net_up": lambda telling: _ask_net(telling, 1),
    "ask_net_down": lambda telling: _ask_net(telling, -1),
    "ask_goal": _ask_goal,
    "ask_goal_groups": lambda telling: _ask_goal(telling, "n"),
    "ask_goal_each": lambda telling: _ask_goal(telling, "m"),
    "ask_groups": lambda telling: _ask_parted(telling, "ask_groups", "n"),
    "ask_each": lambda telling: _ask_parted(telling, "ask_each", "m"),
}
_WEIGHT = {"ask_end": 2.5, "ask_start": 1.5, "ask_goal": 1.5, "ask_net_down": 0.5}
_MOST_STEPS = 5
_PLENTY = 10**6
"""What nobody said is enough for whatever goes."""
