"""Tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dagger_tools.evaluation.report.tables import Table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["show"]

_PIPE_WIDTH = 160


def show(
    tables: Iterable[Table], notes: Sequence[str] = (), *, console: Console | None = None
) -> None:
    """Print tables and notes; into a pipe, wide enough that no cell is folded."""
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=_PIPE_WIDTH)
    for table in tables:
        drawn = Drawn(title=table.title, title_justify="left")
        for column in table.columns:
            drawn.add_column(column)
        for row in table.rows:
            drawn.add_row(*(Text(cell) for cell in row))  # brackets are no markup
        console.print(drawn)
    for note in notes:
        console.print(Text(note))
