"""A model's raw output read into a graph: found in prose, repaired where that is safe, or refused.

What a reader of JSON would silently get wrong is an error here, or a repair that is said: a cut-off
output, ``"1,200"``, ``12kg``, two nodes with one id, ``NaN``.  All faults of an output are reported
at once, each with its path in what the model wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from dagger_tools.errors import Fault, GraphParseError, GraphStructureError
from dagger_tools.graph.extract import MAX_CHARS, WrittenNumber, extract
from dagger_tools.graph.model import FINAL_ID, Graph
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.structure import MAX_NODES, FaultList, bounds_fault, structure_faults
from dagger_tools.text import split_unit

__all__ = ["FINAL_ALIASES", "MAX_CHARS", "parse", "read_graph"]

MAX_LABEL = 200
"""Characters of an id or a label; a longer label is cut, a longer id is a fault."""
FINAL_ALIASES = ("final", "result", "answer", "output", "final_answer")
"""What models call the final node instead of ``final_result``."""

_MAX_NUMBER_CHARS = 400  # a double has at most 309 digits before its point
_MAX_PHRASE_CHARS = 100  # of one number in Bangla; crores in words with a unit take seventy
_MAX_FIGURE_CHARS = 30  # of a number in Bangla digits; what is longer is a phrase
_MAX_WORD_CHARS = 2_000  # of all numbers in words or with units, which take 5 µs a character
_DECIMAL = re.compile(r"([-+]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]+))?")
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?[0-9.]+e[-+]?[0-9]|[-+]?(?:nan|inf)", re.IGNORECASE)
_BANGLA_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_LARGEST = 2**1024  # the first power of two that no double holds; as a denominator likewise
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def parse(raw: str) -> Graph:
    """Read the last whole graph in ``raw``; ``Graph.repairs`` says what was changed in it.

    Raises:
        GraphParseError: no whole JSON object is there: not JSON, cut off, or of another shape.
        GraphStructureError: nodes that cannot be read or do not fit together; lists every fault.
    """
    document = extract(raw)
    if fault := bounds_fault(len(document.nodes), _count_operands(document.nodes)):
        raise GraphStructureError([fault])
    return _Reader(document.nodes, document.repairs).graph()


def read_graph(source: str | Mapping[str, Any]) -> Graph:
    """``parse`` for text, or for the same object already decoded (``{"nodes": [...]}``).

    Raises:
        GraphError: as ``parse``; an object that is no JSON is a ``GraphParseError``.
    """
    if isinstance(source, str):
        return parse(source)
    try:
        text = json.dumps(source, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise GraphParseError([Fault("$", f"the object is no JSON: {error}")]) from error
    return parse(text)


class _Reader:
    """Nodes read one by one; faults and repairs are collected on the way.

    What cannot be read is reported and replaced by something harmless, so that the rest is checked
    all the same and no fault is reported twice.
    """

    def __init__(self, written: list[Any], repairs: tuple[str, ...]) -> None:
        self._written = written
        self._repairs = list(repairs)
        self._faults = FaultList()
        self._rows: list[dict[str, Any]] = []
        self._paths: list[str] = []
        self._names = [_name(row) for row in written]
        self._ids = set(self._names)
        self._final = self._final_name()
        self._fresh = 0
        self._word_chars = 0

    def graph(self) -> Graph:
        """The graph, or every fault of it."""
        for index, (written, name) in enumerate(zip(self._written, self._names, strict=True)):
            self._node(written, name, f"$.nodes[{index}]")
            if len(self._rows) > MAX_NODES:  # through bare numbers among the operands
                break
        graph = Graph.model_validate({"nodes": self._rows, "repairs": self._repairs})
        for fault in structure_faults(graph, paths=self._paths):
            # where something is unreadable, that is what to mend, and it is said already
            if fault.path not in self._faults:
                self._faults.append(fault)
        if self._faults:
            raise GraphStructureError(self._faults)
        return graph

    def _final_name(self) -> str | None:
        """The other name of the final node, where none has its right name."""
        if FINAL_ID in self._ids:
            return None
        meant = ((FINAL_ID,), FINAL_ALIASES)
        for names in meant:  # Final Result comes before answer
            found = sorted(n for n in self._ids if n and _plain_name(n) in names)
            if len(found) > 1:
                shown = " and ".join(found)
                self._faults.add("$.nodes", f"more than one final node: {shown}")
                return found[0]
            if found:
                self._repairs.append(f"the final node {found[0]!r} is read as {FINAL_ID!r}")
                return found[0]
        return None

    def _node(self, written: Any, name: str | None, path: str) -> None:
        if not isinstance(written, dict):
            self._faults.add(path, f"a node is an object, not {_kind(written)}")
        elif name is None:
            self._faults.add(f"{path}.id", f"an id is a text of 1 to {MAX_LABEL} characters")
        node_id = f"unread {path}" if name is None else FINAL_ID if name == self._final else name
        if not isinstance(written, dict):
            written = {"op": "const", "val": 0}
        row: dict[str, Any] = {"id": node_id, "distractor": self._flag(written, path)}
        if (label := written.get("label")) is not None:
            row["label"] = self._label(label, f"{path}.label")
        if (unit := written.get("unit")) is not None:
            row["unit"] = self._label(unit, f"{path}.unit")
        self._operation(written, row, path)
        self._rows.append(row)
        self._paths.append(path)

    def _operation(self, written: dict[str, Any], row: dict[str, Any], path: str) -> None:
        """``op`` with its ``val`` or ``args``."""
        op = written.get("op")
        if op is None and written.get("val") is not None and not written.get("args"):
            op = "const"
            self._repairs.append(f"{path} has a value and no op: read as const")
        if type(op) is not str:
            self._faults.add(
                f"{path}.op", f"the name of an operation was expected, not {_kind(op)}"
            )
            op, written = "const", {"val": 0}
        row["op"] = name = canonical(op) or op
        if name != op:
            self._repairs.append(f"{path}.op {op[:40]!r} is read as {name!r}")
        if name == "const":
            row["val"], unit = self._value(written.get("val"), f"{path}.val")
            if unit is not None:
                row["unit"] = unit
        elif written.get("val") is not None:
            self._repairs.append(f"{path}.val was dropped: only a const has a value of its own")
        if (args := written.get("args")) is not None and (args or name != "const"):
            row["args"] = self._operands(args, f"{path}.args", distractor=row["distractor"])

    def _value(self, raw: Any, path: str) -> tuple[Fraction | None, str | None]:
        if type(raw) is int:
            return Fraction(raw), None
        try:
            if isinstance(raw, WrittenNumber):
                return _exact(raw), None
            if isinstance(raw, str):
                return self._text_value(raw, path)
        except ValueError as error:
            self._faults.add(path, str(error))
            return Fraction(0), None
        if raw is None:
            return None, None  # structure_faults reports a constant without a value
        self._faults.add(path, f"a number was expected, not {_kind(raw)}")
        return Fraction(0), None

    def _text_value(self, raw: str, path: str) -> tuple[Fraction, str | None]:
        """A number in quotes: grouped, in Bangla digits or words, or with a unit stuck on."""
        if len(raw) > (_MAX_NUMBER_CHARS if raw.isascii() else _MAX_PHRASE_CHARS):
            raise ValueError(f"{raw[:40]!r}... is a text of {len(raw):,} characters, no number")
        phrase = len(raw) > _MAX_FIGURE_CHARS and not raw.isascii()
        if phrase:
            self._spend_words(len(raw))
        unit = None
        plain = raw.strip().translate(_BANGLA_DIGITS)
        try:
            value = _exact(plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain)
        except ValueError:
            # 1e400 and NaN must not be taken for a number with a word behind it
            if _NOT_FINITE.match(plain):
                raise
            if not phrase:
                self._spend_words(len(raw))
            value, unit = split_unit(raw)
            _check_range(value, raw)
        note = f" with the unit {unit!r}" if unit else ""
        self._repairs.append(f"{path} {raw[:40]!r} is read as {str(value)[:40]}{note}")
        return value, unit

    def _spend_words(self, chars: int) -> None:
        self._word_chars += chars
        if self._word_chars > _MAX_WORD_CHARS:
            most = f"at most {_MAX_WORD_CHARS:,} characters of an output are read so"
            raise ValueError(f"too many numbers in words or with units: {most}")

    def _operands(self, raw: Any, path: str, *, distractor: bool) -> tuple[str, ...]:
        if isinstance(raw, str | int) and not isinstance(raw, bool):
            self._repairs.append(f"{path} is one operand: read as a list of it")
            raw = [raw]
        if not isinstance(raw, list):
            self._faults.add(path, f"a list of node ids was expected, not {_kind(raw)}")
            return ()
        ids, final = self._ids, self._final
        return tuple(
            [
                arg
                if type(arg) is str and arg in ids and arg != final
                else self._operand(arg, f"{path}[{place}]", distractor=distractor)
                for place, arg in enumerate(raw)
            ]
        )

    def _operand(self, raw: Any, path: str, *, distractor: bool) -> str:
        """An id, or the id of a new constant for a bare number."""
        name = _id_text(raw)
        if name is not None and name in self._ids:
            return FINAL_ID if name == self._final else name
        value: Fraction | None = None
        try:
            if type(raw) is int:
                value = Fraction(raw)
            elif isinstance(raw, WrittenNumber):
                value = _exact(raw)
            elif isinstance(raw, str):
                # only a number and nothing else: "2_items" is a node that does not exist
                plain = raw.strip().translate(_BANGLA_DIGITS)
                grouped = len(plain) <= _MAX_NUMBER_CHARS and _GROUPED.fullmatch(plain)
                value = _exact(plain.replace(",", "") if grouped else plain)
        except ValueError as error:
            if isinstance(raw, WrittenNumber):
                self._faults.add(path, str(error))
            elif name is not None:
                return name  # structure_faults reports that no node has this id
            else:
                self._faults.add(path, f"an id has at most {MAX_LABEL} characters")
        else:
            if value is None:
                self._faults.add(path, f"a node's id was expected, not {_kind(raw)}")
        return self._new_constant(value, raw, path, distractor=distractor)

    def _new_constant(
        self, value: Fraction | None, raw: Any, path: str, *, distractor: bool
    ) -> str:
        self._fresh += 1
        while (name := f"literal_{self._fresh}") in self._ids:
            self._fresh += 1
        if value is not None:
            self._repairs.append(f"{path} {str(raw)[:40]} is a number: read as a new node {name!r}")
        # before its reader, so that the nodes stay sorted
        row = {"id": name, "op": "const", "val": value or Fraction(0), "distractor": distractor}
        self._rows.append(row)
        self._paths.append(path)
        return name

    def _flag(self, written: dict[str, Any], path: str) -> bool:
        raw = written.get("distractor", False)
        if raw is False or raw is True:
            return raw
        if raw is None:
            return False
        if (
            isinstance(raw, str | int)
            and (flag := _FLAGS.get(str(raw).strip().lower())) is not None
        ):
            self._repairs.append(f"{path}.distractor {raw!r} is read as {str(flag).lower()}")
            return flag
        self._faults.add(f"{path}.distractor", f"true or false was expected, not {_kind(raw)}")
        return False

    def _label(self, raw: Any, path: str) -> str | None:
        if type(raw) is str and len(raw) <= MAX_LABEL:
            return raw
        if isinstance(raw, str | int):
            self._repairs.append(f"{path} was cut to {MAX_LABEL} characters or written as a text")
            return str(raw)[:MAX_LABEL]
        self._repairs.append(f"{path} was dropped: it is {_kind(raw)}")
        return None


def _count_operands(rows: list[Any]) -> int:
    lists = (row.get("args") for row in rows if isinstance(row, dict))
    return sum(len(args) for args in lists if isinstance(args, list))


def _name(row: Any) -> str | None:
    """The id of a node as a text, None where it has none that can be used."""
    return _id_text(row.get("id")) if isinstance(row, dict) else None


def _id_text(raw: Any) -> str | None:
    if type(raw) is str and 0 < len(raw) <= MAX_LABEL:  # nearly always
        return raw
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        return None
    text = str(raw)
    return text if 0 < len(text) <= MAX_LABEL else None


def _plain_name(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _kind(raw: Any) -> str:
    """What a JSON value is, shortly: it may be long or deep."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, str | int):
        return repr(str(raw)[:40])
    return "an object" if isinstance(raw, dict) else "a list"


