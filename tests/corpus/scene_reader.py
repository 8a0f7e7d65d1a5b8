"""Problems of made-up scenes that are read word by word: what the sentences say, without the expression."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from dagger_tools.corpus.bank import load_lexicon
from dagger_tools.corpus.roles import ROLES
from dagger_tools.corpus.scenes import Scene, read_scenes

__all__ = ["SOLVERS", "plain_lines", "plain_scene", "read_told"]


def read_told(text: str, style: str) -> list[tuple[str, str, str, list[Fraction]]]:
    """The sentences of a problem of ``plain_scene`` scenes: role, kinds, and the numbers in them."""
    found = []
    for sentence in re.split(r"(?<=[।?])\s", text):
        plain = sentence.translate(_DIGITS)
        word, *rest = re.findall(r"[\u0980-\u09e5-]+|[0-9/]+", plain)
        kinds = [part for part in rest if part in (*_KINDS, *_OWNERS)]
        numbers = [Fraction(part) for part in rest if part[0].isdigit()]
        numbers += [_SHARES[part] for part in rest if part in _SHARES]
        if re.search("%|শতাংশ|শতকরা", plain):
            numbers = [number / 100 for number in numbers]
        first, *others = [*kinds, ""]
        found.append((_WORDS[style][word], first, " ".join(others).strip(), numbers))
    return found


_SHARES = {
    "অর্ধেক": Fraction(1, 2),
    **{
        f"{top}-{bottom}": Fraction(i, n)
        for i, top in ((1, "এক"), (2, "দুই"), (3, "তিন"))
        for n, bottom in (
            (3, "তৃতীয়াংশ"),
            (4, "চতুর্থাংশ"),
            (5, "পঞ্চমাংশ"),
            (6, "ষষ্ঠাংশ"),
            (8, "অষ্টমাংশ"),
            (10, "দশমাংশ"),
        )
    },
}
"""Parts of a whole in words."""
_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_WITHOUT_KINDS = ("change", "ledger", "rest", "shares")
_KINDS = ("লাল", "নীল", "সবুজ", "সাদা")
_OWNERS = ("উত্তর", "দক্ষিণ", "পূর্ব")
_LETTERS = "কখগঘচছজঝটঠডঢতথদধনপফবভমরলশসহ"
_WORDS = {
    frame: {_LETTERS[i] + "শ": role for i, role in enumerate(roles)}
    for frame, roles in ROLES.items()
}
"""Every role of a frame has one made-up word: what a sentence means can be read off it."""


def plain_lines(frame: str) -> list[str]:
    """The lines of a scene of this frame whose sentences are a word for the role, kinds and numbers."""
    lines = ["== plain", f"frame: {frame}"]
    if frame not in _WITHOUT_KINDS:
        lines.append(f"kinds: {' '.join(_KINDS)}")
    if frame == "grid":
        lines.append(f"owners: {' '.join(_OWNERS)}")
    for word, role in _WORDS[frame].items():
        slots = ROLES[frame][role]
        if frame == "groups" and role != "idle":
            slots = "k" + slots.replace("k", "")
        end = "?" if role.startswith("ask") else "।"
        # five wordings, told apart by nothing: a role may be needed more than once
        wording = " ".join(
            [word, *(f"{{{slot}}}টি" if slot in "nmw" else f"{{{slot}}}" for slot in slots)]
        )
        lines += [f"{role}: {wording}{' ' * i}{end}" for i in range(5)]
    return lines


def plain_scene(frame: str) -> Scene:
    """The scene of ``plain_lines``."""
    return next(read_scenes("\n".join(plain_lines(frame)), load_lexicon()))


def _solve_change(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a change problem, by walking through its sentences."""
    roles = {role: numbers for role, _, _, numbers in told}
    ask = told[-1][0]
    came = sum((n[0] for role, _, _, n in told if role == "up"), Fraction(0))
    went = sum((n[0] for role, _, _, n in told if role == "down"), Fraction(0))
    start = roles.get("have", [Fraction(0)])[0]
    level = start + came - went
    if ask in ("ask_if_up", "ask_if_down"):
        return level + roles[ask][0] * (1 if ask == "ask_if_up" else -1)
    if ask in ("ask_net_up", "ask_net_down"):
        net = roles["end"][0] - start if "end" in roles else came - went
        return net if ask == "ask_net_up" else -net
    return {
        "ask_end": lambda: level,
        "ask_start": lambda: roles["end"][0] - came + went,
        "ask_up": lambda: roles["end"][0] - level,
        "ask_down": lambda: level - roles["end"][0],
        "ask_all_up": lambda: came,
        "ask_all_down": lambda: went,
    }[ask]()


