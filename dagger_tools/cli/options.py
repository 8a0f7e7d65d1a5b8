"""Options that several commands share."""

from __future__ import annotations

import math

import click

from dagger_tools.answer import DEFAULT_THRESHOLD

__all__ = ["generators_option", "threshold_option"]

generators_option = click.option(
    "--generator",
    "generators",
    metavar="ADDRESS",
    multiple=True,
    default=("nano",),
    show_default=True,
    help="What writes the graph; repeat it, cheap to strong, to escalate.",
)


def _share(ctx: click.Context, option: click.Parameter, value: float) -> float:
    if math.isnan(value):
        raise click.BadParameter("a number from 0 to 1 was expected", ctx, option)
    return value


threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0.0, 1.0),
    callback=_share,
    default=DEFAULT_THRESHOLD,
    show_default=True,
    help="Confidence below which the answer is 'unsure'.",
)
