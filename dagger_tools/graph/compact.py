"""The compact notation: a graph as operators over the question's numbers, tens of tokens long.

::

    !n3; n1 * n2                        the question's third number is set aside
    !n3 !n4; n1 * n2; s1 - n5           each step's result is s1, s2, ...; the last is the answer
    n1=100 n2=5 !n3=50; n1 * n2         on its own, with the numbers' values

A header (numbers flagged as distractors, and values) ends with ``;`` and may be absent.  A step is
``ref op ref`` for ``+ - * /``, ``name ref ref ...`` for other operations, or one ``ref``; ``!``
before a step flags its node.  A ref is a number of the question, an earlier step, or a constant of
the world (``12``, ``0.5``, ``(2/3)``).  Readers also take what people write by hand: nested infix,
parentheses, ``floor((n1 + n2) / 12)``, ``×``, ``÷``, ``%`` for the remainder.

Reading what was written gives back the same operations over the same values with the same flags;
ids of steps and labels are the notation's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from dagger_tools.errors import Fault, GraphParseError
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import MAX_BITS, OPERATIONS, canonical

if TYPE_CHECKING:
    from dagger_tools.text import Number

__all__ = [
    "Call",
    "Expr",
    "Literal",
    "Ref",
    "build_graph",
    "parse_expression",
    "read_compact",
    "references",
    "write_compact",
]

MAX_CHARS = 10_000
MAX_DEPTH = 50

_SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "×": "mul", "÷": "div", "−": "sub", "%": "mod"}
_SIGN_OF = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_BINDING = {"+": 1, "-": 1, "−": 1, "*": 2, "/": 2, "×": 2, "÷": 2, "%": 2}
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<sign>[-+*/×÷−%(),!=]))")
_HEADER_ITEM = re.compile(r"(!?)n([1-9]\d{0,4})(?:=(-?\d+(?:\.\d+)?(?:/\d+)?))?$")
_SLOT = re.compile(r"n([1-9]\d{0,4})$")


@dataclass(frozen=True, slots=True)
class Ref:
    """A name: a number (``n1``), a step (``s1``), or a letter of the problem bank."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant of the world."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Call:
    """An operation, by its published name, over operands."""

    op: str
    args: tuple[Expr, ...]


Expr = Ref | Literal | Call


def parse_expression(text: str) -> Expr:
    """One expression: infix with the usual precedence, parentheses, and calls.

    Raises:
        GraphParseError: with the place (``$[7]``: the offset) and what was expected there.
    """
    if len(text) > MAX_CHARS:
        raise _fault(0, f"an expression of {len(text)} characters; {MAX_CHARS} are read")
    parser = _Parser(text)
    expression = parser.expression(0, 0)
    parser.expect_end()
    return expression


def references(expression: Expr) -> Iterator[str]:
    """The names an expression reads, in order, repeated as they are."""
    match expression:
        case Ref(name):
            yield name
        case Call(_, args):
            for arg in args:
                yield from references(arg)


def build_graph(expression: Expr, numbers: Sequence[Number], flagged: Collection[int] = ()) -> Graph:
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
        raise _fault(0, f"a graph of {len(text)} characters; {MAX_CHARS} are read")
    values = {i: n.value for i, n in enumerate(numbers or (), start=1)}
    segments = _segments(text)
    mentioned: set[int] = set()
    flagged: set[int] = set()
    if len(segments) > 1 and (header := _header(segments[0][1])) is not None:
        segments = segments[1:]
        for flag, index, value in header:
            mentioned.add(index)
            if flag:
                flagged.add(index)
            if value is not None:
                values[index] = value
    steps = []
    for offset, segment in segments:
        parser = _Parser(segment, offset)
        aside = parser.flag()
        steps.append((parser.expression(0, 0), aside))
        parser.expect_end()
    builder = _Builder(values, numbers or ())
    builder.constants(sorted({*mentioned, *_slots(step for step, _ in steps)}), flagged)
    for step, aside in steps[:-1]:
        builder.step(step, aside)
    builder.answer(*steps[-1])
    return builder.graph()


def write_compact(graph: Graph, numbers: Sequence[Number] | None = None) -> str:
    """``graph`` in compact notation; see the module's description.

    With ``numbers``, constants that are the question's are written as its slots, and no values.

    Raises:
        GraphParseError: the graph has no final node, or its nodes are not in order.
    """
    return _Writer(graph, numbers).write()


def _fault(offset: int, message: str) -> GraphParseError:
    return GraphParseError([Fault(f"$[{offset}]", message)])


def _segments(text: str) -> list[tuple[int, str]]:
    parts, offset = [], 0
    for part in text.split(";"):
        parts.append((offset, part))
        offset += len(part) + 1
    return parts


