"""``dagger-tools batch``: a file of questions to a file of answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dagger_tools.cli.jsonl import process
from dagger_tools.cli.options import (
    decoding_options,
    generators_option,
    repair_option,
    threshold_option,
)
from dagger_tools.errors import DaggerError, InputError
from dagger_tools.generators import Decoding

__all__ = ["batch"]


@click.command()
@click.argument("source", metavar="IN.jsonl", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT.jsonl", type=click.Path(path_type=Path))
@generators_option
@threshold_option
@decoding_options
@repair_option
def batch(
    source: Path,
    target: Path,
    generators: tuple[str, ...],
    threshold: float,
    decoding: Decoding | None,
    repair: bool,
) -> None:
    """Answer rows {"id", "question"}; write rows {"id", "answer"} in order.

    Run again after an interruption, it goes on where it stopped.  A row that cannot be read gives
    a row with the error.
    """
    from dagger_tools.solver import Solver
    from dagger_tools.text import Question, read_question

    with Solver(generators, threshold=threshold, decoding=decoding, repair=repair) as solver:

        def work(texts: Sequence[str]) -> list[dict[str, Any] | DaggerError]:
            read: list[Question | InputError] = []
            for text in texts:
                try:
                    read.append(read_question(text))
                except InputError as error:
                    read.append(error)
            answers = solver.solve_many(q for q in read if isinstance(q, Question))
            return [
                {"answer": next(answers).to_dict()} if isinstance(q, Question) else q for q in read
            ]

        faults = process(
            source, target, field="question", work=work, belongs=_belongs, title="questions"
        )
    if faults:
        click.echo(f"{faults} rows hold an error instead of an answer", err=True)


def _belongs(row: dict[str, Any], question: str) -> bool:
    return bool(row["answer"]["question"] == question)
