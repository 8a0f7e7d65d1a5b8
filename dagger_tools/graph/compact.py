"""The compact notation: a graph as operators over the question's numbers, tens of tokens long.

::

    !n3; n1 * n2                        the question's third number is set aside
    !n3 !n4; n1 * n2; s1 - n5           each step's result is s1, s2, ...; the last is the answer
    n1=100 n2=5 !n3=50; n1 * n2         on its own, with the numbers' values

A header (numbers flagged as distractors, and values) ends with ``;`` and may be absent.  A step is
``ref op ref`` for ``+ - * /``, ``name ref ref ...`` for other operations, or one ``ref``; ``!``
before a step flags its nodes.  A ref is a number of the question, an earlier step, or a constant of
the world (``12``, ``0.5``, ``(2/3)``).  Readers also take what people write by hand: nested infix,
parentheses, ``floor((n1 + n2) / 12)``, ``×``, ``÷``, ``%`` for the remainder.

Reading what was written gives back the same operations over the same values with the same flags;
ids of steps and labels are the notation's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import GraphStructureError
from dagger_tools.graph.expression import (
    MAX_CHARS,
    MAX_DIGITS,
    Call,
    Expr,
    ExpressionParser,
    Literal,
    Ref,
    fault_at,
    references,
)
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.structure import evaluation_order, structure_faults

if TYPE_CHECKING:
    from dagger_tools.text import Number

__all__ = ["build_graph", "read_compact", "write_compact"]

_SIGN_OF = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_HEADER_ITEM = re.compile(r"(!?)n([1-9]\d{0,4})(?:=(-?\d+(?:\.\d+|/\d+)?))?")
_SLOT = re.compile(r"n([1-9]\d{0,4})$")


def build_graph(
    expression: Expr, numbers: Sequence[Number], flagged: Collection[int] = ()
) -> Graph:
    """The graph of one expression over ``n1`` ...; ``flagged`` are numbers (1-based) set aside."""
    builder = _Builder({i: n.value for i, n in enumerate(numbers, start=1)}, numbers)
    builder.constants(sorted({*flagged, *_slots([expression])}), set(flagged))
    builder.answer(expression)
    return builder.graph()


def read_compact(text: str, numbers: Sequence[Number] | None = None) -> Graph:
    """The graph that ``text`` notes down, over ``numbers`` or its own declared values.

    Raises:
        GraphParseError: the place, and what was expected there.
    """
    if len(text) > MAX_CHARS:
        raise fault_at(0, f"a graph of {len(text)} characters; {MAX_CHARS} are read")
    values = {i: n.value for i, n in enumerate(numbers or (), start=1)}
    segments = _segments(text)
    flagged: set[int] = set()
    mentioned: set[int] = set()
    if (header := _header(*segments[0], values)) is not None:
        flagged, mentioned = header
        segments = segments[1:]
    if not segments:
        raise fault_at(len(text), "a step was expected after the header: the answer is missing")
    readable = {f"n{index}" for index in values}
    steps = []
    for index, (offset, segment) in enumerate(segments, start=1):
        parser = ExpressionParser(segment, offset, readable)
        aside = parser.flag()
        steps.append((parser.expression(0, 0), aside))
        parser.expect_end()
        readable.add(f"s{index}")
    builder = _Builder(values, numbers or ())
    builder.constants(sorted({*mentioned, *_slots(step for step, _ in steps)}), flagged)
    for step, aside in steps[:-1]:
        builder.step(step, aside)
    builder.answer(*steps[-1])
    return builder.graph()


def write_compact(graph: Graph, numbers: Sequence[Number] | None = None) -> str:
    """``graph`` in compact notation; see the module's description.

    With ``numbers``, constants that are the question's are written as its slots, without values.

    Raises:
        GraphStructureError: the nodes do not fit together.
    """
    if faults := structure_faults(graph):
        raise GraphStructureError(faults)
    return _Writer(graph, numbers).write()


def _segments(text: str) -> list[tuple[int, str]]:
    parts, offset = [], 0
    for part in text.split(";"):
        parts.append((offset, part))
        offset += len(part) + 1
    return parts


def _header(
    offset: int, text: str, values: dict[int, Fraction]
) -> tuple[set[int], set[int]] | None:
    """Numbers flagged and numbers mentioned, or None if the segment is a step.

    Declared values are put into ``values``.
    """
    matches = [(m, _HEADER_ITEM.fullmatch(m[0])) for m in re.finditer(r"\S+", text)]
    items = [(place.start() + offset, match) for place, match in matches if match is not None]
    declares = any(match[1] or match[3] is not None for _, match in items)
    if not items or len(items) < len(matches) or not declares:
        return None
    flagged: set[int] = set()
    mentioned: set[int] = set()
    for place, match in items:
        index = int(match[2])
        if index in mentioned:
            raise fault_at(place, f"n{index} is declared twice")
        mentioned.add(index)
        if match[1]:
            flagged.add(index)
        if match[3] is not None:
            value = _declared(match[3], place)
            if values.setdefault(index, value) != value:
                raise fault_at(place, f"n{index} is {values[index]} in the question")
        elif index not in values:
            raise fault_at(place, f"n{index} has no value: the question has {len(values)} numbers")
    return flagged, mentioned


def _declared(text: str, place: int) -> Fraction:
    if len(text) > MAX_DIGITS:
        raise fault_at(place, f"a number of more than {MAX_DIGITS} digits")
    top, _, bottom = text.partition("/")
    if bottom and int(bottom) == 0:
        raise fault_at(place, f"{text!r} divides by zero")
    return Fraction(top) / int(bottom or 1)


def _slots(expressions: Iterable[Expr]) -> Iterator[int]:
    for expression in expressions:
        for name in references(expression):
            if match := _SLOT.match(name):
                yield int(match[1])


class _Builder:
    """Nodes in canonical order: the numbers, then each step after its constants."""

    def __init__(self, values: dict[int, Fraction], numbers: Sequence[Number]) -> None:
        self.values, self.numbers = values, numbers
        self.nodes: list[Node] = []
        self.steps = self.worlds = self.inner = 0

    def constants(self, indices: Sequence[int], flagged: set[int]) -> None:
        """A node for every number that is mentioned."""
        for index in indices:
            number = self.numbers[index - 1] if index <= len(self.numbers) else None
            self._add(
                _node(
                    f"n{index}",
                    "const",
                    val=self.values[index],
                    distractor=index in flagged,
                    label=_label(number) if number else None,
                    unit=number.unit if number else None,
                )
            )

    def step(self, expression: Expr, aside: bool = False) -> None:
        """One written step; its result is the next ``s``."""
        self.steps += 1
        self._place(expression, f"s{self.steps}", aside)

    def answer(self, expression: Expr, aside: bool = False) -> None:
        """The last step: the final node."""
        self._place(expression, FINAL_ID, aside)

    def graph(self) -> Graph:
        return Graph.model_construct(nodes=tuple(self.nodes), repairs=())

    def _place(self, expression: Expr, name: str, aside: bool) -> None:
        # a long sum leans to the left: its first operands are placed in a loop, not by recursion
        spine = [expression]
        while isinstance(spine[-1], Call) and isinstance(spine[-1].args[0], Call):
            spine.append(spine[-1].args[0])
        first: str | None = None
        for depth, inner in reversed(list(enumerate(spine))):
            op, args = (
                ("identity", (inner,)) if not isinstance(inner, Call) else (inner.op, inner.args)
            )
            ids = [first] if first is not None else []
            ids += [self._operand(arg, aside) for arg in args[len(ids) :]]
            first = name if depth == 0 else self._inner()
            self._add(_node(first, op, args=tuple(ids), distractor=aside))

    def _operand(self, expression: Expr, aside: bool) -> str:
        match expression:
            case Ref(name):
                return name
            case Literal(value):
                self.worlds += 1
                name = f"c{self.worlds}"
                self._add(_node(name, "const", val=value, distractor=aside))
                return name
        name = self._inner()
        self._place(expression, name, aside)
        return name

    def _inner(self) -> str:
        self.inner += 1
        return f"t{self.inner}"

    def _add(self, node: Node) -> None:
        self.nodes.append(node)


def _node(name: str, op: str, **fields: object) -> Node:
    """A node without pydantic's validation, which these values do not need and training would feel."""
    values: dict[str, Any] = {
        "val": None, "args": (), "distractor": False, "label": None, "unit": None, **fields
    }  # fmt: skip
    return Node.model_construct(None, id=name, op=op, **values)


