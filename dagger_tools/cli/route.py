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
from dagger_tools.text import check_text

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
        f"math: {'yes' if row['math'] else 'no'} ({row['verdict']})   score: {row['score']:.3f}   "
        f"language: {row['language']}   scope: {row['scope']}"
    )
    start, end = row["span"]
    if (start, end) != (0, len(text)):
        click.echo(f"question: {text[start:end]}")
    for reason in row["reasons"]:
        click.echo(f"  {reason}")


def _verdict(text: str) -> dict[str, Any]:
    check_text(text)
    return route_question(text).model_dump(mode="json")


def _route_rows(texts: Sequence[str]) -> list[dict[str, Any] | DaggerError]:
    rows: list[dict[str, Any] | DaggerError] = []
    for text in texts:
        try:
            rows.append(_verdict(text))
        except InputError as error:
            rows.append(error)
    return rows
