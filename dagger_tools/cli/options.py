"""Options that several commands share."""

from __future__ import annotations

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
threshold_option = click.option(
    "--threshold",
    type=click.FloatRange(0.0, 1.0),
    default=DEFAULT_THRESHOLD,
    show_default=True,
    help="Confidence below which the answer is 'unsure'.",
)
