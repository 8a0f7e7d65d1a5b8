"""The worst inputs we could think of: each must be answered or refused within 50 ms.

``python -m benchmarks.graph_bounds`` prints the time of reading, executing and verifying each.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

from benchmarks.machine import describe
from dagger_tools.errors import GraphError
from dagger_tools.graph import Graph, Node, execute, parse, verify
from dagger_tools.graph.extract import MAX_CHARS, MAX_MENDED
from dagger_tools.graph.structure import MAX_NODES, MAX_OPERANDS

BOUND_MS = 50.0


def main() -> None:
    """Print the table and the worst of it."""
    print(describe())
    worst = 0.0
    for name, work in cases():
        seconds = min(timed(work) for _ in range(3))
        worst = max(worst, seconds)
        mark = "" if seconds * 1e3 <= BOUND_MS else "   over the bound"
        print(f"{name:<44} {seconds * 1e3:8.2f} ms{mark}")
    print(f"worst: {worst * 1e3:.1f} ms of {BOUND_MS:.0f} ms")


def timed(work: Callable[[], object]) -> float:
    """Seconds until the answer or the refusal."""
    started = time.perf_counter()
    with contextlib.suppress(GraphError):
        work()
    return time.perf_counter() - started


def cases() -> Iterator[tuple[str, Callable[[], object]]]:
    """Name and work of each case."""
    texts = {
        "open brackets": "[" * MAX_CHARS,
        "open braces": "{" * MAX_CHARS,
        "closed braces": "{}" * (MAX_CHARS // 2),
        "quotes in an object": "{" + '""' * (MAX_CHARS // 2 - 1),
        "backslashes in a string": '{"' + "\\" * (MAX_CHARS - 2),
        "one long number": '{"nodes":[{"id":"a","op":"const","val":'
        + "9" * (MAX_CHARS - 60)
        + "}]}",
        "empty nodes": '{"nodes":[' + "{}," * 60_000 + "{}]}",
        "trailing commas": '{"nodes":[' + ",]" * 90_000,
        "slashes": '{"nodes":[' + "/" * (MAX_CHARS - 10),
        "open remarks": '{"nodes": 1 // "' + "\n/*" * (MAX_CHARS // 3 - 10),
        "digits to mend": '{"nodes": [' + "১" * (MAX_MENDED - 20) + "]}",
        "many fragments": '{"nodes":```' * 9_000,
        "nested objects": '{"a":' * 9_999,
        "unknown ids": written({"op": "add", "args": ["x", "y"]}),
        "decimals": written({"op": "const", "val": 0.125}),
        "grouped Bangla numbers": written({"op": "const", "val": "১২,৩৪,৫৬৭"}),
        "units stuck on": written({"op": "const", "val": "১২কেজি"}),
        "numbers in words": written({"op": "const", "val": "এক " * 30}),
        "aliases over bare numbers": written({"op": "Square Root", "args": [7]}),
        "a chain, written out": written_chain(MAX_NODES - 1),
        "too long": "x" * 10_000_000,
    }
    for name, text in texts.items():
        yield f"parse: {name}", lambda text=text: parse(text)  # type: ignore[misc]  # bound now
    for name, graph in graphs().items():
        yield f"execute: {name}", lambda graph=graph: execute(graph)  # type: ignore[misc]  # bound now
        yield f"verify: {name}", lambda graph=graph: verify(graph, execute(graph))  # type: ignore[misc]
    compacts = {
        "a long sum": "n1=1; " + "+".join(["n1"] * 3000),
        "parentheses": "(" * 9_000,
        "names": "abs " * 2_400,
        "steps": "n1=1; " + ";".join(["n1 + 1"] * 1000),
        "a long number": "9" * 10_000,
    }
    for name, text in compacts.items():
        yield f"compact: {name}", lambda text=text: Graph.from_compact(text)  # type: ignore[misc]


def written(node: dict[str, object]) -> str:
    """The same node as often as the bounds allow, each with an id of its own."""
    nodes = [{"id": f"v{i}", **node} for i in range(MAX_NODES)]
    return json.dumps({"nodes": nodes}, ensure_ascii=False)


def written_chain(length: int) -> str:
    """A chain of sums as a model would write it."""
    nodes: list[dict[str, object]] = [{"id": "n0", "op": "const", "val": 1}]
    nodes += [{"id": f"n{i}", "op": "add", "args": [f"n{i - 1}", "n0"]} for i in range(1, length)]
    nodes.append({"id": "final_result", "op": "identity", "args": [f"n{length - 1}"]})
    return json.dumps({"nodes": nodes}, separators=(",", ":"))


def graphs() -> dict[str, Graph]:
    """Graphs at the bounds, built in memory."""

    def const(name: str, value: int | Fraction) -> Node:
        return Node(id=name, op="const", val=Fraction(value))

    def final(*args: str, op: str = "identity") -> Node:
        return Node(id="final_result", op=op, args=args)

    half = MAX_NODES // 2
    chain = [
        const("n0", 1),
        *(Node(id=f"n{i}", op="add", args=(f"n{i - 1}", "n0")) for i in range(1, MAX_NODES - 1)),
    ]
    doubling = [
        const("n0", 3),
        *(Node(id=f"n{i}", op="mul", args=(f"n{i - 1}",) * 2) for i in range(1, 200)),
    ]
    odd = Fraction(2**512 - 1, 2**500 - 1)
    sides = [const("a", odd), const("b", 1 / (odd + 2))]
    repeated = {
        f"{op} of 512 bits, again and again": Graph(
            nodes=(
                *sides,
                *(Node(id=f"n{i}", op=op, args=("a", "b")) for i in range(half * 2 - 4)),
                final("a"),
            )
        )
        for op in ("add", "mod", "max")
    }
    roots = [Node(id=f"n{i}", op="pow", args=("a", "b")) for i in range(half)]
    big = Fraction(10**1200 + 7, 10**1200 + 9)
    fractions = [const(f"n{i}", Fraction(1, 1009 + 2 * i)) for i in range(half)]
    ring = [Node(id=f"n{i}", op="add", args=(f"n{(i + 1) % half}", "n0")) for i in range(half)]
    return {
        **repeated,
        "cube roots": Graph(
            nodes=(const("a", 7**1400), const("b", Fraction(1, 3)), *roots, final("a"))
        ),
        "longest chain": Graph(nodes=(*chain, final(chain[-1].id))),
        "chain written backwards": Graph(nodes=(final(chain[-1].id), *reversed(chain))),
        "squares of squares": Graph(nodes=(*doubling, final(doubling[-1].id))),
        "tower of powers": Graph(
            nodes=(
                const("a", 10),
                Node(id="b", op="pow", args=("a", "a")),
                final("a", "b", op="pow"),
            )
        ),
        "sum of unlike fractions": Graph(
            nodes=(*fractions, final(*(n.id for n in fractions), op="sum"))
        ),
        "product of one huge number": Graph(
            nodes=(const("a", big), final(*["a"] * (MAX_OPERANDS - 1), op="mul"))
        ),
        "lcm of many": Graph(
            nodes=(
                *(const(f"n{i}", 10**9 + 2 * i + 1) for i in range(half)),
                final(*(f"n{i}" for i in range(half)), op="lcm"),
            )
        ),
        "one cycle": Graph(nodes=(*ring, final("n0"))),
        "too many nodes": Graph(nodes=tuple(const(f"n{i}", i) for i in range(MAX_NODES * 3))),
    }


if __name__ == "__main__":
    main()
