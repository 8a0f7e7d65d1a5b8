"""Problems put together from the sentences of a scene, with the expression that answers them.

Four frames cover what elementary word problems do with whole numbers (the semantic classes of Riley,
Greeno and Heller, "Development of children's problem-solving ability in arithmetic", 1983, and of
Marshall, *Schemas in Problem Solving*, 1995): ``change`` (one quantity that grows and shrinks),
``stock`` (several that do), ``parts`` (quantities side by side, compared and summed) and ``groups``
(groups of equal size, rates and prices).  What is told, in which order, and which unknown is asked for
is drawn; so one and the same sentence is needed in one problem and idle in the next.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from dagger_tools.corpus.arithmetic import evaluate
from dagger_tools.corpus.bank import Lexicon
from dagger_tools.corpus.problem import Draft
from dagger_tools.corpus.realise import PRONOUN, choose, draw_words, fill, names_owner
from dagger_tools.corpus.scenes import Scene
from dagger_tools.graph.expression import Call, Expr, Ref

__all__ = ["compose_scene"]

_SLOT = re.compile(r"\{([nmwkj])(?=[}:])")
_TOPICS = {
    "change": "change",
    "parts": "compare",
    "groups": "equal groups",
    "stock": "several steps",
}
_TRIES = 30


class _Unfit(Exception):
    """This draw makes no problem; another will."""


@dataclass(slots=True)
class _Telling:
    """A problem under construction: sentences so far, the numbers and kinds they show."""

    scene: Scene
    rng: random.Random
    sentences: list[str] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)
    numbers: dict[str, Fraction] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def has(self, *roles: str) -> bool:
        return all(role in self.scene.roles for role in roles)

    def draw(self, name: str) -> int:
        return self.rng.randint(*self.scene.ranges[name])

    def say(self, role: str, *, named: bool = False, **slots: int | str) -> dict[str, Expr]:
        """Add a sentence of ``role``; its numbers become letters, which are given back by slot.

        ``named`` wants a wording that says of which kind it speaks.
        """
        # a pronoun must not point at the stranger of the sentence before
        stranger = bool(self.sentences) and "{q" in self.sentences[-1]
        wordings = [
            wording
            for wording in self.scene.roles.get(role, ())
            # said twice with two numbers, a sentence would contradict itself
            if (role, wording) not in self.told
            and ("{k" in wording or not named)
            and ("{p" in wording or not stranger or not PRONOUN.search(wording))
        ]
        if not wordings:
            raise _Unfit
        letters: dict[str, str] = {}
        for slot, value in slots.items():
            if isinstance(value, int):
                letters[slot] = f"n{len(self.numbers) + 1}"
                self.numbers[letters[slot]] = Fraction(value)
            else:
                letters[slot] = f"k{len(self.words) + 1}"
                self.words[letters[slot]] = value
        wording = self.rng.choice(wordings)
        if "k" not in slots:
            self.told.add((role, wording))
        self.sentences.append(_SLOT.sub(lambda match: "{" + letters[match[1]], wording))
        return {slot: Ref(letters[slot]) for slot, value in slots.items() if isinstance(value, int)}

    def idle(self, share: float = 0.45) -> None:
        """Now and then, a sentence whose number does not matter."""
        if self.has("idle") and self.rng.random() < share:
            self.say("idle", n=self.rng.randint(2, 60))

    def shuffle(self, start: int) -> None:
        """Put the sentences from ``start`` on in another order."""
        tail = self.sentences[start:]
        self.rng.shuffle(tail)
        self.sentences[start:] = tail


def compose_scene(scene: Scene, lexicon: Lexicon, rng: random.Random) -> Draft | None:
    """One problem of this scene, or None when no draw of its numbers and sentences fits."""
    for _ in range(_TRIES):
        telling = _Telling(scene, rng)
        try:
            role, expression = _FRAMES[scene.frame](telling)
            answer = evaluate(expression, telling.numbers)
        except (_Unfit, ArithmeticError):
            continue
        # nothing is asked that a sentence already says, and "how many more" is never none
        if isinstance(expression, Call) and answer > 0 and answer.denominator == 1:
            return _draft(telling, role, expression, answer, lexicon)
    return None


def _draft(
    telling: _Telling, role: str, expression: Expr, answer: Fraction, lexicon: Lexicon
) -> Draft:
    scene, rng = telling.scene, telling.rng
    words = {**draw_words((*scene.people, *scene.things), lexicon, rng), **telling.words}
    template = choose(" ".join(telling.sentences), rng)
    respected = lexicon.lists["elder"]
    text, placed = fill(template, words, telling.numbers, respected, rng)
    people = [words[name] for name, _ in scene.people if f"{{{name}" in template]
    if scene.kinds_are_people:
        people += sorted(set(telling.words.values()) - set(people))
    countable = lexicon.lists["countable"]
    things = (words[name] for name, _ in scene.things if f"{{{name}" in template)
    family = f"{scene.name}/{role}"
    return Draft(
        text=text,
        placed=placed,
        numbers=telling.numbers,
        expression=expression,
        answer=answer,
        place=f"{scene.place} ({family})",
        family=family,
        topic=_TOPICS[scene.frame],
        grade=3,
        person=next((name for name in people[:1] if name not in respected), None),
        thing=next((thing for thing in things if thing in countable), None),
        people=tuple(people),
        names_owner=names_owner(text, people),
    )


def _add(*terms: Expr) -> Expr:
    total = terms[0]
    for term in terms[1:]:
        total = Call("add", (total, term))
    return total


def _sub(left: Expr, right: Expr) -> Expr:
    return Call("sub", (left, right))


def _mul(left: Expr, right: Expr) -> Expr:
    return Call("mul", (left, right))


def _div(left: Expr, right: Expr) -> Expr:
    return Call("div", (left, right))


# change: one quantity that grows and shrinks


def _change(telling: _Telling) -> tuple[str, Expr]:
    rng = telling.rng
    roles = [role for role in telling.scene.roles if role.startswith("ask")]
    role = rng.choices(roles, [_CHANGE_WEIGHT.get(role, 1.0) for role in roles])[0]
    return role, _CHANGE[role](telling)


def _events(
    telling: _Telling, level: int, signs: Sequence[int]
) -> tuple[int, list[Expr], list[Expr]]:
    """Tell events of these signs; the level after them, what came, and what went."""
    came: list[Expr] = []
    went: list[Expr] = []
    for sign in signs:
        amount = telling.draw("step")
        level += sign * amount
        if level < 0:
            raise _Unfit
        letter = telling.say("up" if sign > 0 else "down", n=amount)["n"]
        (came if sign > 0 else went).append(letter)
        telling.idle(0.2)
    return level, came, went


def _signs(telling: _Telling, least: int = 1, most: int = 3) -> list[int]:
    count = telling.rng.choices(range(least, most + 1), [4, 3, 1, 1][: most - least + 1])[0]
    return [telling.rng.choice((1, -1)) for _ in range(count)]


def _net(start: Expr | None, came: Sequence[Expr], went: Sequence[Expr]) -> Expr:
    """``start`` and what came, less what went."""
    plus = ([] if start is None else [start]) + list(came)
    if not plus:
        raise _Unfit
    return plus[0] if len(plus) == 1 and not went else _less(_add(*plus), went)


def _less(total: Expr, terms: Sequence[Expr]) -> Expr:
    for term in terms:
        total = _sub(total, term)
    return total


def _ask_end(telling: _Telling) -> Expr:
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle()
    _, came, went = _events(telling, level, _signs(telling))
    telling.say("ask_end")
    return _net(start, came, went)


def _ask_start(telling: _Telling) -> Expr:
    telling.say("some")
    telling.idle(0.25)
    level, came, went = _events(telling, telling.draw("start"), _signs(telling, most=2))
    end = telling.say("end", n=level)["n"]
    telling.idle(0.25)
    telling.say("ask_start")
    return _net(end, went, came)


def _ask_amount(telling: _Telling, sign: int) -> Expr:
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
        raise _Unfit
    end = telling.say("end", n=level)["n"]
    telling.idle(0.2)
    telling.say("ask_up" if sign > 0 else "ask_down")
    came, went = before + after, gone + gone_after
    if sign > 0:
        return _less(_net(end, went, ()), [start])
    return _less(_net(start, came, ()), [end])


def _ask_net(telling: _Telling, sign: int) -> Expr:
    """By how many it is more (or fewer) in the end than at first."""
    rng = telling.rng
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle(0.3)
    if rng.random() < 0.35 and telling.has("end"):
        amount = telling.draw("step")
        if level + sign * amount < 0:
            raise _Unfit
        if telling.has("up_some", "down_some") and rng.random() < 0.5:
            telling.say("up_some" if sign > 0 else "down_some")
        end = telling.say("end", n=level + sign * amount)["n"]
        telling.say("ask_net_up" if sign > 0 else "ask_net_down")
        return _sub(end, start) if sign > 0 else _sub(start, end)
    signs = [1, -1] + ([rng.choice((1, -1))] if rng.random() < 0.3 else [])
    rng.shuffle(signs)
    _, came, went = _events(telling, level, signs)
    telling.say("ask_net_up" if sign > 0 else "ask_net_down")
    return _net(None, came, went) if sign > 0 else _net(None, went, came)


def _ask_all(telling: _Telling, sign: int) -> Expr:
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
    return _add(*(came if sign > 0 else went))


def _ask_if(telling: _Telling, sign: int) -> Expr:
    level = telling.draw("start")
    start = telling.say("have", n=level)["n"]
    telling.idle()
    level, came, went = _events(telling, level, _signs(telling, least=0, most=2))
    amount = telling.draw("step")
    if level + sign * amount < 0:
        raise _Unfit
    last = telling.say("ask_if_up" if sign > 0 else "ask_if_down", n=amount)["n"]
    return _net(start, [*came, last], went) if sign > 0 else _net(start, came, [*went, last])


_CHANGE: Mapping[str, Callable[[_Telling], Expr]] = {
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


# parts: amounts side by side


def _parts(telling: _Telling) -> tuple[str, Expr]:
    rng, scene = telling.rng, telling.scene
    roles = [role for role in scene.roles if role.startswith("ask")]
    role = rng.choices(roles, [_PARTS_WEIGHT.get(role, 1.0) for role in roles])[0]
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
        return role, _add(*(expression for _, expression in told.values()))
    if role == "ask_not":
        telling.say(role, k=one)
        return role, _add(*(expression for kind, (_, expression) in told.items() if kind != one))
    telling.say(role, k=one, j=other)
    return role, _of_two(role, told[one], told[other])


def _of_two(role: str, one: tuple[int, Expr], other: tuple[int, Expr]) -> Expr:
    if role == "ask_two":
        return _add(one[1], other[1])
    if role == "ask_fewer":
        one, other = other, one
    if one[0] <= other[0]:
        raise _Unfit
    # what the one has more than the other may have been told in so many words
    if isinstance(one[1], Call) and other[1] in one[1].args:
        if one[1].op != "mul":
            raise _Unfit
    elif isinstance(other[1], Call) and one[1] in other[1].args and other[1].op != "mul":
        raise _Unfit
    return _sub(one[1], other[1])


def _tell_parts(
    telling: _Telling, kinds: Sequence[str], *, relative: float
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
                told[kind] = value + by, _add(expression, letter)
            elif role == "times":
                told[kind] = value * by, _mul(expression, letter)
            else:
                told[kind] = value - by, _sub(expression, letter)
            if told[kind][0] <= 0:
                raise _Unfit
        else:
            value = telling.draw("part")
            told[kind] = value, telling.say("part", k=kind, n=value)["n"]
        telling.idle(0.12)
    return told


def _by_whole(telling: _Telling, role: str, kinds: Sequence[str]) -> Expr:
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
        return _sub(whole, letters[known[0]])
    letters = {kind: telling.say("part", k=kind, n=values[kind])["n"] for kind in known}
    if rng.random() < 0.4:
        telling.shuffle(start)
    telling.idle(0.4)
    rest = _less(whole, list(letters.values()))
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
        raise _Unfit
    return _sub(terms[one], terms[other_one])


_PARTS_WEIGHT = {"ask_whole": 1.5, "ask_part": 1.7, "ask_more": 1.7, "ask_fewer": 1.3}


# groups: groups of equal size


def _groups(telling: _Telling) -> tuple[str, Expr]:
    rng, scene = telling.rng, telling.scene
    roles = [role for role in scene.roles if role.startswith("ask")]
    role = rng.choices(roles, [_GROUPS_WEIGHT.get(role, 1.0) for role in roles])[0]
    one, other = rng.sample(scene.kinds, 2)
    of_two = role in ("ask_two", "ask_more", "ask_two_groups")
    several = of_two or rng.random() < 0.35
    if role == "ask_two_groups":
        bundles = [_bundle(telling, kind, rng.choice(_KNOW_GROUPS), True) for kind in (one, other)]
        telling.idle(0.3)
        telling.say(role, k=one, j=other)
        return role, _add(bundles[0].groups, bundles[1].groups)
    if of_two:
        bundles = [_bundle(telling, kind, "both", True) for kind in (one, other)]
        telling.idle(0.3)
        if role == "ask_more" and bundles[0].value < bundles[1].value:
            one, other = other, one
            bundles.reverse()
        telling.say(role, k=one, j=other)
        combine = _sub if role == "ask_more" else _add
        return role, combine(bundles[0].whole, bundles[1].whole)
    how = {
        "ask_each": "groups_whole",
        "ask_groups": "each_whole",
        "ask_now": rng.choices(("both", "groups_whole", "each_whole"), (3, 1, 1))[0],
    }.get(role, "both")
    return role, _of_one(telling, role, how, one, other if several else None)


def _of_one(telling: _Telling, role: str, how: str, one: str, other: str | None) -> Expr:
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
                raise _Unfit
            event = "plus" if sign > 0 else "minus"
            letter = telling.say(event, named=named, k=one, n=amount)["n"]
            expression = _add(expression, letter) if sign > 0 else _sub(expression, letter)
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


def _bundle(telling: _Telling, kind: str, how: str, named: bool) -> _Bundle:
    groups, each = telling.draw("m"), telling.draw("n")
    value = groups * each
    if how == "both":
        told = telling.say(how, named=named, k=kind, m=groups, n=each)
        return _Bundle(told["m"], told["n"], _mul(told["m"], told["n"]), value)
    if how == "groups_whole":
        told = telling.say(how, named=named, k=kind, m=groups, w=value)
        return _Bundle(told["m"], _div(told["w"], told["m"]), told["w"], value)
    told = telling.say(how, named=named, k=kind, n=each, w=value)
    return _Bundle(_div(told["w"], told["n"]), told["n"], told["w"], value)


_KNOW_GROUPS = ("both", "groups_whole", "each_whole")
_GROUPS_WEIGHT = {"ask_whole": 2.0, "ask_each": 1.5, "ask_groups": 1.5, "ask_now": 1.5}

# stock: several kinds, each of which grows and shrinks


def _stock(telling: _Telling) -> tuple[str, Expr]:
    rng, scene = telling.rng, telling.scene
    role = rng.choice([role for role in scene.roles if role.startswith("ask")])
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
            raise _Unfit
        letter = telling.say("up" if direction > 0 else "down", k=kind, n=amount)["n"]
        (came if direction > 0 else went)[kind] = amount, letter
        if not silent:
            now[kind] = _add(now[kind], letter) if direction > 0 else _sub(now[kind], letter)
    telling.idle(0.25)
    one, other = rng.sample(kinds, 2)
    moved = came if sign > 0 else went
    if role == "ask_all":
        telling.say(role)
        return role, _add(*now.values())
    if role in ("ask_all_up", "ask_all_down"):
        telling.say(role)
        return role, _add(*(letter for _, letter in moved.values()))
    if role == "ask_end":
        telling.say(role, k=one)
        return role, now[one]
    amounts = moved if sign else {kind: (levels[kind], now[kind]) for kind in kinds}
    if amounts[one][0] < amounts[other][0]:
        one, other = other, one
    telling.say(role, k=one, j=other)
    return role, _sub(amounts[one][1], amounts[other][1])


def _stock_start(telling: _Telling, kinds: Sequence[str]) -> Expr:
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
            raise _Unfit
        letter = telling.say("up" if sign > 0 else "down", k=one, n=amount)["n"]
        (came if sign > 0 else went).append(letter)
        if rng.random() < 0.3:
            telling.say(rng.choice(("up", "down")), k=others[0], n=rng.randint(1, 9))
    end = telling.say("end", k=one, n=level)["n"]
    telling.say("ask_start", k=one)
    return _net(end, went, came)


_FRAMES: Mapping[str, Callable[[_Telling], tuple[str, Expr]]] = {
    "change": _change,
    "parts": _parts,
    "groups": _groups,
    "stock": _stock,
}
