"""``dagger-tools solve``: one question, its answer, steps, and the numbers used and set aside."""

from __future__ import annotations

import json

import click

from dagger_tools.answer import Answer
from dagger_tools.cli.files import read_text
from dagger_tools.cli.options import (
    decoding_options,
    generators_option,
    repair_option,
    threshold_option,
)
from dagger_tools.generators import Decoding

__all__ = ["solve"]

_MAX_BYTES = 16_000_000
_EXIT = {"answered": 0, "unsure": 3, "not_math": 4, "failed": 5}


@click.command()
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="Print the whole Answer as JSON.")
@generators_option
@threshold_option
@decoding_options
@repair_option
@click.pass_context
def solve(
    ctx: click.Context,
    question: str,
    as_json: bool,
    generators: tuple[str, ...],
    threshold: float,
    decoding: Decoding | None,
    repair: bool,
) -> None:
    """Answer QUESTION ('-' reads it from standard input).

    Exit code: 0 answered, 3 unsure, 4 not a maths question, 5 failed, 2 bad usage.
    """
    from dagger_tools.solver import Solver

    if question == "-":
        question = read_text("-", _MAX_BYTES)
    with Solver(generators, threshold=threshold, decoding=decoding, repair=repair) as solver:
        answer = solver.solve(question)
    if as_json:
        click.echo(json.dumps(answer.to_dict(), ensure_ascii=False))
    else:
        _show(answer, attempts=decoding is not None or len(answer.attempts) > 1)
    ctx.exit(_EXIT[answer.status])


def _show(answer: Answer, *, attempts: bool) -> None:
    click.echo(str(answer))
    if answer.steps:
        click.echo("\nধাপ:")
        for index, step in enumerate(answer.steps, start=1):
            click.echo(f"  {index}. {step.text}")
    names = {"used": "ব্যবহৃত", "distractor": "অপ্রাসঙ্গিক (distractor)", "unmentioned": "অনুল্লিখিত"}
    for role, name in names.items():
        numbers = [
            f"{number.text} ({number.value})" + (f" {number.unit}" if number.unit else "")
            for number in answer.numbers
            if number.role == role
        ]
        if numbers:
            click.echo(f"\n{name}: {', '.join(numbers)}")
    if answer.status in ("answered", "unsure"):
        failed = [check.name for check in answer.checks if not check.passed]
        verdict = "all checks passed" if not failed else f"failed checks: {', '.join(failed)}"
        click.echo(
            f"\nvalue: {answer.exact or answer.value}   confidence: {answer.confidence:.2f}   {verdict}"
        )
    if attempts and answer.attempts:
        click.echo("\nattempts:")
        for one in answer.attempts:
            click.echo(
                f"  {one.generator}: {one.status} ({one.confidence:.2f}), {one.candidates} candidates, "
                f"{one.output_tokens} tokens, {one.seconds:.2f} s"
            )
    if answer.reason:
        click.echo(f"\n{answer.reason}: {answer.detail}")
