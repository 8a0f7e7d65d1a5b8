"""The progress bar of long commands: on stderr, with how fast it goes and how long it still takes."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress"]


class Progress:
    """A context whose value advances the bar by so many steps.

    Args:
        title: what is counted.
        total: steps in all.
        done: steps that an earlier run did; they say nothing about this run's rate.
    """

    def __init__(self, title: str, total: int, *, done: int = 0) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(title, total=total, completed=done, rate="")

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def rename(self, title: str) -> None:
        """Say what is done now."""
        self._bar.update(self._task, description=title)

    def _advance(self, steps: int) -> None:
        self._bar.advance(self._task, steps)
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, rate=f"{speed:.1f}/s" if speed else "")
