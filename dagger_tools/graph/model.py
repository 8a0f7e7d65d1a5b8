"""The graph itself: nodes that name an operation and the nodes it reads.

A ``Graph`` is only the shape.  It may hold faults (a cycle, an unknown id): ``parse`` repairs
and reads it from text, ``execute`` reports every fault at once, ``verify`` judges it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from dagger_tools.text.numerals import parse_number

if TYPE_CHECKING:
    import networkx as nx

    from dagger_tools.text import Number

__all__ = ["FINAL_ID", "Graph", "Node", "json_number"]

FINAL_ID = "final_result"


def json_number(value: Fraction) -> int | float | str:
    """``value`` as JSON writes it best: an int, a decimal that is exact, else ``"2/3"``."""
    if value.denominator == 1:
        return value.numerator
    try:
        as_float = float(value)
    except OverflowError:
        return str(value)
    return as_float if Fraction(repr(as_float)) == value else str(value)


def _read_value(raw: object) -> Fraction | None:
    if raw is None or isinstance(raw, Fraction):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"a number was expected, not {raw!r}")
    if isinstance(raw, str):
        return parse_number(raw)
    # repr gives the shortest decimal that reads back as this float, so 0.1 is 1/10 here
    return Fraction(repr(raw))


Value = Annotated[
    Fraction | None,
    PlainValidator(_read_value),
    PlainSerializer(
        lambda v: None if v is None else json_number(v), return_type=int | float | str | None
    ),
]
"""A node's number: exact inside, a JSON number outside."""


class Node(BaseModel):
    """One node: a ``const`` with its ``val``, or an operation over ``args`` (ids of nodes)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    op: str
    val: Value = None
    args: tuple[str, ...] = ()
    distractor: bool = False
    label: str | None = None
    unit: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The published shape: ``val`` only for constants, ``args`` only for operations."""
        row: dict[str, Any] = {"id": self.id, "op": self.op}
        if self.op == "const":
            row["val"] = None if self.val is None else json_number(self.val)
        else:
            row["args"] = list(self.args)
        row["distractor"] = self.distractor
        if self.label is not None:
            row["label"] = self.label
        if self.unit is not None:
            row["unit"] = self.unit
        return row


class Graph(BaseModel):
    """Nodes in the order they were written.

    ``repairs`` says, one sentence each, what reading changed in what the model wrote (an alias
    of an operation, a unit stuck on a value); it is no part of the published shape.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    nodes: tuple[Node, ...]
    repairs: tuple[str, ...] = Field(default=(), exclude=True, repr=False)

    def __getitem__(self, node_id: str) -> Node:
        """The first node of that id; ``KeyError`` if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    @property
    def final(self) -> Node:
        """The node whose value is the answer; ``KeyError`` if there is none."""
        return self[FINAL_ID]

    def to_dict(self) -> dict[str, Any]:
        """The published JSON object, ``{"nodes": [...]}``."""
        return {"nodes": [node.to_dict() for node in self.nodes]}

    def to_json(self, *, indent: int | None = None) -> str:
        """``to_dict`` as text; Bangla labels stay Bangla."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    @classmethod
    def from_compact(cls, text: str, numbers: Sequence[Number] | None = None) -> Graph:
        """Read the compact notation; ``numbers`` are the question's (see ``graph.compact``)."""
        from dagger_tools.graph.compact import read_compact

        return read_compact(text, numbers)

    def compact(self, numbers: Sequence[Number] | None = None) -> str:
        """Write the compact notation; with ``numbers``, over the question's own numbers."""
        from dagger_tools.graph.compact import write_compact

        return write_compact(self, numbers)

    def to_networkx(self) -> nx.DiGraph[str]:
        """A directed graph with an edge from each operand to the node that reads it."""
        from dagger_tools.graph.render import to_networkx

        return to_networkx(self)

    def to_mermaid(self) -> str:
        """A Mermaid flowchart; distractors are dashed."""
        from dagger_tools.graph.render import to_mermaid

        return to_mermaid(self)

    def to_svg(self) -> str:
        """A self-contained SVG drawing; distractors are dashed."""
        from dagger_tools.graph.render import to_svg

        return to_svg(self)
