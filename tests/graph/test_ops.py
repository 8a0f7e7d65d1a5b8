"""Operations: exact where a result is rational, marked where it is not, bounded always."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.graph.ops import MAX_BITS, OPERATIONS, Value, canonical, check_bounds

NUMBERS = st.fractions(max_denominator=10**6) | st.integers(-(2**600), 2**600).map(Fraction)


def compute(op: str, *values: float | Fraction) -> Value:
    """One operation; ints are made fractions, floats stay."""
    exact = [value if isinstance(value, float) else Fraction(value) for value in values]
    return OPERATIONS[op].compute(exact)


@given(st.sampled_from(sorted(OPERATIONS)), st.lists(NUMBERS | st.floats(), max_size=4))
def test_any_operands_give_a_value_in_bounds_or_an_arithmetic_error(
    op: str, values: Sequence[Value]
) -> None:
    """Nothing else is raised, and no result leaves the bounds."""
    finite = [v for v in values if isinstance(v, Fraction) or math.isfinite(v)]
    try:
        result = OPERATIONS[op].compute(finite)
    except ArithmeticError as error:
        told = str(error)
    else:
        check_bounds(result)
        told = "a value"
        inexact = any(isinstance(value, float) for value in finite)
        assert isinstance(result, float) or not inexact
    assert told


@given(st.fractions(min_value=0, max_denominator=10**9), st.integers(1, 40))
def test_rational_roots_are_exact(base: Fraction, degree: int) -> None:
    """The k-th root of a k-th power is the base itself."""
    assert compute("pow", base**degree, Fraction(1, degree)) == base
    if degree == 2:
        assert compute("sqrt", base**2) == base


@given(st.integers(2, 2**300), st.integers(2, 12))
def test_a_root_is_exact_only_if_it_is_one(number: int, degree: int) -> None:
    """A fraction that is returned, raised again, is the number; else it is a float near it."""
    root = compute("pow", number, Fraction(1, degree))
    if isinstance(root, Fraction):
        assert root**degree == number
    else:
        assert math.isclose(root, number ** (1 / degree), rel_tol=1e-9)


@pytest.mark.parametrize(
    ("op", "values", "result"),
    [
        ("round", [Fraction(5, 2)], 3),
        ("round", [Fraction(-5, 2)], -3),
        ("round", [Fraction(49, 100)], 0),
        ("floor", [Fraction(-5, 2)], -3),
        ("ceil", [Fraction(-5, 2)], -2),
        ("mod", [-7, 3], 2),
        ("mod", [7, -3], -2),
        ("mod", [Fraction(7, 2), 2], Fraction(3, 2)),
        ("abs", [3, 5], 2),
        ("abs", [-3], 3),
        ("gcd", [-12, 18], 6),
        ("gcd", [0, 0], 0),
        ("lcm", [4, 6, 0], 0),
        ("lcm", [-4, 6], 12),
        ("pow", [0, 0], 1),
        ("pow", [-1, 10**30 + 1], -1),
        ("pow", [1, -(10**30)], 1),
        ("pow", [2, -3], Fraction(1, 8)),
        ("pow", [Fraction(8, 27), Fraction(2, 3)], Fraction(4, 9)),
        ("mean", [1, 2], Fraction(3, 2)),
        ("sum", [7], 7),
        ("mul", [Fraction(2, 3), Fraction(3, 4), 2], 1),
        ("ratio_split", [100, 1, 2, 2], 20),
        ("ratio_split", [100, 0, 4], 0),
    ],
)
def test_meanings(op: str, values: list[Fraction], result: Fraction) -> None:
    """What an operation gives where signs, zero or halves could be read in two ways."""
    value = compute(op, *values)
    assert value == result
    assert isinstance(value, Fraction)


@pytest.mark.parametrize(
    ("op", "values", "message"),
    [
        ("div", [1, 0], "division by zero"),
        ("mod", [1, 0], "division by zero"),
        ("pow", [0, -1], "division by zero"),
        ("pow", [0, Fraction(-1, 2)], "division by zero"),
        ("pow", [-8, Fraction(1, 3)], "no real number"),
        ("pow", [-8.0, 0.5], "no real number"),
        ("sqrt", [-1], "no real square root"),
        ("gcd", [Fraction(5, 2), 2], "whole numbers only, and 5/2 is not"),
        ("lcm", [2, 2.5], "whole numbers only"),
        ("ratio_split", [10, 0, 0], "add up to zero"),
        ("ratio_split", [10, -1, 2], "negative"),
        ("sub", [1], "exactly 2"),
        ("pow", [10, 10**10], "bits"),
        ("pow", [Fraction(1, 2), 10**10], "bits"),
        ("pow", [2**300, 300], "bits"),
        ("mul", [2**3000, 2**3000], "bits"),
        ("mul", [2**3000] * 9, "bits"),
        ("lcm", [2**3000, 3**2000], "bits"),
        ("sum", [Fraction(1, 2**3000), Fraction(1, 3**2000), 1], "bits"),
        ("div", [2**2000, 3], "larger than any decimal"),
        ("sqrt", [2**4001], "larger than any decimal"),
        ("sqrt", [Fraction(1, 2**4001)], "closer to zero"),
        ("pow", [10.0, 400], "larger than any decimal"),
        ("pow", [10.0, -400], "closer to zero"),
        ("mul", [1e300, 1e300], "larger than any decimal"),
    ],
)
def test_what_has_no_answer_says_why(op: str, values: list[Fraction], message: str) -> None:
    """Undefined, complex, fractional where whole is meant, or out of bounds."""
    with pytest.raises(ArithmeticError, match=message):
        compute(op, *values)


def test_irrational_results_are_floats_and_stay_floats() -> None:
    """The type says whether a value is exact, also after further steps."""
    root = compute("sqrt", 2)
    assert root == math.sqrt(2)
    assert isinstance(root, float)
    assert isinstance(compute("round", root), float)
    assert isinstance(compute("max", root, 5), float)
    assert compute("pow", root, 1000) == math.sqrt(2) ** 1000


def test_names_are_found_in_any_case() -> None:
    """Aliases are matched with any case, spaces or hyphens; another word is no operation."""
    assert canonical("ADD") == "add"
    assert canonical(" Square Root ") == "sqrt"
    assert canonical("square-root") == "sqrt"
    assert canonical("×") == "mul"
    assert canonical("-") == "sub"
    assert canonical("frobnicate") is None
    assert canonical("") is None


def test_no_name_means_two_operations() -> None:
    """Every name and alias belongs to one operation."""
    names = [name for op in OPERATIONS.values() for name in (op.name, *op.aliases)]
    assert len(names) == len(set(names))


def test_largest_value_is_within_bounds() -> None:
    """The bound is on bits, and it is met exactly."""
    assert compute("pow", 2, MAX_BITS - 1) == 2 ** (MAX_BITS - 1)
    with pytest.raises(ArithmeticError):
        compute("pow", 2, MAX_BITS)


def test_work_is_told_before_it_is_done() -> None:
    """A budget that refuses stops the operation."""

    def refuse(steps: int, bits: int) -> None:
        raise ArithmeticError(f"{steps} steps on {bits} bits")

    with pytest.raises(ArithmeticError, match="2 steps on"):
        OPERATIONS["mul"].compute([Fraction(2**100), Fraction(3**100)], refuse)
