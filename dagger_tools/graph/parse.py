"""A model's raw output read into a graph: found in prose, repaired where that is safe, or refused.

What a reader of JSON would silently get wrong is an error here, or a repair that is said: a cut-off
output, ``"1,200"``, ``12kg``, two nodes with one id, ``NaN``.  All faults of an output are reported
at once, each with its path.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NoReturn

from dagger_tools.errors import Fault, GraphParseError, GraphStructureError
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.structure import bounds_fault, structure_faults
from dagger_tools.text import split_unit

__all__ = ["FINAL_ALIASES", "MAX_CHARS", "parse"]

MAX_CHARS = 1_000_000
"""Characters of an output; the longest graph within the executor's bounds is far shorter."""
MAX_NESTING = 32
MAX_LABEL = 200
FINAL_ALIASES = ("final", "result", "answer", "output", "final_answer")
"""What models call the final node instead of ``final_result``."""

_MAX_EXPONENT = 400
_MAX_NUMBER_CHARS = 1_300
# strings are kept as they are; outside them a comma before a bracket and // remarks are dropped
_SLIPS = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])|//[^\n]*', re.DOTALL)
_BRACKET = re.compile(r'["{}\[\]]')
_STRING_END = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False, 1: True, 0: False}


class _Number(str):
    """A JSON number as it was written, so that no digit is lost."""

    __slots__ = ()


def parse(raw: str) -> Graph:
    """Read the last whole graph in ``raw``; ``Graph.repairs`` says what was changed in it.

    Raises:
        GraphParseError: no whole JSON object is there: not JSON, cut off, or of another shape.
        GraphStructureError: the nodes do not fit together; lists every fault.
    """
    if len(raw) > MAX_CHARS:
        _refuse("$", f"{len(raw):,} characters; at most {MAX_CHARS:,} are read")
    text = _last_object(raw)
    reader = _Reader()
    document = _decode(text, reader.repairs)
    nodes = document.get("nodes") if isinstance(document, dict) else None
    if not isinstance(nodes, list):
        _refuse("$.nodes", "a list of nodes was expected")
    if (too_many := bounds_fault(len(nodes), 0)) is not None:
        raise GraphParseError([too_many])
    return reader.graph(nodes)


def _refuse(path: str, message: str, hint: str = "") -> NoReturn:
    raise GraphParseError([Fault(path, message)], hint=hint)


def _last_object(raw: str) -> str:
    """The last object of ``raw`` that holds nodes, brackets matched outside strings; one pass."""
    found = None
    depth, start, at = 0, 0, 0
    while match := _BRACKET.search(raw, at):
        sign, at = match[0], match.end()
        if sign == '"':
            if depth:
                closing = _STRING_END.match(raw, at)
                at = closing.end() if closing else len(raw)
        elif sign in "{[":
            if depth == 0 and sign == "[":
                continue  # a bracket of the prose
            start = match.start() if depth == 0 else start
            depth += 1
            if depth > MAX_NESTING:
                _refuse(f"$[{match.start()}]", f"nested deeper than {MAX_NESTING} brackets")
        elif depth:
            depth -= 1
            if depth == 0 and '"nodes"' in raw[start:at]:
                found = raw[start:at]
    if depth and ('"nodes"' in raw[start:] or found is None):
        count = raw[start:].count('"id"')
        _refuse(
            f"$.nodes[{max(0, count - 1)}]",
            f"the output is cut off after {len(raw)} characters: {depth} brackets are open",
            "raise the limit on new tokens; a fragment is never answered from",
        )
    if found is None:
        _refuse("$", 'no JSON object with "nodes" was found')
    return found


