"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

from dagger_tools.answer import DEFAULT_THRESHOLD

__all__ = ["generators_option", "kinds_option", "seed_option", "threshold_option"]

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

seed_option = click.option("--seed", type=int, default=0, show_default=True)


def kinds_option(name: str, *, default: str, help: str) -> Callable[[Any], Any]:
    """An option for kinds of distractors, given with commas; the value is a tuple of kinds."""
    return click.option(
        name, default=default, show_default=bool(default), callback=_kinds, help=help
    )


def _kinds(ctx: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    from dagger_tools.corpus.distract import KINDS

    found = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    for kind in found:
        if kind not in KINDS:
            raise click.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}", ctx, option)
    return found
