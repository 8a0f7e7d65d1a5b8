"""``dagger-tools numbers``: the numbers of a text."""

from __future__ import annotations

import json

import click

from dagger_tools.errors import InputError
from dagger_tools.graph import json_number
from dagger_tools.text import MAX_QUESTION_CHARS, find_numbers

__all__ = ["numbers"]


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print them as a JSON list.")
def numbers(text: str, as_json: bool) -> None:
    """List the numbers of TEXT with value, kind, unit and character span."""
    if len(text) > MAX_QUESTION_CHARS:
        raise InputError(
            f"the text has {len(text):,} characters; {MAX_QUESTION_CHARS:,} are read",
            hint="pass a part of it",
        )
    found = find_numbers(text)
    rows = [
        {
            "text": number.text,
            "value": json_number(number.value),
            "kind": number.kind,
            "unit": number.unit,
            "noun": number.noun,
            "span": [number.start, number.end],
        }
        for number in found
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for number, row in zip(found, rows, strict=True):
        what = " ".join(word for word in (number.unit, number.noun) if word)
        place = f"{number.start:>5}-{number.end:<5}"
        click.echo(f"{place} {number.text}  =  {row['value']}  ({number.kind}) {what}".rstrip())
