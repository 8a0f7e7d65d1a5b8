"""Dimensions along a graph: what each node measures, and where unlike things are added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.structure import ancestors, evaluation_order
from dagger_tools.text import find_unit

__all__ = ["Quantity", "measure", "of_unit"]

_LIKE = frozenset({"add", "sub", "sum", "mean", "min", "max", "abs"})
_KEEPING = frozenset({"identity", "round", "floor", "ceil"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A dimension and, while nothing has converted it, its unit."""

    dimension: str
    unit: str | None


def of_unit(name: str | None) -> Quantity | None:
    """The quantity of a unit's name; None (anything goes) for counts, shares and unknown units."""
    unit = find_unit(name) if name else None
    if unit is None or unit.dimension in ("count", "share"):
        return None
    return Quantity(unit.dimension, unit.name)


def measure(graph: Graph) -> tuple[Mapping[str, Quantity | None], tuple[str, ...]]:
    """What every node measures (None: a count, or not known), and a line for each mixture."""
    found: dict[str, Quantity | None] = {}
    mixtures: list[str] = []
    needed = ancestors(graph, FINAL_ID) | {FINAL_ID}
    for node in evaluation_order(graph):
        op = canonical(node.op)
        operands = [found.get(arg) for arg in node.args]
        if op == "const":
            found[node.id] = of_unit(node.unit)
        elif op in _KEEPING:
            found[node.id] = operands[0]
        elif op in _LIKE:
            if node.id in needed:
                mixtures += _mixed(node, operands)
            found[node.id] = next((q for q in operands if q is not None), None)
        elif op in ("mul", "div"):
            found[node.id] = _scaled(operands, divided=op == "div")
        else:
            found[node.id] = None
    return found, tuple(mixtures)


def _mixed(node: Node, operands: list[Quantity | None]) -> Iterator[str]:
    known = [q for q in operands if q is not None]
    for other in known[1:]:
        first = known[0]
        units = first.unit and other.unit and first.unit != other.unit
        if first.dimension != other.dimension or units:
            yield f"{node.id} ({node.op}) mixes {_name(first)} with {_name(other)}"
            return


def _scaled(operands: list[Quantity | None], *, divided: bool) -> Quantity | None:
    """A count times a price is money; a rate (টাকা / কেজি, কিমি x ঘণ্টা) is left unnamed."""
    known = [q for q in operands if q is not None]
    if len(known) != 1 or (divided and operands[0] is None):
        return None
    # the other operand may be a count or a conversion (60, 1000): the unit is no longer sure
    return Quantity(known[0].dimension, None)


def _name(quantity: Quantity) -> str:
    return quantity.unit or quantity.dimension
