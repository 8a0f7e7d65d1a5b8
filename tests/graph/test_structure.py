"""How nodes fit together, also where they do not."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.graph import Graph, Node, ancestors, structure_faults
from dagger_tools.graph.structure import MAX_OPERANDS, FaultList, evaluation_order


def graph(**nodes: tuple[str, ...]) -> Graph:
    """Nodes by id with their operands: none makes a constant, one or more a sum."""
    return Graph(
        nodes=tuple(
            Node(id=name, op="sum", args=args)
            if args
            else Node(id=name, op="const", val=Fraction(1))
            for name, args in nodes.items()
        )
    )


@given(st.permutations(range(12)), st.data())
def test_evaluation_order_puts_operands_first(places: list[int], data: st.DataObject) -> None:
    """In whatever order nodes are written, each comes after those it reads, and none is lost."""
    rows = {}
    for place in range(12):
        picked = data.draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        rows[place] = tuple(f"n{i}" for i in sorted(picked))
    written = graph(**{f"n{place}": rows[place] for place in places})
    seen: set[str] = set()
    for node in evaluation_order(written):
        assert seen.issuperset(node.args)
        seen.add(node.id)
    assert len(seen) == 12


def test_sorted_nodes_keep_their_order() -> None:
    """A graph that is in order already is executed as it was written."""
    written = graph(b=(), a=(), c=("a", "b"), final_result=("c",))
    assert evaluation_order(written) == written.nodes


def test_every_knot_of_cycles_is_named() -> None:
    """Two separate cycles and a node that reads itself are three faults, with their ids."""
    knotted = graph(
        a=("b",), b=("a",), c=("d",), d=("e",), e=("c", "a"), f=("f",), final_result=("c",)
    )
    cycles = [fault.message for fault in structure_faults(knotted) if "cycle" in fault.message]
    assert len(cycles) == 3
    assert {"a", "b"} <= set(cycles[0])
    assert all(name in cycles[1] for name in "cde")
    assert "f -> f" in cycles[2]


def test_long_cycle_is_shortened() -> None:
    """A cycle through everything is reported by its length and its first ids."""
    ring = {f"n{i}": (f"n{(i + 1) % 2000}",) for i in range(2000)}
    (fault,) = structure_faults(graph(**ring, final_result=("n0",)))
    assert "a cycle of 2000" in fault.message
    assert len(fault.message) < 200


def test_ancestors_of_a_faulty_graph() -> None:
    """Cycles, unknown ids and an unknown node do no harm; a node is not its own ancestor."""
    faulty = graph(a=("b", "ghost"), b=("a",), c=(), final_result=("a",))
    assert ancestors(faulty, "final_result") == {"a", "b"}
    assert ancestors(faulty, "a") == {"b"}
    assert ancestors(faulty, "c") == frozenset()
    assert ancestors(faulty, "nobody") == frozenset()


def test_missing_value_and_missing_end_are_faults() -> None:
    """A constant without a value and a graph without a final node are reported together."""
    faults = structure_faults(Graph(nodes=(Node(id="a", op="constant"),)))
    assert [fault.path for fault in faults] == ["$.nodes[0].val", "$.nodes"]


def test_paths_may_be_given() -> None:
    """A text that was repaired names the places of what the model wrote."""
    faults = structure_faults(graph(a=("ghost",), final_result=("a",)), paths=["$.x", "$.y"])
    assert [fault.path for fault in faults] == ["$.x.args[0]"]


def test_operands_are_bounded() -> None:
    """The count of operands over all nodes has a bound of its own."""
    wide = graph(a=(), final_result=("a",) * (MAX_OPERANDS + 1))
    (fault,) = structure_faults(wide)
    assert "operands" in fault.message


def test_faults_past_a_hundred_are_counted() -> None:
    """A report stays readable, and says how much it leaves out."""
    faults = FaultList()
    for i in range(250):
        faults.add(f"$.nodes[{i}]", "wrong")
    listed = list(faults)
    assert len(listed) == 101
    assert "150 further" in listed[-1].message