def _header(text: str) -> list[tuple[bool, int, Fraction | None]] | None:
    """The items of a header, or None if the segment is a step."""
    items = []
    declared = False
    for word in text.split():
        match = _HEADER_ITEM.match(word)
        if match is None:
            return None
        flag, index, value = match.groups()
        declared = declared or bool(flag) or value is not None
        if value is not None and value.endswith("/0"):
            raise _fault(text.find(word), f"{word!r} divides by zero")
        items.append((bool(flag), int(index), None if value is None else Fraction(value)))
    return items if declared else None


def _slots(expressions: Sequence[Expr] | Iterator[Expr]) -> Iterator[int]:
    for expression in expressions:
        for name in references(expression):
            if match := _SLOT.match(name):
                yield int(match[1])


class _Parser:
    """Precedence climbing over one step's tokens."""

    def __init__(self, text: str, offset: int = 0) -> None:
        self.offset = offset
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        end = len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise _fault(offset + at, f"cannot read {text[at : at + 20].strip()!r}")
            kind = match.lastgroup or ""
            self.tokens.append((kind, match[kind], offset + match.start(kind)))
            at = match.end()
        self.at = 0

    def flag(self) -> bool:
        """Take the ``!`` of a flagged step, if it is there."""
        if self._peek() == "!":
            self.at += 1
            return True
        return False

    def expect_end(self) -> None:
        """Fail unless everything was read."""
        if self.at < len(self.tokens):
            _, text, place = self.tokens[self.at]
            raise _fault(place, f"an operator or the end was expected, not {text!r}")

    def expression(self, binding: int, depth: int) -> Expr:
        """An expression whose operators bind more than ``binding``."""
        if depth > MAX_DEPTH:
            raise _fault(self._place(), f"nested deeper than {MAX_DEPTH}")
        left = self._operand(depth)
        while (sign := self._peek()) in _BINDING and _BINDING[sign] > binding:
            self.at += 1
            right = self.expression(_BINDING[sign], depth + 1)
            left = Call(_SIGNS[sign], (left, right))
        return left

    def _operand(self, depth: int) -> Expr:
        if self.at >= len(self.tokens):
            raise _fault(self._place(), "a number, a name or '(' was expected, not the end")
        kind, text, place = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            value = Fraction(text)
            if value.numerator.bit_length() > MAX_BITS:
                raise _fault(place, f"a number of more than {MAX_BITS} bits")
            return Literal(value)
        if text in ("-", "−"):
            inner = self.expression(2, depth + 1)
            if isinstance(inner, Literal):
                return Literal(-inner.value)
            return Call("sub", (Literal(Fraction(0)), inner))
        if text == "(":
            inner = self.expression(0, depth + 1)
            self._take(")")
            # (2/3) is how a constant that is no decimal is written
            match inner:
                case Call("div", (Literal(top), Literal(bottom))) if bottom:
                    return Literal(top / bottom)
            return inner
        if kind == "name" and (op := canonical(text)) not in (None, "const"):
            return Call(str(op), self._arguments(depth))
        if kind != "name":
            raise _fault(place, f"a number, a name or '(' was expected, not {text!r}")
        return Ref(text)

    def _arguments(self, depth: int) -> tuple[Expr, ...]:
        """``(a, b)``, or the notation's own ``name ref ref ...``."""
        arguments = []
        if self._peek() == "(" and not self._rational_ahead():
            self.at += 1
            arguments.append(self.expression(0, depth + 1))
            while self._peek() == ",":
                self.at += 1
                arguments.append(self.expression(0, depth + 1))
            self._take(")")
        else:
            while self.at < len(self.tokens) and self._peek() not in {*_BINDING, ")", ","} - {"("}:
                arguments.append(self._operand(depth + 1))
        return tuple(arguments)

    def _rational_ahead(self) -> bool:
        texts = [text for _, text, _ in self.tokens[self.at : self.at + 6]]
        return len(texts) == 6 and texts[2] == "/" and texts[4] == ")" and texts[5] not in _BINDING

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _place(self) -> int:
        if self.at < len(self.tokens):
            return self.tokens[self.at][2]
        return self.tokens[-1][2] + len(self.tokens[-1][1]) if self.tokens else self.offset

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise _fault(self._place(), f"{sign!r} was expected")
        self.at += 1


