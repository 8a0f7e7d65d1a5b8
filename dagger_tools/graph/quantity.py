"""Dimensions along a graph: what each node measures, and where unlike things are added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.structure import ancestors, evaluation_order
from dagger_tools.text import find_unit

__all__ = ["COUNT", "UNKNOWN", "Quantity", "measure", "of_unit"]

_LIKE = frozenset({"add", "sub", "sum", "mean", "min", "max", "abs"})
_KEEPING = frozenset({"identity", "round", "floor", "ceil"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A dimension and, while nothing has converted it, its unit."""

    dimension: str
    unit: str | None


COUNT = Quantity("count", None)
"""Things, shares and bare numbers: they take the unit of what they are multiplied by."""
UNKNOWN = Quantity("unknown", None)
"""A rate, an area, a power: never taken for something it may not be."""


def of_unit(name: str | None) -> Quantity:
    """The quantity of a unit's name; ``COUNT`` for counts, shares and unknown units."""
    unit = find_unit(name) if name else None
    if unit is None or unit.dimension in ("count", "share"):
        return COUNT
    return Quantity(unit.dimension, unit.name)


def measure(graph: Graph) -> tuple[Mapping[str, Quantity], tuple[str, ...]]:
    """What every node measures, and a line for each place where unlike things are added."""
    found: dict[str, Quantity] = {}
    mixtures: list[str] = []
    needed = ancestors(graph, FINAL_ID) | {FINAL_ID}
    for node in evaluation_order(graph):
        op = canonical(node.op)
        operands = [found[arg] for arg in node.args]
        if op == "const":
            found[node.id] = of_unit(node.unit)
        elif op in _KEEPING:
            found[node.id] = operands[0]
        elif op in _LIKE:
            if node.id in needed:
                mixtures += _mixed(node, operands)
            found[node.id] = _sum_of(operands)
        elif op in ("mul", "div"):
            found[node.id] = _scaled(operands, divided=op == "div")
        else:
            found[node.id] = UNKNOWN
    return found, tuple(mixtures)


def _measured(operands: Sequence[Quantity]) -> list[Quantity]:
    return [q for q in operands if q not in (COUNT, UNKNOWN)]


def _sum_of(operands: Sequence[Quantity]) -> Quantity:
    known = _measured(operands)
    if known:
        return known[0]
    return UNKNOWN if UNKNOWN in operands else COUNT


def _mixed(node: Node, operands: Sequence[Quantity]) -> Iterator[str]:
    known = _measured(operands)
    for other in known[1:]:
        first = known[0]
        units = first.unit and other.unit and first.unit != other.unit
        if first.dimension != other.dimension or units:
            yield f"{node.id} ({node.op}) mixes {_name(first)} with {_name(other)}"
            return


def _scaled(operands: Sequence[Quantity], *, divided: bool) -> Quantity:
    """A count times a price is money; two measures make a rate or an area, which is ``UNKNOWN``."""
    known = _measured(operands)
    if UNKNOWN in operands:
        return UNKNOWN
    if not known:
        return COUNT
    if len(known) == 1:
        # the other operand may be a count or a conversion (60, 1000): the unit is no longer sure
        over_measure = divided and operands[0] == COUNT
        return UNKNOWN if over_measure else Quantity(known[0].dimension, None)
    alike = divided and len({q.dimension for q in known}) == 1
    return COUNT if alike else UNKNOWN


def _name(quantity: Quantity) -> str:
    return quantity.unit or quantity.dimension
