"""The operations a node can name: one table, exact arithmetic, and its bounds.

Everything is computed on ``fractions.Fraction``.  Only an irrational root or power leaves it, as a
float; what is computed from a float is a float again, so that a value's type says whether it is
exact.

Bounds, so that no input takes more than milliseconds: a numerator or denominator has at most
``MAX_BITS`` bits (with it, exponents are bounded), a value that is not whole fits a JSON number, and
floats are finite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["MAX_BITS", "OPERATIONS", "Operation", "Spend", "Value", "canonical", "check_bounds"]

MAX_BITS = 4096
"""Bits of a numerator or denominator: 1,233 decimal digits, far beyond any school problem."""
_FLOAT_BITS = 1024  # 2**1024 is the first power of two that no double holds

Value = Fraction | float
"""Exact where it is a ``Fraction``."""
Spend = Callable[[int, int], None]
"""``spend(steps, bits)`` is told of work before it is done; it may raise ``ArithmeticError``."""
Rule = Callable[[Sequence[Fraction], Spend], Value]


def _unlimited(steps: int, bits: int) -> None:
    """The default ``Spend``: one operation alone is bounded by its operands."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a node can do.

    ``aliases`` are other names models write for it, ``max_arity`` is None where there is no upper
    limit, ``symbol`` is how it is written between (or before) its operands, where there is a sign.
    """

    name: str
    rule: Rule
    min_arity: int = 1
    max_arity: int | None = 1
    aliases: tuple[str, ...] = ()
    symbol: str | None = None

    def accepts(self, count: int) -> bool:
        """Whether the operation takes ``count`` operands."""
        return count >= self.min_arity and (self.max_arity is None or count <= self.max_arity)

    @property
    def arity(self) -> str:
        """The number of operands in words: ``exactly 2``, ``1 or 2``, ``2 or more``."""
        if self.max_arity is None:
            return f"{self.min_arity} or more"
        if self.max_arity == self.min_arity:
            return f"exactly {self.min_arity}" if self.min_arity else "no"
        return f"{self.min_arity} or {self.max_arity}"

    def compute(self, values: Sequence[Value], spend: Spend = _unlimited) -> Value:
        """The result for these operands: a ``Fraction``, or a float that is marked by its type.

        Raises:
            ArithmeticError: there is no real result, it leaves the bounds, or the number of
                operands is wrong; the message is a sentence without its full stop.
        """
        if not self.accepts(len(values)):
            raise ArithmeticError(f"{self.name} takes {self.arity} operands, not {len(values)}")
        exact: list[Fraction] = []
        bits = floats = 0
        for value in values:
            if not isinstance(value, Fraction):
                value, floats = Fraction(value), floats + 1
            bits = max(bits, value.numerator.bit_length() + value.denominator.bit_length())
            exact.append(value)
        if bits > 64 or len(exact) > 2:  # else it is next to nothing
            spend(len(exact), bits)
        if not floats:
            result = self.rule(exact, spend)
        elif self.name == "pow":
            # exact powers of a float's 53 digits would leave the bounds at once
            result = _float_power(*exact)
        else:
            result = _as_float(self.rule(exact, spend))
        check_bounds(result)
        return result


def canonical(op: str) -> str | None:
    """The operation's own name for a name or alias in any case, None if there is none."""
    if op in OPERATIONS:
        return op
    name = op.strip().casefold()
    return _NAMES.get(name) or _NAMES.get(name.replace(" ", "_").replace("-", "_"))


