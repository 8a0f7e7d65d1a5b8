"""Figures that others published, as data with their source; nothing here was measured by us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["PUBLISHED", "SIZES", "SOURCE", "PublishedRow", "weighted_average"]

SOURCE = "model cards and paper of the DAGGER models (dipta007 on the hub)"

SIZES: Mapping[str, int] = {"mgsm": 250, "msvamp": 1000, "mgsm+d": 738, "msvamp+d": 2947}
"""Rows of the published test sets, which the weighted average weighs by."""


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """A line of the published table: accuracy in percent by set, and output tokens where given.

    ``average`` is as published: that of dagger-4B_GRPO (29.0) does not follow from its columns
    (32.5), the others do.
    """

    model: str
    accuracy: Mapping[str, float]
    average: float
    output_tokens: int | None = None


def _row(model: str, *figures: float, tokens: int | None = None) -> PublishedRow:
    *columns, average = figures
    return PublishedRow(model, dict(zip(SIZES, columns, strict=True)), average, tokens)


PUBLISHED = (
    _row("dagger-4B_SFT", 40.4, 65.0, 25.1, 42.4, 44.3),
    _row("dagger-4B_GRPO", 29.2, 57.1, 13.1, 29.3, 29.0),
    _row("dagger-4B_SFT_GRPO", 54.8, 70.3, 31.4, 42.9, 47.3),
    _row("dagger-12B_SFT", 70.0, 76.8, 56.8, 65.4, 66.7),
    _row("dagger-12B_SFT_GRPO", 78.4, 78.8, 64.0, 66.8, 69.4, tokens=359),
    _row("Gemma 3 12B, chain of thought", 76.8, 72.3, 54.3, 48.7, 55.7, tokens=599),
    _row("Qwen 3 8B, reasoning", 88.0, 81.1, 70.5, 66.9, 71.4, tokens=3128),
)


def weighted_average(accuracy: Mapping[str, float]) -> float:
    """The mean over the four sets, each weighing its published size; in the unit of ``accuracy``.

    ``KeyError`` if a set is missing: an average over fewer sets is another figure.
    """
    return sum(accuracy[name] * size for name, size in SIZES.items()) / sum(SIZES.values())
