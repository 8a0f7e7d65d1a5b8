"""A run's report: what is printed, and the two files that are written beside its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dagger_tools.errors import InputError, MissingDependencyError
from dagger_tools.evaluation.metrics import Drop, drop_between, summarise
from dagger_tools.evaluation.report.html import write_html
from dagger_tools.evaluation.report.markdown import to_markdown
from dagger_tools.evaluation.report.plots import plots
from dagger_tools.evaluation.report.tables import Table, comparison, notes, tables
from dagger_tools.evaluation.rerank import rerank
from dagger_tools.evaluation.run import Record, Run

__all__ = ["default_folder", "write_report"]


def write_report(run: Run, other: Run | None = None) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Write ``report.md`` and ``report.html`` into the run's folder; return what to print.

    With ``other`` (the run it is compared with, A) the tables and lists of changes come first.
    Without matplotlib the page has no plots, and a note says so.

    Raises:
        InputError: the folder cannot be written, or the runs share no question.
    """
    summary = summarise(run)
    found = tables(summary, rerank(run))
    told = notes(summary)
    lists: dict[str, Sequence[Record]] = {}
    if other is not None:
        drops, lists = _changes(other, run)
        found = (*comparison((summarise(other), summary), drops), *found)
    lists["Wrong answers"] = [record for record in run.records if not record.right]
    try:
        drawn = plots(summary)
    except MissingDependencyError as error:
        drawn = {}
        told = (*told, f"No plots: {error}.")
    title = f"Evaluation of {summary.name}"
    try:
        (run.folder / "report.md").write_text(to_markdown(title, found, told), "utf-8")
        write_html(
            run.folder / "report.html",
            title=title,
            tables=found,
            notes=told,
            plots=drawn,
            lists=lists,
        )
    except OSError as error:
        raise InputError(
            f"cannot write the report into {run.folder}: {error.strerror}", hint="check the path"
        ) from error
    return found, told


def _changes(before: Run, after: Run) -> tuple[list[Drop], dict[str, Sequence[Record]]]:
    """What changed from one run to the other, over the questions that both were asked."""
    known = {(r.problem.set, r.problem.question, r.problem.answer): r for r in before.records}
    pairs: list[tuple[Record, Record]] = []
    for record in after.records:
        problem = record.problem
        earlier = known.get((problem.set, problem.question, problem.answer))
        if earlier is not None and not problem.damaged:
            pairs.append((earlier, record))
    if not pairs:
        raise InputError(
            f"{before.folder} and {after.folder} share no question", hint="compare other runs"
        )
    names = dict.fromkeys(record.problem.set for _, record in pairs)
    drops = [
        drop_between(name, [(a.right, b.right) for a, b in pairs if b.problem.set == name])
        for name in names
    ]
    return drops, {
        "Lost: right in A, wrong here": [b for a, b in pairs if a.right and not b.right],
        "Won: wrong in A, right here": [b for a, b in pairs if b.right and not a.right],
    }


def default_folder(run_name: str, digest: str) -> Path:
    """Where a run goes that names no folder: the same question to the tool, the same folder."""
    safe = "".join(c if c.isalnum() or c in "+-." else "-" for c in run_name)[:60]
    return Path("runs") / f"{safe}-{digest[:8]}"
