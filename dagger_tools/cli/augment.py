"""``dagger-tools augment``: distractors added to a file of problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dagger_tools.cli.jsonl import read_rows, write_rows
from dagger_tools.cli.options import kinds_option, seed_option

__all__ = ["augment"]


@click.command()
@click.argument("source", metavar="IN.jsonl", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT.jsonl", type=click.Path(path_type=Path))
@kinds_option("--kinds", default="red,oad,need", help="Kinds of distractors, with commas.")
@click.option(
    "--sentences",
    type=click.IntRange(1, 4),
    default=1,
    show_default=True,
    help="Added to each row.",
)
@seed_option
@click.option("--unseen", is_flag=True, help="Use the sentences that are kept out of training.")
def augment(
    source: Path,
    target: Path,
    kinds: tuple[Any, ...],
    sentences: int,
    seed: int,
    unseen: bool,
) -> None:
    """Put distractors into rows {"question", "answer"}; one row out for each row and kind.

    The columns are those of dipta007/DistractMath-Bn.  A row that brings its "graph" (published
    JSON) or "compact" graph has the result executed and checked; without one, answers_match is null.
    A row that cannot be read gives a row with the error.
    """
    from dagger_tools.corpus.augment import Augmenter

    augmenter = Augmenter(kinds=kinds, sentences=sentences, seed=seed, unseen=unseen)
    rows = list(read_rows(source, "question"))
    written = (out for row in rows for out in augmenter.rows(row.number, row.fields, row.error))
    write_rows(target, written, title="rows", total=len(rows) * len(kinds))
    for kind, count in augmenter.left_out.items():
        if count:
            click.echo(f"{kind}: {count} questions take no sentence of this kind", err=True)
    if augmenter.faults:
        click.echo(f"{augmenter.faults} rows hold an error", err=True)