def _label(number: Number) -> str:
    """How the question names the number: ``১০০ কলম``, ``৫ টাকা``."""
    if number.unit == "%":
        return f"{number.text}%"
    what = number.unit or number.noun
    return f"{number.text} {what}" if what else number.text


class _Writer:
    """One graph's text: its constants named, then a step a node, the final one last."""

    def __init__(self, graph: Graph, numbers: Sequence[Number] | None) -> None:
        self.nodes = evaluation_order(graph)
        self.numbers = numbers
        self.read = {arg for node in self.nodes for arg in node.args}
        self.names: dict[str, str] = {}
        self.header: list[str] = []
        self.lines: list[str] = []

    def write(self) -> str:
        """The whole text."""
        self._name_constants([n for n in self.nodes if canonical(n.op) == "const"])
        last = None
        for node in self.nodes:
            if canonical(node.op) == "const":
                continue
            if node.id == FINAL_ID and node.id not in self.read:
                last = node
            else:
                self._line(node)
        if last is not None:
            self._line(last)
        elif self.names[FINAL_ID] != f"s{len(self.lines)}":
            # the answer is a constant, or other nodes read it: a last step names it
            final = next(node for node in self.nodes if node.id == FINAL_ID)
            flagged = final.distractor and canonical(final.op) != "const"
            self.lines.append(f"!({self.names[FINAL_ID]})" if flagged else self.names[FINAL_ID])
        header = f"{' '.join(self.header)}; " if self.header else ""
        return header + "; ".join(self.lines)

    def _name_constants(self, constants: Sequence[Node]) -> None:
        if self.numbers is None:
            for index, node in enumerate(constants, start=1):
                flag = "!" if node.distractor else ""
                self.names[node.id] = f"n{index}"
                self.header.append(f"{flag}n{index}={_decimal(node.val or Fraction(0))}")
            return
        slots = self._assign(constants, self.numbers)
        items: dict[int, str] = {}
        for node in constants:
            value = node.val or Fraction(0)
            if (slot := slots.get(node.id)) is None:
                self._name_literal(node, _literal(value))
                continue
            self.names[node.id] = f"n{slot}"
            if node.distractor:
                items[slot] = f"!n{slot}"
            elif node.id not in self.read and node.id != FINAL_ID:
                items[slot] = f"n{slot}={_decimal(value)}"
        self.header = [items[slot] for slot in sorted(items)]

    def _name_literal(self, node: Node, literal: str) -> None:
        """A constant that is not the question's: its value, or a step where it carries a flag."""
        if node.distractor or (node.id not in self.read and node.id != FINAL_ID):
            self.lines.append(f"!({literal})" if node.distractor else literal)
            literal = f"s{len(self.lines)}"
        self.names[node.id] = literal

    @staticmethod
    def _assign(constants: Sequence[Node], numbers: Sequence[Number]) -> dict[str, int]:
        """Which constant is which number: by its id ``n3``, else by value, in order."""
        slots: dict[str, int] = {}
        free = dict(enumerate(numbers, start=1))
        for node in constants:
            match = _SLOT.match(node.id)
            if match and int(match[1]) in free and free[int(match[1])].value == node.val:
                slots[node.id] = int(match[1])
                del free[int(match[1])]
        for node in constants:
            # c1, c2 are what the notation itself calls constants of the world
            if node.id not in slots and not re.match(r"c\d+$", node.id):
                index = next((i for i, n in free.items() if n.value == node.val), None)
                if index is not None:
                    slots[node.id] = index
                    del free[index]
        return slots

    def _line(self, node: Node) -> None:
        refs = [self.names[arg] for arg in node.args]
        op = canonical(node.op) or node.op
        if op == "identity":
            # !n1 alone would read as a header
            text = f"({refs[0]})" if node.distractor else refs[0]
        elif op in _SIGN_OF and len(refs) == 2:
            text = f"{refs[0]} {_SIGN_OF[op]} {refs[1]}"
        elif any(ref.startswith("(") for ref in refs):
            text = f"{op}({', '.join(refs)})"
        else:
            text = f"{op} {' '.join(refs)}"
        self.lines.append(f"!{text}" if node.distractor else text)
        self.names[node.id] = f"s{len(self.lines)}"


def _literal(value: Fraction) -> str:
    """A constant inside a step: ``12``, ``0.5``, else ``(2/3)``; negative ones in parentheses."""
    text = _decimal(value)
    return f"({text})" if value < 0 or "/" in text else text


def _decimal(value: Fraction) -> str:
    """An exact decimal where there is a short one, else ``2/3``."""
    for places in range(10):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = f"{abs(scaled.numerator):0{places + 1}d}"
            sign = "-" if value < 0 else ""
            return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
    return f"{value.numerator}/{value.denominator}"
