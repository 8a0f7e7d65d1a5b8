"""The published shapes of evaluation sets, recognised by their columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from dagger_tools.errors import GraphError, InputError
from dagger_tools.evaluation.files import Row
from dagger_tools.evaluation.problem import Problem
from dagger_tools.graph import Graph, ancestors, parse
from dagger_tools.graph.model import FINAL_ID
from dagger_tools.graph.ops import canonical
from dagger_tools.text import parse_number

__all__ = ["answer_of", "read_problems"]

_KINDS = {"RED": "RED", "OAD": "OAD", "CDD": "OAD", "NEED": "NEED", "NED": "NEED"}
"""By what files write; CDD is taken for another name of OAD, both being of another dimension."""
_SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}
_Fields = Mapping[str, Any]


def read_problems(rows: Iterable[Row], set_name: str) -> Iterator[Problem]:
    """Problems of rows in any of the known shapes.

    Raises:
        InputError: a row is of none, or its values are not what its columns promise; with its place.
    """
    seen: set[str] = set()
    for number, (place, fields) in enumerate(rows, start=1):
        for needed, reader in _SHAPES:
            if all(fields.get(name) is not None for name in needed):
                try:
                    problem = reader(set_name, number, fields)
                except (InputError, ValueError, TypeError, AttributeError) as error:
                    raise InputError(
                        f"{place}: {error}", hint=f"read as a row of {', '.join(needed)}"
                    ) from error
                break
        else:
            known = "; ".join(" + ".join(needed) for needed, _ in _SHAPES)
            raise InputError(
                f"{place}: columns {', '.join(map(str, fields)) or 'none'} are of no known set",
                hint=f"known: {known}",
            )
        if problem.id in seen:
            raise InputError(f"{place}: the id {problem.id!r} was there before")
        seen.add(problem.id)
        yield problem


def answer_of(value: object) -> Fraction:
    """The number of a gold answer: a JSON number, or a text that is one.

    Raises:
        InputError: it is neither.
    """
    try:
        if isinstance(value, str):
            # some files write the whole solution; its answer stands last, after ####
            return parse_number(value.rpartition("####")[2].strip())
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise ValueError
        return Fraction(repr(value))
    except ValueError as error:
        raise InputError(f"{str(value)[:80]!r} is no answer", hint="give a number") from error


def _numbers(values: object) -> tuple[Fraction, ...] | None:
    return tuple(map(answer_of, values)) if isinstance(values, list | tuple) else None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("the question is no text")
    return value.strip()


def _id(set_name: str, number: int, fields: _Fields) -> str:
    return str(fields["id"]) if fields.get("id") is not None else f"{set_name}-{number}"


def _distracted(set_name: str, number: int, fields: _Fields) -> Problem:
    written = str(fields["augmentation_type"]).strip().upper()
    if written not in _KINDS:
        raise InputError(f"{written!r} is none of {', '.join(_KINDS)}")
    kind = _KINDS[written]
    row = fields.get("row_index", number)
    return Problem(
        set=set_name,
        # a row_index stands once for each kind, and a file may hold several of one kind
        id=f"{set_name}-{row}-{kind}-{number}",
        question=_text(fields["modified_question"]),
        answer=answer_of(fields["ground_truth"]),
        kind=kind,
        base_question=fields.get("original_question"),
        used=_numbers(fields.get("used")),
        unused=_numbers(fields.get("unused")),
    )


def _sft(set_name: str, number: int, fields: _Fields) -> Problem:
    turns = fields["conversations"]
    asked = [t for t in turns if t.get("role", t.get("from")) in ("user", "human")]
    used, unused, operations = _roles(fields.get("response"))
    return Problem(
        set=set_name,
        id=_id(set_name, number, fields),
        question=_text(fields.get("question") or (asked[-1].get("content") or asked[-1]["value"])
                       if asked else None),
        answer=answer_of(fields["english_answer"]),
        used=used,
        unused=unused,
        operations=operations,
    )  # fmt: skip


def _grpo(set_name: str, number: int, fields: _Fields) -> Problem:
    return Problem(
        set=set_name,
        id=_id(set_name, number, fields),
        question=_text(fields["question"]),
        answer=answer_of(fields["solution"]),
    )


def _plain(question: str, answer: str) -> Callable[[str, int, _Fields], Problem]:
    def read(set_name: str, number: int, fields: _Fields) -> Problem:
        return Problem(
            set=set_name,
            id=_id(set_name, number, fields),
            question=_text(fields[question]),
            answer=answer_of(fields[answer]),
            used=_numbers(fields.get("used")),
            unused=_numbers(fields.get("unused")),
            operations=_prefix_operations(fields.get("equation")),
            damaged=fields.get("damaged") is True,
        )

    return read


def _prefix_operations(equation: object) -> tuple[str, ...] | None:
    """Operations of a prefix equation, ``- + number0 number1 number2``."""
    if not isinstance(equation, str) or not equation.strip():
        return None
    return tuple(_SIGNS[word] for word in equation.split() if word in _SIGNS)


def _roles(
    response: object,
) -> tuple[tuple[Fraction, ...] | None, tuple[Fraction, ...] | None, tuple[str, ...] | None]:
    """Numbers used and unused, and the operations, of a gold graph."""
    try:
        graph: Graph = parse(str(response or ""))
    except GraphError:
        return None, None, None
    path = ancestors(graph, FINAL_ID) | {FINAL_ID}
    constants = [n for n in graph.nodes if canonical(n.op) == "const" and n.val is not None]
    used = tuple(n.val for n in constants if n.id in path and n.val is not None)
    unused = tuple(n.val for n in constants if n.id not in path and n.val is not None)
    names = [canonical(n.op) or n.op for n in graph.nodes if n.id in path]
    return used, unused, tuple(name for name in names if name not in ("const", "identity"))


_SHAPES: tuple[tuple[tuple[str, ...], Callable[[str, int, _Fields], Problem]], ...] = (
    (("modified_question", "ground_truth", "augmentation_type"), _distracted),
    (("conversations", "english_answer"), _sft),
    (("question", "solution"), _grpo),
    (("m_query", "response"), _plain("m_query", "response")),
    (("question", "answer_number"), _plain("question", "answer_number")),
    (("question", "answer"), _plain("question", "answer")),
)
"""Columns that a shape is known by, the most particular first."""
