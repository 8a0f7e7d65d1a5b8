"""``dagger-tools eval``: how good a generator is on sets of problems, with a report."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dagger_tools.cli.options import decoding_options, generators_option
from dagger_tools.generators import Decoding

__all__ = ["eval"]


@click.command("eval")
@click.argument("names", metavar="SET...", nargs=-1, required=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder that holds the sets; without it they are read from the hub.",
)
@generators_option
@decoding_options
@click.option(
    "--prompt",
    type=click.Choice(["graph", "cot", "pal"]),
    default="graph",
    show_default=True,
    help="A graph, or as a peer: chain of thought, a program (run in a sandbox).",
)
@click.option("--routing", is_flag=True, help="Ask the router first, as a host would.")
@click.option("--limit", type=click.IntRange(1), help="So many problems of each set at most.")
@click.option("--batch", type=click.IntRange(1, 1024), default=16, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The run's folder; named after the run in runs/ without it.",
)
@click.option(
    "--compare",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="An earlier run's folder, set beside this one.",
)
def eval(
    names: tuple[str, ...],
    data: Path | None,
    generators: tuple[str, ...],
    decoding: Decoding | None,
    prompt: Any,
    routing: bool,
    limit: int | None,
    batch: int,
    out: Path | None,
    compare: Path | None,
) -> None:
    """Ask every problem of each SET and report accuracy, robustness, confidence and cost.

    SET is mgsm, msvamp, mgsm+d, msvamp+d, dagger, or NAME=FILE, NAME=FOLDER, NAME=owner/hub-id.
    Run again after an interruption, it goes on where it stopped; report.md and report.html are
    written beside the rows.
    """
    from dagger_tools.evaluation import Plan, evaluate, open_run, read_sets
    from dagger_tools.evaluation.report import default_folder, show, write_report

    plan = Plan(
        generators=generators,
        prompt=prompt,
        decoding=decoding,
        routing=routing,
        batch=batch,
    )
    other = None if compare is None else open_run(compare)
    sets = read_sets(names, data, limit=limit)
    if out is None:
        told = [str(data), generators, decoding and asdict(decoding), prompt, routing, limit, names]
        digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        labels = "-".join(one.name for one in sets)
        out = default_folder(f"{'-'.join(generators)}-{labels}", digest)
    run = evaluate(sets, plan, out)
    found, notes = write_report(run, other)
    show(found, (*notes, f"Rows and report: {out}"))
