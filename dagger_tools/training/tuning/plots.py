"""The figures of a run as a drawing: one panel a figure, over the updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dagger_tools.drawing import draw_svg

__all__ = ["draw_metrics"]

_PANELS = (
    ("loss", "loss"),
    ("reward", "mean reward"),
    ("reward_std", "reward, deviation"),
    ("mean_token_accuracy", "tokens right"),
    ("completions/mean_length", "tokens written (mean)"),
    ("completions/clipped_ratio", "share cut off"),
    ("entropy", "entropy, nats a token"),
    ("grad_norm", "norm of the gradient"),
    ("learning_rate", "learning rate"),
)
_PANEL = (7.0, 2.0)  # inches


def draw_metrics(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """An SVG document, or None where the rows hold nothing to draw.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    panels = [(name, title) for name, title in _PANELS if _drawn(rows, name)]
    if not panels:
        return None
    width, height = _PANEL
    return draw_svg(partial(_fill, rows, panels), size=(width, height * len(panels)))


def _drawn(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(row.get(name) is not None for row in rows)


def _fill(rows: Sequence[Mapping[str, Any]], panels: list[tuple[str, str]], figure: Any) -> None:
    several = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (name, title) in zip(several, panels, strict=True):
        # None: an update gave no finite one
        points = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
        axes.plot(*zip(*points, strict=True))
        axes.set_ylabel(title, fontsize="small")
        axes.grid(color="lightgrey")
    several[-1].set_xlabel("updates")
