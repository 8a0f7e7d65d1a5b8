"""Expressions and conditions of the bank, evaluated exactly on a draw of numbers."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from dagger_tools.errors import Fault, GraphParseError
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, parse_expression, references
from dagger_tools.graph.ops import OPERATIONS

__all__ = ["Condition", "evaluate", "in_order", "read_condition"]

_COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_COMPARISON = re.compile("(<=|>=|==|!=|<|>)")


@dataclass(frozen=True, slots=True)
class Condition:
    """Alternatives (``or``), each a list of comparisons that all hold (``and``)."""

    alternatives: tuple[tuple[tuple[Expr, str, Expr], ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """The numbers that it speaks of."""
        sides = (
            side for row in self.alternatives for left, _, right in row for side in (left, right)
        )
        return frozenset(name for side in sides for name in references(side))

    def holds(self, numbers: Mapping[str, Fraction]) -> bool:
        """Whether the condition is true of these numbers."""
        return any(
            all(
                _COMPARISONS[sign](evaluate(left, numbers), evaluate(right, numbers))
                for left, sign, right in comparisons
            )
            for comparisons in self.alternatives
        )


def read_condition(text: str) -> Condition:
    """Read ``a > b + 5 and a % 2 == 0``.

    Raises:
        GraphParseError: the text is no comparison.
    """
    alternatives = []
    for alternative in re.split(r"\bor\b", text):
        comparisons: list[tuple[Expr, str, Expr]] = []
        for part in re.split(r"\band\b", alternative):
            pieces = _COMPARISON.split(part)
            if len(pieces) < 3:
                raise GraphParseError([Fault("$", f"{part.strip()!r} compares nothing")])
            # a < b < c is two comparisons that share their middle
            for i in range(0, len(pieces) - 2, 2):
                left, sign, right = pieces[i : i + 3]
                comparisons.append((parse_expression(left), sign, parse_expression(right)))
        alternatives.append(tuple(comparisons))
    return Condition(tuple(alternatives))


def evaluate(expression: Expr, numbers: Mapping[str, Fraction]) -> Fraction:
    """The exact value of ``expression``.

    Raises:
        ArithmeticError: no exact answer (division by zero, an irrational root).
    """
    match expression:
        case Ref(name):
            return numbers[name]
        case Literal(value):
            return value
        case Call(op, args):
            values = [evaluate(arg, numbers) for arg in args]
            try:
                result = OPERATIONS[op].compute(values)
            except ValueError as error:
                raise ArithmeticError(str(error)) from error
            if not isinstance(result, Fraction):
                raise ArithmeticError(f"{op} of {values} is irrational")
            return result


_ANY_ORDER = frozenset({"sum", "mean", "min", "max", "gcd", "lcm"})


def in_order(expression: Expr) -> Expr:
    """The same with operands in one order, where order is free: computed, n1, n2, ..., constants.

    One way to write an answer, not several, is what a model learns from fastest.
    """
    if not isinstance(expression, Call):
        return expression
    args = tuple(in_order(arg) for arg in expression.args)
    if expression.op in _ANY_ORDER:
        return Call(expression.op, tuple(sorted(args, key=_place)))
    if expression.op not in ("add", "mul"):
        return Call(expression.op, args)
    terms = sorted(_terms(Call(expression.op, args), expression.op), key=_place)
    result = terms[0]
    for term in terms[1:]:
        result = Call(expression.op, (result, term))
    return result


def _terms(expression: Expr, op: str) -> list[Expr]:
    if isinstance(expression, Call) and expression.op == op:
        return [term for arg in expression.args for term in _terms(arg, op)]
    return [expression]


def _place(expression: Expr) -> tuple[int, Fraction]:
    match expression:
        case Call():
            return 0, Fraction(0)
        case Ref(name):
            digits = name.lstrip("abcdefghijklmnopqrstuvwxyz")
            return 1, Fraction(digits or 0)
        case Literal(value):
            return 2, value