def _exact(text: str) -> Fraction:
    """The exact value of a decimal number.

    Raises:
        ValueError: it is none, or not finite as a double is.
    """
    match = _DECIMAL.fullmatch(text) if len(text) <= _MAX_NUMBER_CHARS else None
    whole, part = (match[2], match[3] or "") if match else ("", "")
    if match is None or not (whole or part):
        raise ValueError(f"{text[:40]!r} is not a finite number")
    exponent = match[4] or "0"
    # the digits say nothing against a huge exponent, and building the number would take memory
    if len(exponent) > 5 or abs(int(exponent)) > 2 * _MAX_NUMBER_CHARS:
        raise ValueError(f"{text[:40]!r} is beyond the finite numbers (1.8e308)")
    scale = int(exponent) - len(part)
    digits = int(match[1] + whole + part)
    value = Fraction(digits * 10**scale) if scale >= 0 else Fraction(digits, 10**-scale)
    if len(text) > 200 or match[4]:  # a shorter number is within the range
        _check_range(value, text)
    return value


def _check_range(value: Fraction, text: str) -> None:
    if abs(value.numerator) >= _LARGEST * value.denominator:
        raise ValueError(f"{text[:40]!r} is beyond the finite numbers (1.8e308)")
    if value and value.denominator >= _LARGEST * abs(value.numerator):
        raise ValueError(f"{text[:40]!r} is closer to zero than any finite number (2.2e-308)")
