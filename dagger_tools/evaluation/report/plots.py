"""The plots of a report, as SVG text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from dagger_tools.drawing import draw_svg
from dagger_tools.evaluation.metrics import Summary
from dagger_tools.evaluation.published import PUBLISHED, SIZES

__all__ = ["plots"]

_SIZE = (7.0, 4.0)  # inches


def plots(summary: Summary) -> dict[str, str]:
    """SVG drawings by title.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    drawn = {}
    for number, (title, draw) in enumerate(_PLOTS.items()):
        document = draw_svg(partial(_filled, draw, summary), size=_SIZE)
        drawn[title] = _inline(document, f"plot{number}-")
    return drawn


def _filled(draw: Callable[[Any, Summary], None], summary: Summary, figure: Any) -> None:
    draw(figure.subplots(), summary)


def _accuracy(axes: Any, summary: Summary) -> None:
    """Measured sets with their intervals; published rows hollow beside them."""
    names = list(SIZES) + [name for name in summary.sets if name not in SIZES]
    for place, row in enumerate(PUBLISHED):
        offset = 0.08 * (place - len(PUBLISHED) / 2)
        points = [(i + offset, row.accuracy[n]) for i, n in enumerate(names) if n in row.accuracy]
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, "o", fillstyle="none", label=f"published: {row.model}")
    for index, name in enumerate(names):
        if (one := summary.sets.get(name)) is not None and one.accuracy.count:
            share = one.accuracy
            error = [[100 * (share.value - share.low)], [100 * (share.high - share.value)]]
            label = "measured here" if name == next(iter(summary.sets)) else None
            axes.errorbar([index + 0.32], [100 * share.value], yerr=error, fmt="ks", label=label)
    for index in range(1, len(names)):
        axes.axvline(index - 0.5, color="lightgrey")
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylim(0, 100)
    axes.set_ylabel("accuracy, %")
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))


def _coverage(axes: Any, summary: Summary) -> None:
    for name, one in summary.sets.items():
        axes.step(
            [100 * coverage for coverage, _, _ in one.curve],
            [100 * accuracy for _, accuracy, _ in one.curve],
            where="post",
            label=name,
        )
    axes.set_xlabel("questions answered, %, the surest first")
    axes.set_ylabel("right among them, %")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.legend()


def _calibration(axes: Any, summary: Summary) -> None:
    axes.plot([0, 1], [0, 1], ":", color="grey")
    for name, one in summary.sets.items():
        axes.plot([s for _, s, _ in one.bins], [g for _, _, g in one.bins], "o-", label=name)
    axes.set_xlabel("mean confidence of a bin")
    axes.set_ylabel("share right in it")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend()


def _tokens(axes: Any, summary: Summary) -> None:
    """Published points are averages over four sets; measured ones are of each set."""
    for row in PUBLISHED:
        if row.output_tokens is not None:
            axes.plot(
                [row.output_tokens], [row.average], "o", fillstyle="none",
                label=f"published average: {row.model}",
            )  # fmt: skip
    for name, one in summary.sets.items():
        if one.accuracy.count and one.cost.tokens_mean > 0:
            axes.plot([one.cost.tokens_mean], [100 * one.accuracy.value], "s", label=name)
    axes.set_xscale("log")
    axes.set_xlabel("output tokens a question (mean)")
    axes.set_ylabel("accuracy, %")
    axes.set_ylim(0, 100)
    axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))


def _inline(document: str, prefix: str) -> str:
    """An SVG document as an element whose ids are of this plot alone."""
    element = document[document.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}", element)


_PLOTS = {
    "Accuracy by set, against published figures": _accuracy,
    "Accuracy against coverage": _coverage,
    "Calibration": _calibration,
    "Tokens against accuracy": _tokens,
}
