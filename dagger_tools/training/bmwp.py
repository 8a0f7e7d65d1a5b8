"""BMWP (``SanchitaMondal/BMWP``, MIT): Bangla word problems with an equation, read into problems.

Rows are ``{"question", "equation", "answer", "numbers_in_text"}``.  The equation's numbers are
bound to the question's by value; rows where that is ambiguous or fails are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from dagger_tools.corpus.bank import Lexicon, load_lexicon
from dagger_tools.corpus.foreign import foreign_draft
from dagger_tools.corpus.problem import Problem
from dagger_tools.corpus.realise import bind
from dagger_tools.errors import DaggerError, InputError
from dagger_tools.graph import execute, verify
from dagger_tools.graph.expression import Call, Expr, Literal, Ref, parse_expression, references
from dagger_tools.text import Number, read_question

__all__ = ["read_bmwp"]


def read_bmwp(path: Path) -> Iterator[Problem]:
    """The problems of ``bmwp.jsonl`` whose equation can be bound to the text.

    Raises:
        InputError: a line is no JSON object with those fields.
    """
    lexicon = load_lexicon()
    with path.open(encoding="utf-8") as lines:
        for row_number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
                question, equation = str(row["question"]), str(row["equation"])
                answer = Fraction(repr(row["answer"]))
            except (ValueError, KeyError, TypeError) as error:
                hint = "expected question, equation and answer"
                raise InputError(f"{path}:{row_number}: {error!r}", hint=hint) from error
            problem = _bound(question, equation, answer, f"bmwp/{row_number}", lexicon)
            if problem is not None:
                yield problem


def _bound(
    question: str, equation: str, answer: Fraction, family: str, lexicon: Lexicon
) -> Problem | None:
    try:
        read = read_question(question)
        expression = _bind(parse_expression(equation), read.numbers)
        if expression is None or isinstance(expression, Ref) or not references(expression):
            return None
        draft = foreign_draft(read, lexicon, answer=answer, family=family, expression=expression)
        problem = bind(draft)
        execution = execute(problem.graph)
        # a constant that the question does not imply is a slip of the data set
        grounded = verify(problem.graph, execution, read)["grounding"].passed
        return problem if execution.value == answer and grounded else None
    except DaggerError:
        return None  # an equation that does not parse or execute is no training material


def _bind(expression: Expr, numbers: tuple[Number, ...]) -> Expr | None:
    """Literals replaced by the question's numbers of that value, or None where two would do."""
    taken: set[int] = set()

    def rewrite(expr: Expr) -> Expr | None:
        if isinstance(expr, Literal):
            fitting = [i for i, n in enumerate(numbers, 1) if n.value == expr.value]
            free = [i for i in fitting if i not in taken]
            if len(free) > 1:
                # equal values in a sum or product may stand in any order; elsewhere it is a guess
                free = free[:1]
            if free:
                taken.add(free[0])
                return Ref(f"n{free[0]}")
            return expr if not fitting else Ref(f"n{fitting[0]}")
        if isinstance(expr, Call):
            args = [rewrite(arg) for arg in expr.args]
            return None if None in args else Call(expr.op, tuple(a for a in args if a is not None))
        return expr

    return rewrite(expression)
