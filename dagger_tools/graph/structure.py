"""Whether the nodes of a graph fit together, and in which order they can be computed.

Nothing here recurses: a chain of four thousand nodes is as good as one of three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagger_tools.errors import Fault
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import OPERATIONS, canonical

__all__ = [
    "MAX_NODES",
    "MAX_OPERANDS",
    "FaultList",
    "ancestors",
    "bounds_fault",
    "evaluation_order",
    "examine",
    "structure_faults",
]

MAX_NODES = 4_096
"""Nodes of a graph; a model writes ten to thirty, and so many are read and executed in 50 ms."""
MAX_OPERANDS = 8_192
"""Operands of a graph, over all its nodes."""
_MAX_FAULTS = 100  # spelt out in one report; the rest are counted
_MAX_CYCLES = 10  # named in one report; each is searched for anew
_MAX_NAMED = 8  # ids of a cycle that are spelt out


class FaultList:
    """Faults of one report; past a hundred they are only counted, in a last fault."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._paths: set[str] = set()
        self._further = 0

    def add(self, path: str, message: str) -> None:
        """Note a fault."""
        if len(self._faults) < _MAX_FAULTS:
            self._faults.append(Fault(path, message))
            self._paths.add(path)
        else:
            self._further += 1

    def append(self, fault: Fault) -> None:
        """Note a fault that exists already."""
        self.add(fault.path, fault.message)

    def __contains__(self, path: str) -> bool:
        """Whether something is noted of ``path``."""
        return path in self._paths

    def __bool__(self) -> bool:
        return bool(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        yield from self._faults
        if self._further:
            yield Fault("$.nodes", f"and {self._further} further faults")


def structure_faults(graph: Graph, *, paths: Sequence[str] | None = None) -> tuple[Fault, ...]:
    """Everything wrong with how the nodes fit together, empty if nothing is.

    Checked are ids, operations, arity, references, cycles, the one final node, and that a
    constant has a value.  ``paths`` are the paths of the nodes where they are not simply
    ``$.nodes[0]``, ``$.nodes[1]``, ...  (a text that was repaired).
    """
    return examine(graph, paths)[0]


def examine(
    graph: Graph, paths: Sequence[str] | None = None
) -> tuple[tuple[Fault, ...], tuple[Node, ...]]:
    """``structure_faults`` and ``evaluation_order`` from one walk."""
    nodes = graph.nodes
    if fault := bounds_fault(len(nodes), sum(len(node.args) for node in nodes)):
        return (fault,), ()
    faults = FaultList()
    first: dict[str, int] = {}
    for index, node in enumerate(nodes):
        if first.setdefault(node.id, index) != index:
            other = _path(first[node.id], paths)
            message = f"{node.id!r} is already the id of {other}"
            faults.add(f"{_path(index, paths)}.id", message)
    for index, node in enumerate(nodes):
        name = canonical(node.op)
        if name is None:
            message = f"no operation is called {node.op[:40]!r} (node {node.id!r})"
            faults.add(f"{_path(index, paths)}.op", message)
        elif not OPERATIONS[name].accepts(len(node.args)):
            takes = (
                f"{OPERATIONS[name].arity} operand{'' if OPERATIONS[name].max_arity == 1 else 's'}"
            )
            message = f"{name} takes {takes}, not {len(node.args)} (node {node.id!r})"
            faults.add(f"{_path(index, paths)}.args", message)
        if name == "const" and node.val is None:
            message = f"the constant {node.id!r} has no value"
            faults.add(f"{_path(index, paths)}.val", message)
        for position, arg in enumerate(node.args):
            if arg not in first:
                message = f"no node is called {arg!r} (node {node.id!r})"
                faults.add(f"{_path(index, paths)}.args[{position}]", message)
    order, cycles = _walk(nodes)
    for cycle in cycles:
        shown = [*cycle[:_MAX_NAMED], "..."] if len(cycle) > _MAX_NAMED else cycle
        message = f"a cycle of {len(cycle)}: {' -> '.join([*shown, cycle[0]])}"
        faults.add(_path(first[cycle[0]], paths), message)
    if FINAL_ID not in first:
        faults.add("$.nodes", f"no node is called {FINAL_ID!r}, so there is no answer")
    return tuple(faults), order


def bounds_fault(nodes: int, operands: int) -> Fault | None:
    """The fault of a graph of that size, None if it is within the bounds."""
    if nodes > MAX_NODES:
        return Fault("$.nodes", f"{nodes} nodes; a graph has at most {MAX_NODES}")
    if operands > MAX_OPERANDS:
        return Fault("$.nodes", f"{operands} operands; a graph has at most {MAX_OPERANDS}")
    return None


def evaluation_order(graph: Graph) -> tuple[Node, ...]:
    """The nodes, each after those it reads; as they were written if that holds already.

    Of nodes with one id only the first counts; an unknown id and an edge that closes a cycle are
    passed over, so that a faulty graph can still be drawn.
    """
    return _walk(graph.nodes)[0]


def ancestors(graph: Graph, node_id: str) -> frozenset[str]:
    """The ids that ``node_id`` depends on, itself not among them.

    Empty where it depends on nothing or no node has that id; a faulty graph does no harm.
    """
    args = {node.id: node.args for node in reversed(graph.nodes)}
    found: set[str] = set()
    waiting = list(args.get(node_id, ()))
    while waiting:
        current = waiting.pop()
        if current in args and current not in found:
            found.add(current)
            waiting.extend(args[current])
    return frozenset(found - {node_id})


def _path(index: int, paths: Sequence[str] | None) -> str:
    return f"$.nodes[{index}]" if paths is None else paths[index]


def _walk(nodes: Sequence[Node]) -> tuple[tuple[Node, ...], list[list[str]]]:
    """An evaluation order, and at least one cycle of every knot of cycles (up to ten)."""
    if _is_sorted(nodes):
        return tuple(nodes), []
    by_id = {node.id: node for node in reversed(nodes)}
    order: list[Node] = []
    cycles: list[list[str]] = []
    knotted: set[str] = set()
    done: set[str] = set()
    for root in nodes:
        if root.id in done or by_id[root.id] is not root:
            continue
        # depth first: ``trail`` is the way from the root down, with the operands still to visit
        trail = [(root, iter(root.args))]
        open_ids = {root.id}
        while trail:
            node, operands = trail[-1]
            for arg in operands:
                if arg in open_ids:
                    if len(cycles) < _MAX_CYCLES and arg not in knotted and node.id not in knotted:
                        way = [step.id for step, _ in trail]
                        cycles.append(way[way.index(arg) :])
                        knotted.update(cycles[-1])
                elif arg in by_id and arg not in done:
                    trail.append((by_id[arg], iter(by_id[arg].args)))
                    open_ids.add(arg)
                    break
            else:
                trail.pop()
                open_ids.discard(node.id)
                done.add(node.id)
                order.append(node)
    return tuple(order), cycles


def _is_sorted(nodes: Sequence[Node]) -> bool:
    seen: set[str] = set()
    for node in nodes:
        if node.id in seen or not seen.issuperset(node.args):
            return False
        seen.add(node.id)
    return True
