"""``dagger-tools graph``: run or draw a graph, also straight from a model's raw output."""

from __future__ import annotations

import json
from typing import Any

import click

from dagger_tools.cli.files import read_text
from dagger_tools.errors import GraphError
from dagger_tools.graph import Graph, execute, json_value, parse, verify
from dagger_tools.text import format_number, read_question

__all__ = ["graph"]

_MAX_BYTES = 2_000_000


@click.group()
def graph() -> None:
    """Run or show a graph: JSON, a model's raw output, or the compact notation."""


@graph.command()
@click.argument("source", metavar="FILE|-")
@click.option("--question", help="The question, for the checks that need the text.")
@click.option("--json", "as_json", is_flag=True, help="Print value, exact, checks and faults.")
@click.pass_context
def run(ctx: click.Context, source: str, question: str | None, as_json: bool) -> None:
    """Read, repair, execute and verify a graph; exit 0 only if all of it holds."""
    row = _judge(read_text(source, _MAX_BYTES), question)
    if as_json:
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        _show(row)
    held = not row["faults"] and all(check["passed"] for check in row["checks"])
    ctx.exit(0 if held else 1)


@graph.command()
@click.argument("source", metavar="FILE|-")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg", "json", "compact"]),
    default="text",
    show_default=True,
)
def show(source: str, form: str) -> None:
    """Draw a graph: for the terminal, as Mermaid or SVG, or in either notation."""
    drawn = _parse(read_text(source, _MAX_BYTES), None)
    if form == "mermaid":
        click.echo(drawn.to_mermaid())
    elif form == "svg":
        click.echo(drawn.to_svg())
    elif form == "json":
        click.echo(drawn.to_json(indent=2))
    elif form == "compact":
        click.echo(drawn.compact())
    else:
        from dagger_tools.graph.render import to_text

        click.echo(to_text(drawn))


def _parse(text: str, question: str | None) -> Graph:
    """JSON where there is a brace, else the compact notation."""
    if "{" in text:
        return parse(text)
    return Graph.from_compact(
        text.strip(), read_question(question).numbers if question is not None else None
    )


def _judge(text: str, question: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {"value": None, "exact": None, "checks": [], "repairs": [], "faults": []}
    try:
        parsed = _parse(text, question)
        row["repairs"] = list(parsed.repairs)
        execution = execute(parsed)
    except GraphError as error:
        row["faults"] = [{"path": f.path, "message": f.message} for f in error.faults]
        return row
    value = execution.value
    row["value"] = json_value(value)
    row["exact"] = None if isinstance(value, float) else str(value)
    row["text"] = format_number(value)
    verification = verify(
        parsed, execution, read_question(question) if question is not None else None
    )
    row["checks"] = [
        {"name": check.name, "passed": check.passed, "detail": check.detail}
        for check in verification.checks
    ]
    return row


def _show(row: dict[str, Any]) -> None:
    for fault in row["faults"]:
        click.echo(f"fault: {fault['path']}: {fault['message']}")
    if row["value"] is not None:
        shown = row["exact"] if row["exact"] is not None else f"{row['value']} (rounded)"
        click.echo(f"value: {shown}   {row['text']}")
    for repair in row["repairs"]:
        click.echo(f"repaired: {repair}")
    for check in row["checks"]:
        mark = "ok  " if check["passed"] else "FAIL"
        click.echo(f"{mark} {check['name']}{': ' + check['detail'] if check['detail'] else ''}")