def check_bounds(value: Value) -> None:
    """Check that ``value`` may be the value of a node.

    Raises:
        ArithmeticError: it is larger than the bounds in the module's docstring, or not finite.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArithmeticError("the result is not a finite number")
        return
    top, bottom = value.numerator.bit_length(), value.denominator.bit_length()
    if top > MAX_BITS or bottom > MAX_BITS:
        raise ArithmeticError(_TOO_LARGE)
    if bottom > 1 and top - bottom >= _FLOAT_BITS - 1:
        raise ArithmeticError("the result is a fraction larger than any decimal number (1.8e308)")


_TOO_LARGE = f"the result needs more than {MAX_BITS} bits"


def _as_float(value: Value) -> float:
    try:
        result = float(value)
    except OverflowError:
        raise ArithmeticError("the result is larger than any decimal number (1.8e308)") from None
    if result == 0 and value != 0:
        raise ArithmeticError("the result is closer to zero than any decimal number")
    return result


def _no_rule(values: Sequence[Fraction], spend: Spend) -> Value:
    raise ArithmeticError("a const has its value; there is nothing to compute")


def _identity(values: Sequence[Fraction], spend: Spend) -> Value:
    return values[0]


def _sum(values: Sequence[Fraction], spend: Spend) -> Fraction:
    if len(values) == 2:
        return values[0] + values[1]
    bottom = _lcm_of({v.denominator for v in values}, spend)
    if bottom == 1:
        return Fraction(sum(v.numerator for v in values))
    spend(len(values), bottom.bit_length())
    return Fraction(sum(v.numerator * (bottom // v.denominator) for v in values), bottom)


def _sub(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return values[0] - values[1]


def _mul(values: Sequence[Fraction], spend: Spend) -> Fraction:
    if len(values) == 2:
        return values[0] * values[1]
    if not all(values):
        return Fraction(0)
    tops, bottoms = [v.numerator for v in values], [v.denominator for v in values]
    # a product has at least this many bits, before a fraction is reduced; checked before it grows
    least = max(sum(n.bit_length() - 1 for n in tops), sum(n.bit_length() - 1 for n in bottoms))
    if least > 2 * MAX_BITS:
        raise ArithmeticError(_TOO_LARGE)
    spend(2, least)
    return Fraction(math.prod(tops), math.prod(bottoms))


def _div(values: Sequence[Fraction], spend: Spend) -> Fraction:
    if values[1] == 0:
        raise ZeroDivisionError("division by zero")
    return values[0] / values[1]


def _abs(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return abs(values[0] if len(values) == 1 else values[0] - values[1])


def _mean(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return _sum(values, spend) / len(values)


def _min(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return min(values)


def _max(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return max(values)


def _round(values: Sequence[Fraction], spend: Spend) -> Fraction:
    # half goes up as in school (2.5 -> 3), and alike below zero: away from it (-2.5 -> -3)
    size = math.floor(abs(values[0]) + Fraction(1, 2))
    return Fraction(-size if values[0] < 0 else size)


def _floor(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return Fraction(math.floor(values[0]))


def _ceil(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return Fraction(math.ceil(values[0]))


def _sqrt(values: Sequence[Fraction], spend: Spend) -> Value:
    if values[0] < 0:
        raise ArithmeticError("a negative number has no real square root")
    root = _exact_root(values[0], 2, spend)
    return math.sqrt(_as_float(values[0])) if root is None else root


def _pow(values: Sequence[Fraction], spend: Spend) -> Value:
    base, exponent = values
    if base < 0 and exponent.denominator != 1:
        raise ArithmeticError("a negative number to a fractional power is no real number")
    if base == 0 and exponent < 0:
        raise ZeroDivisionError("zero to a negative power is a division by zero")
    root = _exact_root(base, exponent.denominator, spend)
    if root is None:
        return _float_power(base, exponent)
    if root in (0, 1, -1):  # 0 ** 0 is 1, the empty product
        return root ** (exponent.numerator % 2) if root else Fraction(int(exponent == 0))
    size = max(root.numerator.bit_length(), root.denominator.bit_length()) - 1
    if size * abs(exponent.numerator) > MAX_BITS:
        raise ArithmeticError(_TOO_LARGE)
    return Fraction(root**exponent.numerator)


def _float_power(base: Fraction, exponent: Fraction) -> float:
    if base < 0 and exponent.denominator != 1:
        raise ArithmeticError("a negative number to a fractional power is no real number")
    try:
        result = math.pow(_as_float(base), _as_float(exponent))
    except OverflowError:
        raise ArithmeticError("the result is larger than any decimal number (1.8e308)") from None
    except ValueError:
        raise ZeroDivisionError("zero to a negative power is a division by zero") from None
    if result == 0 and base != 0:
        raise ArithmeticError("the result is closer to zero than any decimal number")
    return result


def _exact_root(value: Fraction, degree: int, spend: Spend) -> Fraction | None:
    """The root of that degree where it is rational; ``value`` is not negative (or degree is 1)."""
    if degree == 1 or value in (0, 1):
        return value
    top = _whole_root(value.numerator, degree, spend)
    bottom = _whole_root(value.denominator, degree, spend) if top else None
    return Fraction(top, bottom) if top and bottom else None


def _whole_root(number: int, degree: int, spend: Spend) -> int | None:
    if number == 1:
        return 1
    bits = number.bit_length()
    if degree >= bits:  # 2 ** degree is already larger
        return None
    if degree == 2:
        guess = math.isqrt(number)
        return guess if guess * guess == number else None
    # log2 of 4,096 bits is good to 2**-40, so of a root below 2**30 rounding leaves no doubt
    if bits < 30 * degree:
        guess = round(2 ** (math.log2(number) / degree))
    else:
        spend(20, bits)
        # Newton's method on whole numbers from above: it falls until it has the floor of the root
        guess, better = 1 << -(-bits // degree), 0
        while True:
            better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
            if better >= guess:
                break
            guess = better
    return guess if guess**degree == number else None


def _mod(values: Sequence[Fraction], spend: Spend) -> Fraction:
    if values[1] == 0:
        raise ZeroDivisionError("the remainder of a division by zero")
    # by floor: the remainder has the divisor's sign, -7 mod 3 is 2
    return values[0] % values[1]


def _whole(values: Sequence[Fraction], name: str) -> list[int]:
    for value in values:
        if value.denominator != 1:
            raise ArithmeticError(f"{name} is of whole numbers only, and {_short(value)} is not")
    return [value.numerator for value in values]


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) < 40 else "an operand"


def _gcd(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return Fraction(math.gcd(*_whole(values, "gcd")))


def _lcm(values: Sequence[Fraction], spend: Spend) -> Fraction:
    return Fraction(_lcm_of(_whole(values, "lcm"), spend))


def _lcm_of(numbers: Sequence[int] | set[int], spend: Spend) -> int:
    result = 1
    for number in numbers:
        spend(1, result.bit_length())
        result = math.lcm(result, number)
        if result.bit_length() > MAX_BITS:
            raise ArithmeticError(_TOO_LARGE)
    return result


def _ratio_split(values: Sequence[Fraction], spend: Spend) -> Fraction:
    total, *parts = values
    if any(part < 0 for part in parts):
        raise ArithmeticError("a part of a ratio is negative")
    whole = _sum(parts, spend)
    if whole == 0:
        raise ZeroDivisionError("the parts of the ratio add up to zero")
    return total * parts[0] / whole


# Arity and aliases from the published format; ratio_split, which it names and nobody defines, is
# ratio_split(total, part, *other parts): the share of ``total`` that falls to the first part.
_TABLE = (
    Operation("const", _no_rule, 0, 0, ("constant", "value", "number", "literal")),
    Operation("identity", _identity, aliases=("pass", "id", "copy")),
    Operation("add", _sum, 2, None, ("addition", "plus", "+"), "+"),
    Operation("sub", _sub, 2, 2, ("minus", "subtract", "subtraction", "difference", "-", "−"), "−"),
    Operation(
        "mul", _mul, 2, None, ("multiply", "multiplication", "times", "product", "*", "×"), "×"
    ),
    Operation("div", _div, 2, 2, ("divide", "division", "quotient", "/", "÷"), "÷"),
    Operation("abs", _abs, 1, 2, ("absolute", "absolute_value", "abs_diff")),
    Operation("sum", _sum, 1, None, ("total", "summation")),
    Operation("mean", _mean, 1, None, ("average", "avg")),
    Operation("min", _min, 1, None, ("minimum",)),
    Operation("max", _max, 1, None, ("maximum",)),
    Operation("round", _round, aliases=("rounding",)),
    Operation("floor", _floor),
    Operation("ceil", _ceil, aliases=("ceiling",)),
    Operation("sqrt", _sqrt, aliases=("square_root",), symbol="√"),
    Operation("pow", _pow, 2, 2, ("power", "exponent", "exponentiation", "**", "^"), "^"),
    Operation("mod", _mod, 2, 2, ("modulo", "modulus", "remainder")),
    Operation("gcd", _gcd, 2, None, ("hcf", "gcf", "greatest_common_divisor")),
    Operation("lcm", _lcm, 2, None, ("least_common_multiple",)),
    Operation("ratio_split", _ratio_split, 3, None, ("ratio", "split_ratio")),
)
OPERATIONS = {operation.name: operation for operation in _TABLE}
"""Every operation by its own name."""
_NAMES = {name: op.name for op in _TABLE for name in (op.name, *op.aliases)}
