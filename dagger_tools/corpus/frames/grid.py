"""Several owners, each of whom has several kinds: which number counts depends on whose and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dagger_tools.corpus.frames.telling import Telling, Unfit, add, mul, sub
from dagger_tools.graph.expression import Expr

__all__ = ["tell_grid"]

_Cell = tuple[str, str]
"""An owner and a kind."""


@dataclass(slots=True)
class _Grid:
    owners: Sequence[str]
    kinds: Sequence[str]
    values: dict[_Cell, int]
    letters: dict[_Cell, Expr]
    prices: Mapping[str, Expr]

    def cost(self, cell: _Cell) -> Expr:
        """What the things of a cell cost together."""
        return mul(self.letters[cell], self.prices[cell[1]])


def tell_grid(telling: Telling) -> tuple[str, Expr]:
    """Tell a problem: the role that asks, and the expression that answers it.

    Raises:
        Unfit: this draw makes no problem.
    """
    rng, scene = telling.rng, telling.scene
    role = telling.question()
    owners = rng.sample(scene.owners, min(rng.choices((2, 3), (5, 1))[0], len(scene.owners)))
    kinds = rng.sample(scene.kinds, min(rng.choices((2, 3), (5, 1))[0], len(scene.kinds)))
    if telling.has("lead"):
        telling.say("lead")
    start = len(telling.sentences)
    cells = [(owner, kind) for owner in owners for kind in kinds]
    values = {cell: telling.draw("cell") for cell in cells}
    letters = _tell_cells(telling, owners, kinds, values)
    prices: dict[str, Expr] = {}
    priced = "cost" in role
    if priced or (telling.has("price") and rng.random() < 0.15):
        for kind in kinds if priced or rng.random() < 0.5 else kinds[:1]:
            prices[kind] = telling.say("price", k=kind, n=telling.draw("price"))["n"]
    if rng.random() < 0.35:
        telling.shuffle(start)
    grid = _Grid(owners, kinds, values, letters, prices)
    if telling.has("gone") and (role == "ask_left" or rng.random() < 0.15):
        _tell_gone(telling, grid, asked=role)
    telling.idle(0.3)
    return role, _ASKS[role](telling, grid)


def _tell_cells(
    telling: Telling, owners: Sequence[str], kinds: Sequence[str], values: Mapping[_Cell, int]
) -> dict[_Cell, Expr]:
    """Every cell, alone or with its neighbour in a sentence."""
    rng = telling.rng
    letters: dict[_Cell, Expr] = {}
    way = rng.choice([role for role in ("cell", "of_owner", "of_kind") if telling.has(role)])
    cells = list(values)
    if way == "of_kind":
        cells.sort(key=lambda cell: kinds.index(cell[1]))
    while cells:
        owner, kind = first = cells.pop(0)
        # now and then a sentence of another build
        second = cells[0] if cells and way != "cell" and rng.random() < 0.85 else None
        if second is not None and second[0] == owner and telling.has("of_owner"):
            told = telling.say(
                "of_owner", a=owner, k=kind, j=second[1], n=values[first], m=values[second]
            )
        elif second is not None and second[1] == kind and telling.has("of_kind"):
            told = telling.say(
                "of_kind", a=owner, b=second[0], k=kind, n=values[first], m=values[second]
            )
        else:
            second = None
            told = telling.say("cell", a=owner, k=kind, n=values[first])
        letters[first] = told["n"]
        if second is not None:
            letters[second] = told["m"]
            cells.pop(0)
        telling.idle(0.08)
    return letters


def _tell_gone(telling: Telling, grid: _Grid, *, asked: str) -> None:
    """Some of one cell are gone; what is asked of that cell later is what is left."""
    if asked not in ("ask_left", "ask_more_owner", "ask_more_kind"):
        raise Unfit  # "altogether" would have two meanings
    cell = telling.rng.choice(list(grid.values))
    amount = telling.draw("gone")
    letter = telling.say("gone", a=cell[0], k=cell[1], n=amount)["n"]
    if asked == "ask_left":
        grid.values[cell] -= amount
        grid.letters[cell] = sub(grid.letters[cell], letter)
        # only of this cell can it be asked
        grid.owners, grid.kinds = [cell[0]], [cell[1]]
        if grid.values[cell] <= 0:
            raise Unfit
    else:
        # of the others it is asked, whose numbers have not changed
        others = [owner for owner in grid.owners if owner != cell[0]]
        rest = [kind for kind in grid.kinds if kind != cell[1]]
        grid.owners = others if asked == "ask_more_kind" else grid.owners
        grid.kinds = rest if asked == "ask_more_owner" else grid.kinds


def _of_owner(telling: Telling, grid: _Grid) -> Expr:
    owner = telling.rng.choice(grid.owners)
    telling.say("ask_owner", a=owner)
    return add(*(grid.letters[owner, kind] for kind in grid.kinds))


def _of_kind(telling: Telling, grid: _Grid) -> Expr:
    kind = telling.rng.choice(grid.kinds)
    telling.say("ask_kind", k=kind)
    return add(*(grid.letters[owner, kind] for owner in grid.owners))


def _all(telling: Telling, grid: _Grid) -> Expr:
    telling.say("ask_all")
    return add(*grid.letters.values())


def _left(telling: Telling, grid: _Grid) -> Expr:
    (owner,), (kind,) = grid.owners, grid.kinds
    telling.say("ask_left", a=owner, k=kind)
    return grid.letters[owner, kind]


def _two(telling: Telling, names: Sequence[str]) -> tuple[str, str]:
    if len(names) < 2:
        raise Unfit
    one, other = telling.rng.sample(names, 2)
    return one, other


def _larger_first(names: tuple[str, str], amount: Callable[[str], int]) -> tuple[str, str]:
    one, other = names
    return (one, other) if amount(one) >= amount(other) else (other, one)


def _more_owner(telling: Telling, grid: _Grid) -> Expr:
    names, kind = _two(telling, grid.owners), telling.rng.choice(grid.kinds)
    one, other = _larger_first(names, lambda owner: grid.values[owner, kind])
    telling.say("ask_more_owner", a=one, b=other, k=kind)
    return sub(grid.letters[one, kind], grid.letters[other, kind])


def _more_kind(telling: Telling, grid: _Grid) -> Expr:
    names, owner = _two(telling, grid.kinds), telling.rng.choice(grid.owners)
    one, other = _larger_first(names, lambda kind: grid.values[owner, kind])
    telling.say("ask_more_kind", a=owner, k=one, j=other)
    return sub(grid.letters[owner, one], grid.letters[owner, other])


def _more_all(telling: Telling, grid: _Grid) -> Expr:
    one, other = _larger_first(
        _two(telling, grid.owners),
        lambda owner: sum(grid.values[owner, kind] for kind in grid.kinds),
    )
    telling.say("ask_more_all", a=one, b=other)
    return sub(
        *(add(*(grid.letters[owner, kind] for kind in grid.kinds)) for owner in (one, other))
    )


def _cost(telling: Telling, grid: _Grid) -> Expr:
    owner, kind = telling.rng.choice(list(grid.values))
    telling.say("ask_cost", a=owner, k=kind)
    return grid.cost((owner, kind))


def _cost_owner(telling: Telling, grid: _Grid) -> Expr:
    owner = telling.rng.choice(grid.owners)
    telling.say("ask_cost_owner", a=owner)
    return add(*(grid.cost((owner, kind)) for kind in grid.kinds))


def _cost_kind(telling: Telling, grid: _Grid) -> Expr:
    kind = telling.rng.choice(grid.kinds)
    telling.say("ask_cost_kind", k=kind)
    count = add(*(grid.letters[owner, kind] for owner in grid.owners))
    return mul(count, grid.prices[kind])


_ASKS: Mapping[str, Callable[[Telling, _Grid], Expr]] = {
    "ask_owner": _of_owner,
    "ask_kind": _of_kind,
    "ask_all": _all,
    "ask_left": _left,
    "ask_more_owner": _more_owner,
    "ask_more_kind": _more_kind,
    "ask_more_all": _more_all,
    "ask_cost": _cost,
    "ask_cost_owner": _cost_owner,
    "ask_cost_kind": _cost_kind,
}
