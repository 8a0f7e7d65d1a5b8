"""Options that several commands share."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import click

from dagger_tools.answer import DEFAULT_THRESHOLD
from dagger_tools.generators.base import GREEDY, MAX_SAMPLES, Decoding

__all__ = [
    "decoding_options",
    "generators_option",
    "kinds_option",
    "repair_option",
    "seed_option",
    "threshold_option",
]

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

repair_option = click.option(
    "--repair", is_flag=True, help="Tell a generator that can of a fault, and ask once more."
)


def decoding_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--samples``, ``--temperature``, ``--seed`` and ``--no-grammar``, given as ``decoding``.

    It is None where none of them was given: each generator is then decoded in its own way.
    """

    @functools.wraps(command)
    def run(
        *args: Any, samples: int | None, temperature: float, seed: int, grammar: bool, **kwargs: Any
    ) -> Any:
        decoding = Decoding(
            samples=samples or GREEDY.samples, temperature=temperature, seed=seed, grammar=grammar
        )
        said = samples is not None or decoding != GREEDY
        return command(*args, decoding=decoding if said else None, **kwargs)

    for option in (
        click.option(
            "--grammar/--no-grammar",
            default=GREEDY.grammar,
            show_default=True,
            help="Keep the generator to well-formed graphs, where it can.",
        ),
        click.option(
            "--seed", type=click.IntRange(0), default=GREEDY.seed, help="Of the drawn candidates."
        ),
        click.option(
            "--temperature",
            type=click.FloatRange(0.0, 5.0, min_open=True),
            default=GREEDY.temperature,
            show_default=True,
            help="Of the candidates after the first.",
        ),
        click.option(
            "--samples",
            type=click.IntRange(1, MAX_SAMPLES),
            default=None,
            help="Candidates a question; the checks and the others speak for one.  Without it, eight of "
            "the embedded model, one of others.",
        ),
    ):
        run = option(run)
    return run


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