def _solve_parts(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a parts problem."""
    amounts: dict[str, Fraction] = {}
    for role, kind, other, numbers in told:
        if role == "part":
            amounts[kind] = numbers[0]
        elif role == "more":
            amounts[kind] = amounts[other] + numbers[0]
        elif role == "fewer":
            amounts[kind] = amounts[other] - numbers[0]
        elif role == "times":
            amounts[kind] = amounts[other] * numbers[0]
    ask, one, other, _ = told[-1]
    whole = next((n[0] for role, _, _, n in told if role == "whole"), None)
    if whole is not None:
        rest = whole - sum(amounts.values(), Fraction(0))
        if ask == "ask_not":
            return rest
        for kind in (one, other):
            if kind:
                amounts.setdefault(kind, rest)
    return {
        "ask_whole": lambda: sum(amounts.values(), Fraction(0)),
        "ask_part": lambda: amounts[one],
        "ask_more": lambda: amounts[one] - amounts[other],
        "ask_fewer": lambda: amounts[other] - amounts[one],
        "ask_two": lambda: amounts[one] + amounts[other],
        "ask_not": lambda: sum(amounts.values(), Fraction(0)) - amounts[one],
    }[ask]()


def _solve_groups(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a groups problem."""
    groups: dict[str, Fraction] = {}
    each: dict[str, Fraction] = {}
    whole: dict[str, Fraction] = {}
    for role, kind, _, numbers in told:
        if role == "both":
            groups[kind], each[kind] = numbers
            whole[kind] = numbers[0] * numbers[1]
        elif role == "groups_whole":
            groups[kind], whole[kind] = numbers
            each[kind] = whole[kind] / groups[kind]
        elif role == "each_whole":
            each[kind], whole[kind] = numbers
            groups[kind] = whole[kind] / each[kind]
        elif role in ("plus", "minus"):
            whole[kind] += numbers[0] * (1 if role == "plus" else -1)
    ask, one, other, _ = told[-1]
    return {
        "ask_whole": lambda: whole[one],
        "ask_now": lambda: whole[one],
        "ask_each": lambda: each[one],
        "ask_groups": lambda: groups[one],
        "ask_two": lambda: whole[one] + whole[other],
        "ask_more": lambda: whole[one] - whole[other],
        "ask_two_groups": lambda: groups[one] + groups[other],
    }[ask]()


def _solve_stock(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a stock problem."""
    zero = dict.fromkeys(_KINDS, Fraction(0))
    start, came, went, end = dict(zero), dict(zero), dict(zero), dict(zero)
    for role, kind, _, numbers in told:
        if role in ("have", "up", "down", "end"):
            {"have": start, "up": came, "down": went, "end": end}[role][kind] += numbers[0]
    ask, one, other, _ = told[-1]
    last = {kind: start[kind] + came[kind] - went[kind] for kind in _KINDS}
    return {
        "ask_end": lambda: last[one],
        "ask_all": lambda: sum(last.values(), Fraction(0)),
        "ask_start": lambda: end[one] - came[one] + went[one],
        "ask_all_up": lambda: sum(came.values(), Fraction(0)),
        "ask_all_down": lambda: sum(went.values(), Fraction(0)),
        "ask_more_end": lambda: last[one] - last[other],
        "ask_more_up": lambda: came[one] - came[other],
        "ask_more_down": lambda: went[one] - went[other],
    }[ask]()


def _solve_rest(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a problem of rests."""
    there = gone = Fraction(0)
    by = Fraction(1)
    for role, _, _, numbers in told:
        if role in ("have", "in"):
            there += numbers[0]
        elif role in ("out", "out_each"):
            amount = numbers[0] * (numbers[1] if role == "out_each" else 1)
            there, gone = there - amount, gone + amount
        elif role in ("share", "pack"):
            by = numbers[0]
    return gone if told[-1][0] == "ask_out" else there / by


def _solve_ledger(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a ledger problem: a role's numbers multiply to what it tells."""
    sums = dict.fromkeys(("have", "up", "down", "end", "goal"), Fraction(0))
    for role, _, _, numbers in told:
        if (kind := role.removesuffix("_each")) in sums:
            sums[kind] += math.prod(numbers)
    ask, _, _, asked = told[-1]
    now = sums["end"] or sums["have"] + sums["up"] - sums["down"]
    return {
        "ask_end": lambda: now,
        "ask_start": lambda: sums["end"] - sums["up"] + sums["down"],
        "ask_all_up": lambda: sums["up"],
        "ask_all_down": lambda: sums["down"],
        "ask_net_up": lambda: sums["up"] - sums["down"],
        "ask_net_down": lambda: sums["down"] - sums["up"],
        "ask_goal": lambda: sums["goal"] - now,
        "ask_goal_groups": lambda: (sums["goal"] - now) / asked[0],
        "ask_goal_each": lambda: (sums["goal"] - now) / asked[0],
        "ask_groups": lambda: now / asked[0],
        "ask_each": lambda: now / asked[0],
    }[ask]()


def _solve_shares(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a shares problem, by walking from the whole on, or back to it."""
    ask, _, _, asked = told[-1]
    roles = {role: numbers[0] for role, _, _, numbers in told if numbers}
    if ask == "ask_whole":
        if "taken" in roles:
            return roles["taken"] / roles["take"]
        part = roles["rise"] if "rise" in roles else -roles["take"]
        return (roles["left"] + roles.get("out", 0)) / (1 + part)
    whole = level = roles["have"]
    gone: dict[str, Fraction] = {}
    for role, _, _, numbers in told:
        if role in ("take", "take_also", "rise"):
            gone[role] = whole * numbers[0]
        elif role == "take_rest":
            gone[role] = level * numbers[0]
        elif role == "out":
            gone[role] = numbers[0]
        else:
            continue
        level += gone[role] if role == "rise" else -gone[role]
    return {
        "ask_take": lambda: gone["take"],
        "ask_take_rest": lambda: gone["take_rest"],
        "ask_rise": lambda: gone["rise"],
        "ask_left": lambda: level,
        "ask_out": lambda: sum(gone.values(), Fraction(0)),
        "ask_each": lambda: level / asked[0],
        "ask_all": lambda: level * asked[0],
    }[ask]()


def _solve_grid(told: list[tuple[str, str, str, list[Fraction]]]) -> Fraction:
    """The answer of a problem of owners and kinds."""
    cells: dict[tuple[str, str], Fraction] = {}
    prices: dict[str, Fraction] = {}
    for role, first, second, numbers in told:
        others = second.split()
        if role == "cell":
            cells[first, second] = numbers[0]
        elif role == "of_owner":
            cells |= {(first, kind): n for kind, n in zip(others, numbers, strict=True)}
        elif role == "of_kind":
            cells |= {(first, others[1]): numbers[0], (others[0], others[1]): numbers[1]}
        elif role == "gone":
            cells[first, second] -= numbers[0]
        elif role == "price":
            prices[first] = numbers[0]
    ask, one, second, _ = told[-1]
    others = [*second.split(), "", ""]

    def total(*, owner: str = "", kind: str = "", paid: bool = False) -> Fraction:
        return sum(
            (
                value * (prices[k] if paid else 1)
                for (a, k), value in cells.items()
                if owner in ("", a) and kind in ("", k)
            ),
            Fraction(0),
        )

    return {
        "ask_owner": lambda: total(owner=one),
        "ask_kind": lambda: total(kind=one),
        "ask_all": lambda: total(),
        "ask_left": lambda: cells[one, others[0]],
        "ask_more_owner": lambda: cells[one, others[1]] - cells[others[0], others[1]],
        "ask_more_kind": lambda: cells[one, others[0]] - cells[one, others[1]],
        "ask_more_all": lambda: total(owner=one) - total(owner=others[0]),
        "ask_cost": lambda: total(owner=one, kind=others[0], paid=True),
        "ask_cost_owner": lambda: total(owner=one, paid=True),
        "ask_cost_kind": lambda: total(kind=one, paid=True),
    }[ask]()


SOLVERS = {
    "change": _solve_change,
    "parts": _solve_parts,
    "grid": _solve_grid,
    "groups": _solve_groups,
    "ledger": _solve_ledger,
    "shares": _solve_shares,
    "stock": _solve_stock,
    "rest": _solve_rest,
}
