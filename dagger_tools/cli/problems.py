"""``dagger-tools problems``: practice problems with their graphs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dagger_tools.cli.jsonl import write_rows
from dagger_tools.cli.options import kinds_option, seed_option

__all__ = ["problems"]


def _numbers(ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[int, ...]:
    """``2``, ``1,3`` or ``2-4``."""
    found: list[int] = []
    for part in value.split(",") if value else ():
        low, dash, high = part.strip().partition("-")
        try:
            found += range(int(low), int(high if dash else low) + 1)
        except ValueError:
            raise click.BadParameter(f"{part!r} is no number or range", ctx, option) from None
    return tuple(found)


@click.command()
@click.option("--topic", "topics", multiple=True, help="A topic; may be given more than once.")
@click.option(
    "--grade", "grades", callback=_numbers, metavar="N,N-N", help="School grades, 1 to 8."
)
@click.option("--steps", callback=_numbers, metavar="N,N-N", help="Operations to the answer.")
@click.option("--count", type=click.IntRange(1), default=10, show_default=True)
@seed_option
@kinds_option("--distractors", default="", help="Kinds to put in: red, oad, need, with commas.")
@click.option(
    "--most-distractors",
    type=click.IntRange(1, 4),
    default=1,
    show_default=True,
    help="Sentences put into one problem at most.",
)
@click.option("--unseen", is_flag=True, help="Use the sentences that are kept out of training.")
@click.option("--scenes", is_flag=True, help="Put them together from single sentences.")
@click.option(
    "--for-training",
    is_flag=True,
    help="Leave out the stories that the embedded model's confidence is fitted on.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "sft", "grpo"]),
    default="jsonl",
    show_default=True,
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="A file instead of standard output."
)
def problems(
    topics: tuple[str, ...],
    grades: tuple[int, ...],
    steps: tuple[int, ...],
    count: int,
    seed: int,
    distractors: tuple[Any, ...],
    most_distractors: int,
    unseen: bool,
    scenes: bool,
    for_training: bool,
    format_: str,
    output: Path | None,
) -> None:
    """Write practice problems, each executed and checked; the same seed gives the same bytes.

    Topics: run with an unknown one to see the list.
    """
    from itertools import islice

    from dagger_tools.corpus.formats import row_writer
    from dagger_tools.corpus.generate import Wanted, generate

    wanted = Wanted(
        topics=topics,
        grades=grades,
        steps=steps,
        distractors=distractors,
        most_distractors=most_distractors,
        unseen=unseen,
        scenes=scenes,
        for_training=for_training,
    )
    to_row: Callable[[Any], dict[str, Any]] = row_writer(format_)
    rows = (to_row(problem) for problem in islice(generate(wanted, seed=seed), count))
    write_rows(output, rows, title="problems", total=count)
