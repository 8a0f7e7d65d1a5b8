"""``dagger-tools route``: is a text a Bangla maths question?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dagger_tools.cli.jsonl import process
from dagger_tools.errors import DaggerError, InputError
from dagger_tools.router import route as route_question
from dagger_tools.text import read_question

__all__ = ["route"]


@click.command()
@click.argument("text", metavar="TEXT|IN.jsonl")
@click.argument("target", metavar="[OUT.jsonl]", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the Route as JSON.")
def route(text: str, target: Path | None, as_json: bool) -> None:
    """Judge one TEXT, or rows {"text"} of IN.jsonl into OUT.jsonl."""
    if target is not None:
        faults = process(
            Path(text),
            target,
            field="text",
            work=_route_rows,
            belongs=lambda row, _: "math" in row,
            title="texts",
            batch=256,
        )
        if faults:
            click.echo(f"{faults} rows hold an error instead of a verdict", err=True)
        return
    row = _verdict(text)
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    click.echo(
        f"math: {'yes' if row['math'] else 'no'}   score: {row['score']:.3f}   language: {row['language']}"
    )
    for reason in row["reasons"]:
        click.echo(f"  {reason}")


def _verdict(text: str) -> dict[str, Any]:
    found = route_question(read_question(text))
    return {
        "math": found.math,
        "score": found.score,
        "language": found.language,
        "reasons": list(found.reasons),
    }


def _route_rows(texts: Sequence[str]) -> list[dict[str, Any] | DaggerError]:
    rows: list[dict[str, Any] | DaggerError] = []
    for text in texts:
        try:
            rows.append(_verdict(text))
        except InputError as error:
            rows.append(error)
    return rows
