"""Tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagger_tools.evaluation.report.tables import Table

__all__ = ["to_markdown"]


def to_markdown(title: str, tables: Iterable[Table], notes: Sequence[str] = ()) -> str:
    """A document with a section for each table."""
    parts = [f"# {_cell(title)}", *notes]
    for table in tables:
        lines = [_line(table.columns), _line(["---"] * len(table.columns))]
        lines += [_line(row) for row in table.rows]
        parts += [f"## {_cell(table.title)}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """One line that ends no cell and opens no tag."""
    line = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return line.replace("<", "&lt;")
