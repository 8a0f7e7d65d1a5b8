"""The exact value of every node of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from dagger_tools.errors import ExecutionError, Fault, GraphStructureError, InputError
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import OPERATIONS, Value, canonical, check_bounds
from dagger_tools.graph.structure import ancestors, examine, structure_faults

__all__ = ["MAX_WORK", "Execution", "ancestors", "execute", "recompute", "structure_faults"]

MAX_WORK = 10_000_000_000
"""What one execution may cost: the sum of operands times the square of their bits.

Arithmetic on long numbers is quadratic, so this is a bound on time: about 20 ms, where doubling a
number two thousand times takes half of it.
"""


@dataclass(frozen=True, slots=True)
class Execution:
    """The value of every node: a ``Fraction``, or a float where a root or power is irrational.

    ``inexact`` are the ids whose value is a float.  ``faults`` are nodes off the way to the answer
    that have no value (a distractor that divides by zero): they do not touch the answer, and are
    missing from ``values`` together with what reads them.
    """

    values: Mapping[str, Value]
    inexact: frozenset[str]
    faults: tuple[Fault, ...] = ()

    @property
    def value(self) -> Value:
        """The answer: the value of the final node."""
        return self.values[FINAL_ID]

    @property
    def is_exact(self) -> bool:
        """Whether the answer is exact, with no irrational root or power on the way to it."""
        return FINAL_ID not in self.inexact


def execute(graph: Graph, overrides: Mapping[str, Fraction] | None = None) -> Execution:
    """Compute every node, the way to the answer first.

    Args:
        graph: nodes in any order.
        overrides: other values for some constants, by id ("would the answer change?").

    Raises:
        GraphStructureError: the nodes do not fit together; lists every fault at once.
        ExecutionError: a node on the way to the answer has no value, or one out of bounds.
        InputError: an override names no constant of the graph.
    """
    faults, order = examine(graph)
    if faults:
        raise GraphStructureError(faults)
    overrides = overrides or {}
    path = ancestors(graph, FINAL_ID) | {FINAL_ID}
    run = _Run(overrides)
    constants = {n.id for n in order if canonical(n.op) == "const"} if overrides else set()
    if other := overrides.keys() - constants:
        raise InputError(f"{min(other)!r} is no constant of the graph: its value is computed")
    failed: list[tuple[Node, str]] = []
    for on_path in (True, False):
        for node in order:
            if (node.id in path) is on_path and (trouble := run.compute(node)):
                failed.append((node, trouble))
        if on_path and failed:
            raise ExecutionError(_located(graph, failed))
    return Execution(
        values=MappingProxyType(run.values),
        inexact=frozenset(id_ for id_, value in run.values.items() if isinstance(value, float)),
        faults=_located(graph, failed),
    )


def recompute(path: Sequence[Node], overrides: Mapping[str, Fraction]) -> Value | None:
    """The answer with other constants, or None where they are outside an operation's domain.

    ``path`` are the nodes of the way to the answer in evaluation order, of a graph that has been
    executed before: nothing is examined again.
    """
    run = _Run(overrides)
    if any(run.compute(node) for node in path):
        return None
    return run.values[FINAL_ID]


class _Run:
    """One execution under way: the values so far, and the work they took."""

    def __init__(self, overrides: Mapping[str, Fraction]) -> None:
        self.values: dict[str, Value] = {}
        self._overrides = overrides
        self._work = 0

    def compute(self, node: Node) -> str:
        """Compute one node; what is wrong with it, empty if nothing is."""
        name = canonical(node.op)
        assert name is not None  # structure_faults has seen to it
        try:
            if name == "const":
                value: Value = self._overrides.get(node.id, node.val or Fraction(0))
                check_bounds(value)
            else:
                operands = [self.values[arg] for arg in node.args if arg in self.values]
                if len(operands) < len(node.args):
                    return ""  # an operand has no value, which is reported there
                value = OPERATIONS[name].compute(operands, self._spend)
        except ArithmeticError as error:
            return str(error)
        self.values[node.id] = value
        return ""

    def _spend(self, steps: int, bits: int) -> None:
        self._work += steps * bits * bits
        if self._work > MAX_WORK:
            raise ArithmeticError("the graph's numbers are too long for so many operations")


def _located(graph: Graph, failed: list[tuple[Node, str]]) -> tuple[Fault, ...]:
    if not failed:
        return ()
    index = {node.id: i for i, node in enumerate(graph.nodes)}
    return tuple(
        Fault(f"$.nodes[{index[node.id]}]", f"{trouble} ({node.op} {node.id!r})")
        for node, trouble in failed
    )
