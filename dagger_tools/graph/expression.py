"""Expressions as people write them: infix with the usual precedence, parentheses, and calls.

``(n1 + n2) * 12``, ``floor(a / b)``, ``min a b c``; ``×``, ``÷`` and ``−`` are read too, and ``%`` is the
remainder.  What a name means is the reader's business: a number of a question, a step of a graph, or a
letter of the problem bank.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from dagger_tools.errors import Fault, GraphParseError
from dagger_tools.graph.ops import OPERATIONS, canonical

__all__ = [
    "MAX_CHARS",
    "MAX_DIGITS",
    "Call",
    "Expr",
    "ExpressionParser",
    "Literal",
    "Ref",
    "fault_at",
    "operations",
    "parse_expression",
    "references",
]

MAX_CHARS = 10_000
MAX_DEPTH = 50
MAX_DIGITS = 1_200
"""Digits of a literal; with ``MAX_BITS`` of the executor nothing longer could be a value."""

_SIGNS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "×": "mul",
    "÷": "div",
    "−": "sub",
    "%": "mod",
}
_BINDING = {"+": 1, "-": 1, "−": 1, "*": 2, "/": 2, "×": 2, "÷": 2, "%": 2}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[a-z][a-z0-9_]*)|(?P<sign>[-+*/×÷−%(),!=]))"
)


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
        raise fault_at(0, f"an expression of {len(text)} characters; {MAX_CHARS} are read")
    parser = ExpressionParser(text)
    expression = parser.expression(0, 0)
    parser.expect_end()
    return expression


def operations(expression: Expr) -> Iterator[str]:
    """The operations of ``expression``, each as often as it is written; operands come later."""
    stack = [expression]
    while stack:
        top = stack.pop()
        if isinstance(top, Call):
            yield top.op
            stack += reversed(top.args)


def references(expression: Expr) -> Iterator[str]:
    """The names an expression reads, in order, repeated as they are."""
    stack = [expression]
    while stack:
        match stack.pop():
            case Ref(name):
                yield name
            case Call(_, args):
                stack.extend(reversed(args))


def fault_at(offset: int, message: str) -> GraphParseError:
    """An error that names the character; ``$[7]`` is the eighth."""
    return GraphParseError([Fault(f"$[{offset}]", message)])


class ExpressionParser:
    """Precedence climbing over one step's tokens; ``readable`` are the names there are."""

    def __init__(self, text: str, offset: int = 0, readable: Collection[str] | None = None) -> None:
        self.end = offset + len(text)
        self.readable = readable
        self.tokens: list[tuple[str, str, int]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                place = at + len(text[at:]) - len(text[at:].lstrip())
                raise fault_at(offset + place, f"cannot read {text[place : place + 20]!r}")
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
            raise fault_at(place, f"an operator or the end was expected, not {text!r}")

    def expression(self, binding: int, depth: int) -> Expr:
        """An expression whose operators bind more than ``binding``."""
        left = self._operand(depth)
        while (sign := self._peek()) in _BINDING and _BINDING[sign] > binding:
            self.at += 1
            right = self.expression(_BINDING[sign], depth + 1)
            left = Call(_SIGNS[sign], (left, right))
        return left

    def _operand(self, depth: int) -> Expr:
        if depth > MAX_DEPTH:
            raise fault_at(self._place(), f"nested deeper than {MAX_DEPTH}")
        if self.at >= len(self.tokens):
            raise fault_at(self.end, "a number, a name or '(' was expected, not the end")
        kind, text, place = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            if len(text) > MAX_DIGITS:
                raise fault_at(place, f"a number of more than {MAX_DIGITS} digits")
            return Literal(Fraction(text))
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
        if kind != "name":
            raise fault_at(place, f"a number, a name or '(' was expected, not {text!r}")
        op = canonical(text)
        if op is None or op == "const":
            if self.readable is not None and text not in self.readable:
                raise fault_at(place, f"{text[:20]!r} is neither a number nor an earlier step")
            return Ref(text)
        arguments = self._arguments(depth)
        if not OPERATIONS[op].accepts(len(arguments)):
            wanted = OPERATIONS[op].arity
            raise fault_at(place, f"{op} takes {wanted} operands, not {len(arguments)}")
        return Call(op, arguments)

    def _arguments(self, depth: int) -> tuple[Expr, ...]:
        """``(a, b)``, or the notation's own ``name ref ref ...``."""
        arguments = []
        if self._peek() == "(":
            self.at += 1
            arguments.append(self.expression(0, depth + 1))
            while self._peek() == ",":
                self.at += 1
                arguments.append(self.expression(0, depth + 1))
            self._take(")")
        else:
            while self.at < len(self.tokens) and self._peek() not in _BINDING.keys() | {")", ","}:
                arguments.append(self._operand(depth + 1))
        return tuple(arguments)

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _place(self) -> int:
        return self.tokens[self.at][2] if self.at < len(self.tokens) else self.end

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise fault_at(self._place(), f"{sign!r} was expected")
        self.at += 1
