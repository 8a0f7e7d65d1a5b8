"""Distractors for foreign problems, in the columns of ``dipta007/DistractMath-Bn``."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dagger_tools.corpus.bank import load_lexicon
from dagger_tools.corpus.distract import add_distractors, by_kind, load_families
from dagger_tools.corpus.foreign import expression_of, foreign_draft
from dagger_tools.corpus.problem import DistractorKind, Draft
from dagger_tools.corpus.realise import bind, find_again
from dagger_tools.errors import DaggerError, InputError
from dagger_tools.graph import Graph, execute, verify
from dagger_tools.graph.expression import Expr
from dagger_tools.graph.parse import read_graph
from dagger_tools.text import Question, parse_number, read_question

__all__ = ["Augmenter"]

_REASONS: Mapping[DistractorKind, str] = {
    "red": "the same kind of object belongs to somebody or somewhere else",
    "oad": "it gives another dimension, which the question does not ask about",
    "need": "what it tells of has no effect on the quantities",
}
_PROOF = ("structure", "distractors", "counterfactual", "coverage")
_TRIES = 8


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as it was read: its question, its answer where it has one, its graph where it has one."""

    question: Question
    answer: Fraction | None
    expression: Expr | None


class Augmenter:
    """Makes rows of ``DistractMath-Bn``'s shape; the same seed and row give the same result.

    ``left_out`` counts, by kind, the questions that take no sentence of it; ``faults`` the rows
    that could not be read.
    """

    def __init__(
        self,
        *,
        kinds: Sequence[DistractorKind],
        sentences: int = 1,
        seed: int = 0,
        unseen: bool = False,
    ) -> None:
        self.left_out: Counter[str] = Counter(dict.fromkeys(kinds, 0))
        self.faults = 0
        self._kinds, self._count, self._seed = kinds, sentences, seed
        self._lexicon = load_lexicon()
        self._families = by_kind(load_families(unseen=unseen))

    def rows(
        self, number: int, fields: Mapping[str, Any], error: InputError | None = None
    ) -> Iterator[dict[str, Any]]:
        """One row for each kind that the question takes; a row with the error where it has one."""
        try:
            if error is not None:
                raise error
            row = _read(fields)
        except DaggerError as fault:
            self.faults += 1
            shown = {"type": type(fault).__name__, "message": fault.message, "hint": fault.hint}
            yield {"row_index": number, "error": shown}
            return
        for kind in self._kinds:
            # each row has a stream of its own: another row more or less changes no other
            rng = random.Random(f"{self._seed}/{number}/{kind}")
            changed = self._changed(row, kind, f"row {number}", rng)
            if changed is None:
                self.left_out[kind] += 1
            else:
                yield {"row_index": number, **changed}

    def _changed(
        self, row: _Row, kind: DistractorKind, place: str, rng: random.Random
    ) -> dict[str, Any] | None:
        draft = foreign_draft(
            row.question,
            self._lexicon,
            answer=row.answer or Fraction(0),
            family=place,
            expression=row.expression,
        )
        for _ in range(_TRIES):
            harder = add_distractors(
                draft, self._families, self._lexicon, rng, kinds=(kind,), count=self._count
            )
            if not harder.distractors:
                return None
            try:
                return _row_of(row, harder, kind)
            except InputError:
                continue  # the sentence ran together with its neighbour
        return None


def _row_of(row: _Row, draft: Draft, kind: DistractorKind) -> dict[str, Any]:
    out: dict[str, Any] = {
        "original_question": row.question.text,
        "modified_question": draft.text,
        "ground_truth": None if row.answer is None else float(row.answer),
        "augmentation_type": kind.upper(),
        "added_sentences": [distractor.sentence for distractor in draft.distractors],
        "justification": _REASONS[kind],
        "answers_match": None,
    }
    if draft.expression is None:
        read, _ = find_again(draft)
        if len(read.numbers) != len(row.question.numbers) + len(draft.distractors):
            raise InputError("a number was lost or won", hint="try another sentence")
        return out
    problem = bind(draft)
    execution = execute(problem.graph)
    verification = verify(problem.graph, execution, problem.read)
    proven = all(verification[name].passed for name in _PROOF)
    return {
        **out,
        "answers_match": proven and execution.value == row.answer,
        "graph": problem.graph.to_dict(),
        "compact": problem.compact,
    }


def _read(fields: Mapping[str, Any]) -> _Row:
    question = read_question(fields["question"])
    graph: Graph | None = None
    if fields.get("graph") is not None:
        graph = read_graph(fields["graph"])
    elif fields.get("compact") is not None:
        graph = Graph.from_compact(str(fields["compact"]), question.numbers)
    answer = _answer(fields.get("answer"))
    if graph is None:
        return _Row(question, answer, None)
    value = execute(graph).value
    if not isinstance(value, Fraction):
        raise InputError("the graph's answer is irrational", hint="give the question without it")
    if answer is None:
        answer = value
    return _Row(question, answer, expression_of(graph, question))


def _answer(value: object) -> Fraction | None:
    if value is None:
        return None
    try:
        return parse_number(value) if isinstance(value, str) else Fraction(repr(value))
    except ValueError as error:
        raise InputError(f"{value!r} is no answer", hint="give a number, or none") from error