def _decode(text: str, repairs: list[str]) -> Any:
    def constant(name: str) -> _Number:
        return _Number(name)

    def load(source: str) -> Any:
        # strict=False: a raw newline in a label is a slip, not a fault
        return json.loads(
            source, strict=False, parse_float=_Number, parse_int=_Number, parse_constant=constant
        )

    try:
        return load(text)
    except ValueError:
        mended = _SLIPS.sub(lambda match: match[1] or "", text)
    try:
        document = load(mended)
    except ValueError as error:
        _refuse("$", f"not JSON: {error}")
    repairs.append("trailing commas or remarks were dropped")
    return document


@dataclass(slots=True)
class _Reader:
    """Nodes read one by one; faults and repairs are collected on the way."""

    nodes: list[Node] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)
    fresh: int = 0

    def graph(self, rows: list[Any]) -> Graph:
        """The graph of these rows, or every fault of them."""
        ids = {str(row["id"]) for row in rows if isinstance(row, dict) and _is_id(row.get("id"))}
        final = self._final_name(ids)
        for index, row in enumerate(rows):
            path = f"$.nodes[{index}]"
            if not isinstance(row, dict):
                self.faults.append(Fault(path, "a node is an object"))
            elif not _is_id(row.get("id")):
                self.faults.append(Fault(f"{path}.id", "a node needs an id"))
            else:
                self._node(row, path, ids, final)
        graph = Graph(nodes=tuple(self.nodes), repairs=tuple(self.repairs))
        # a node that could not be read would be reported once more by everything that refers to it
        unread = {str(row["id"]) for row in rows if isinstance(row, dict) and _is_id(row.get("id"))}
        unread -= {node.id for node in self.nodes} | ({final} if final else set())
        known = {fault.path for fault in self.faults}
        for fault in structure_faults(graph, paths=self.paths):
            refers = any(repr(name) in fault.message for name in unread)
            if fault.path not in known and not refers:
                self.faults.append(fault)
        if self.faults:
            raise GraphStructureError(self.faults)
        return graph

    def _final_name(self, ids: set[str]) -> str | None:
        """The alias that stands for the final node, where none has its right name."""
        if FINAL_ID in ids:
            return None
        aliases = [name for name in ids if name.strip().lower() in FINAL_ALIASES]
        if len(aliases) > 1:
            shown = " and ".join(sorted(aliases))
            self.faults.append(Fault("$.nodes", f"more than one final node: {shown}"))
        if len(aliases) != 1:
            return None
        self.repairs.append(f"the final node {aliases[0]!r} is read as {FINAL_ID!r}")
        return aliases[0]

    def _node(self, row: dict[str, Any], path: str, ids: set[str], final: str | None) -> None:
        name = FINAL_ID if str(row["id"]) == final else str(row["id"])
        written = row.get("op")
        if written is None and row.get("val") is not None:
            written = "const"
            self.repairs.append(f"{path} has a value and no op: read as const")
        op = canonical(written) if isinstance(written, str) else None
        if op is None:
            self.faults.append(Fault(f"{path}.op", f"{str(written)[:40]!r} is no operation"))
            return
        if op != written:
            self.repairs.append(f"{path}.op {str(written)[:40]!r} is read as {op!r}")
        value: Fraction | None = None
        unit: str | None = None
        args: tuple[str, ...] = ()
        if op == "const":
            read = self._value(row.get("val"), f"{path}.val")
            if read is None:
                return
            value, unit = read
        else:
            args = self._args(row.get("args"), f"{path}.args", ids, final)
        self._add(
            Node(
                id=name,
                op=op,
                val=value,
                args=args,
                distractor=self._flag(row.get("distractor"), f"{path}.distractor"),
                label=_label(row.get("label")),
                unit=unit if unit is not None else _label(row.get("unit")),
            ),
            path,
        )

    def _add(self, node: Node, path: str) -> None:
        self.nodes.append(node)
        self.paths.append(path)

    def _value(self, raw: Any, path: str) -> tuple[Fraction, str | None] | None:
        try:
            if isinstance(raw, _Number):
                return _exact(raw), None
            if isinstance(raw, str):
                return self._text_value(raw, path)
            raise ValueError("a const needs a number")
        except ValueError as error:
            self.faults.append(Fault(path, str(error)))
            return None

    def _text_value(self, raw: str, path: str) -> tuple[Fraction, str | None]:
        """A number in quotes: grouped, in Bangla digits or words, or with a unit stuck on."""
        if len(raw) > _MAX_NUMBER_CHARS:
            raise ValueError(f"a number of {len(raw)} characters")
        try:
            value, unit = _exact(raw.strip()), None
        except ValueError:
            if re.fullmatch(r"\s*[-+]?(nan|inf(inity)?|[\d.]+e[-+]?\d+)\s*", raw, re.IGNORECASE):
                raise
            value, unit = split_unit(raw)
        note = f" with the unit {unit!r}" if unit else ""
        self.repairs.append(f"{path} {raw[:40]!r} is read as {value}{note}")
        return value, unit

    def _args(self, raw: Any, path: str, ids: set[str], final: str | None) -> tuple[str, ...]:
        if isinstance(raw, str):  # also a bare number: _Number is a str
            self.repairs.append(f"{path} is one operand: read as a list of it")
            raw = [raw]
        if not isinstance(raw, list):
            self.faults.append(Fault(path, "a list of node ids was expected"))
            return ()
        args = [self._arg(arg, f"{path}[{i}]", ids, final) for i, arg in enumerate(raw)]
        return tuple(arg for arg in args if arg is not None)

    def _arg(self, raw: Any, path: str, ids: set[str], final: str | None) -> str | None:
        if not isinstance(raw, str):
            self.faults.append(Fault(path, f"a node's id was expected, not {str(raw)[:40]!r}"))
            return None
        if str(raw) in ids:
            return FINAL_ID if str(raw) == final else str(raw)
        try:
            value = _exact(raw) if isinstance(raw, _Number) else split_unit(raw)[0]
        except ValueError:
            self.faults.append(Fault(path, f"no node is named {str(raw)[:40]!r}"))
            return None
        self.fresh += 1
        while f"literal_{self.fresh}" in ids:
            self.fresh += 1
        name = f"literal_{self.fresh}"
        self._add(Node(id=name, op="const", val=value), path)
        self.repairs.append(f"{path} {str(raw)[:40]!r} is a number: given a const node, {name!r}")
        return name

    def _flag(self, raw: Any, path: str) -> bool:
        if raw is None or isinstance(raw, bool):
            return bool(raw)
        key = int(raw) if isinstance(raw, _Number) and raw in ("0", "1") else raw
        if isinstance(key, str | int) and key in _BOOLEANS:
            self.repairs.append(f"{path} {str(raw)!r} is read as {_BOOLEANS[key]}")
            return _BOOLEANS[key]
        self.faults.append(Fault(path, f"true or false was expected, not {str(raw)[:40]!r}"))
        return False


def _is_id(raw: Any) -> bool:
    return isinstance(raw, str) and 0 < len(raw) <= MAX_LABEL


def _label(raw: Any) -> str | None:
    return raw[:MAX_LABEL] if isinstance(raw, str) and raw else None


def _exact(text: str) -> Fraction:
    """The exact value of a JSON number's text.

    Raises:
        ValueError: it is none, or not finite as a double is, or longer than any number of use.
    """
    if len(text) > _MAX_NUMBER_CHARS:
        raise ValueError(f"a number of {len(text)} characters")
    match = re.fullmatch(r"[-+]?\d+(?:\.\d+)?(?:[eE]([-+]?\d+))?", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no finite number")
    if match[1] and (len(match[1]) > 5 or abs(int(match[1])) > _MAX_EXPONENT):
        raise ValueError(f"{text[:40]!r} is beyond the numbers that JSON can hold")
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:40]!r} is beyond the numbers that JSON can hold")
    return Fraction(text)