class _Builder:
    """Nodes in canonical order: the numbers, then each step after its constants."""

    def __init__(self, values: dict[int, Fraction], numbers: Sequence[Number]) -> None:
        self.values, self.numbers = values, numbers
        self.nodes: list[Node] = []
        self.steps = self.worlds = self.inner = 0
        self.known: set[str] = set()

    def constants(self, indices: Sequence[int], flagged: set[int]) -> None:
        """A node for every number that is mentioned."""
        for index in indices:
            if index not in self.values:
                raise _fault(0, f"n{index} has no value: the question has {len(self.values)} numbers")
            number = self.numbers[index - 1] if index <= len(self.numbers) else None
            node = Node.model_construct(
                id=f"n{index}",
                op="const",
                val=self.values[index],
                args=(),
                distractor=index in flagged,
                label=_label(number) if number else None,
                unit=number.unit if number else None,
            )
            self._add(node)

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
        op, args = "identity", (expression,)
        if isinstance(expression, Call):
            op, args = expression.op, expression.args
        if not OPERATIONS[op].accepts(len(args)):
            raise _fault(0, f"{op} takes {OPERATIONS[op].arity} operands, not {len(args)}")
        ids = tuple(self._operand(arg) for arg in args)
        self._add(
            Node.model_construct(
                id=name, op=op, val=None, args=ids, distractor=aside, label=None, unit=None
            )
        )

    def _operand(self, expression: Expr) -> str:
        match expression:
            case Ref(name):
                if name not in self.known:
                    raise _fault(0, f"{name!r} is neither a number nor an earlier step")
                return name
            case Literal(value):
                self.worlds += 1
                name = f"c{self.worlds}"
                self._add(
                    Node.model_construct(
                        id=name, op="const", val=value, args=(), distractor=False, label=None, unit=None
                    )
                )
                return name
            case Call():
                self.inner += 1
                name = f"t{self.inner}"
                self._place(expression, name, aside=False)
                return name

    def _add(self, node: Node) -> None:
        self.known.add(node.id)
        self.nodes.append(node)


def _label(number: Number) -> str:
    """How the question names the number: ``১০০ কলম``, ``৫ টাকা``."""
    if number.unit == "%":
        return f"{number.text}%"
    what = number.unit or number.noun
    return f"{number.text} {what}" if what else number.text


class _Writer:
    def __init__(self, graph: Graph, numbers: Sequence[Number] | None) -> None:
        self.graph, self.numbers = graph, numbers
        self.names: dict[str, str] = {}
        self.header: list[str] = []

    def write(self) -> str:
        constants = [n for n in self.graph.nodes if canonical(n.op) == "const"]
        steps = [n for n in self.graph.nodes if canonical(n.op) != "const"]
        self._name_constants(constants)
        finals = [node for node in self.graph.nodes if node.id == FINAL_ID]
        if len(finals) != 1:
            raise GraphParseError([Fault("$.nodes", f"one node named {FINAL_ID!r} is needed")])
        # a final node that is itself a constant is noted as a step that only names it
        if canonical(finals[0].op) == "const":
            steps = [*steps, finals[0].model_copy(update={"op": "identity", "args": (FINAL_ID,)})]
        steps = [*(n for n in steps if n.id != FINAL_ID), *(n for n in steps if n.id == FINAL_ID)]
        lines = []
        for index, node in enumerate(steps, start=1):
            lines.append(self._step(node))
            if node.id != FINAL_ID:
                self.names[node.id] = f"s{index}"
        header = f"{' '.join(self.header)}; " if self.header else ""
        return header + "; ".join(lines)

    def _name_constants(self, constants: Sequence[Node]) -> None:
        if self.numbers is None:
            for index, node in enumerate(constants, start=1):
                flag = "!" if node.distractor else ""
                self.names[node.id] = f"n{index}"
                self.header.append(f"{flag}n{index}={_decimal(node.val or Fraction(0))}")
            return
        slots = self._assign(constants, self.numbers)
        flagged = []
        for node in constants:
            if node.id in slots:
                self.names[node.id] = f"n{slots[node.id]}"
                if node.distractor:
                    flagged.append(slots[node.id])
            else:
                self.names[node.id] = _literal(node.val or Fraction(0))
        self.header = [f"!n{index}" for index in sorted(flagged)]

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

    def _step(self, node: Node) -> str:
        try:
            refs = [self.names[arg] for arg in node.args]
        except KeyError as error:
            fault = Fault("$.nodes", f"{node.id!r} reads {error.args[0]!r} before it is there")
            raise GraphParseError([fault]) from error
        flag = "!" if node.distractor else ""
        op = canonical(node.op) or node.op
        if op == "identity":
            return flag + refs[0]
        if op in _SIGN_OF and len(refs) == 2:
            return f"{flag}{refs[0]} {_SIGN_OF[op]} {refs[1]}"
        return f"{flag}{op} {' '.join(refs)}"


def _literal(value: Fraction) -> str:
    """A constant inside a step: ``12``, ``0.5``, else ``(2/3)``; negative ones in parentheses."""
    text = _decimal(value)
    return f"({text})" if value < 0 or "/" in text else text


def _decimal(value: Fraction) -> str:
    """An exact decimal where there is a short one, else ``2/3``."""
    for places in range(0, 10):
        scaled = value * 10**places
        if scaled.denominator == 1:
            digits = f"{abs(scaled.numerator):0{places + 1}d}"
            sign = "-" if value < 0 else ""
            return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
    return f"{value.numerator}/{value.denominator}"
