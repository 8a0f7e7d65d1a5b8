"""``dagger-tools train``: fine-tuning of Gemma 3 checkpoints, SFT and then GRPO."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dagger_tools.training.tuning import LoraPlan, Prepared
    from dagger_tools.training.tuning.plan import AnyPlan

__all__ = ["train"]


@click.group()
def train() -> None:
    """Train Gemma 3 checkpoints: sft on graphs, then grpo on what their graphs give.

    DATA has the columns of dipta007/dagger: a JSONL or Parquet file, a folder, or a hub id. OUT becomes
    a checkpoint for grpo, export or transformers:OUT. Killed at any moment and called again in the same
    way, a run goes on. Several GPUs: accelerate launch -m dagger_tools train ...
    """


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """Arguments and options of both stages; those of the plan are given as ``chosen``."""

    @functools.wraps(command)
    def run(checkpoint: str, data: str, out: Path, dry_run: bool, **chosen: Any) -> None:
        command(checkpoint, data, out, dry_run, _given(chosen))

    options = (
        click.argument("checkpoint"),
        click.argument("data"),
        click.argument("out", type=click.Path(path_type=Path)),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and stop."),
        click.option("--batch", type=int, help="Global batch, on however many devices."),
        click.option("--device-batch", type=int, help="Most examples on a device at a time (4)."),
        click.option("--epochs", type=int, help="Over all rows (4)."),
        click.option("--max-steps", type=int, help="Updates at most."),
        click.option("--learning-rate", type=float, help="At the beginning (1e-5)."),
        click.option("--final-learning-rate", type=float, help="At the end of the cosine (1e-6)."),
        click.option("--rank", type=int, help="Of the LoRA adapter (64)."),
        click.option("--alpha", type=int, help="Of the LoRA adapter (128)."),
        click.option("--full", is_flag=True, default=None, help="Train every weight, no adapter."),
        click.option("--prompt", help="data (as the rows have it), family, or a file."),
        click.option("--save-every", type=int, help="Updates between checkpoints (50)."),
        click.option("--seed", type=int, help="Of the order of rows and of what is drawn (0)."),
        click.option(
            "--dtype",
            type=click.Choice(["float32", "bfloat16"]),
            help="Without it bfloat16 on a GPU, else float32.",
        ),
        click.option(
            "--recompute/--no-recompute",
            default=None,
            help="Compute activations again instead of keeping them; on a GPU by itself.",
        ),
    )
    for option in reversed(options):
        run = option(run)
    return run


@train.command()
@_shared
@click.option("--max-length", type=int, help="Longer rows are left out (4096 tokens).")
def sft(checkpoint: str, data: str, out: Path, dry_run: bool, chosen: dict[str, Any]) -> None:
    """Supervised fine-tuning of CHECKPOINT on the responses of DATA, into OUT."""
    from dagger_tools.training.tuning import SftPlan

    _run(checkpoint, data, out, dry_run, lambda: SftPlan(**chosen))


@train.command()
@_shared
@click.option("--generations", type=int, help="Completions of a prompt (8).")
@click.option("--max-new-tokens", type=int, help="Of a completion (1024).")
@click.option("--max-prompt", type=int, help="Longer rows are left out (3072 tokens).")
@click.option("--temperature", type=float, help="Of the completions (1.0).")
@click.option("--flag-weight", type=float, help="Paid for right distractor flags on top (0).")
def grpo(checkpoint: str, data: str, out: Path, dry_run: bool, chosen: dict[str, Any]) -> None:
    """Group relative policy optimisation of CHECKPOINT on the answers of DATA, into OUT.

    A completion earns 0.5 for a valid graph, 0.5 more if it executes, 1.0 more if the answer is right.
    """
    from dagger_tools.training.tuning import GrpoPlan

    _run(checkpoint, data, out, dry_run, lambda: GrpoPlan(**chosen))


def _given(chosen: dict[str, Any]) -> dict[str, Any]:
    """What was typed: the plan has its own defaults, and they are written down once."""
    given = {name: value for name, value in chosen.items() if value is not None}
    full = given.pop("full", False)
    adapter: dict[str, Any] = {name: given.pop(name) for name in ("rank", "alpha") if name in given}
    if full and adapter:
        raise click.UsageError("--full has no adapter to give a rank or alpha to")
    if full or adapter:
        given["lora"] = None if full else _lora(adapter)
    return given


def _lora(adapter: dict[str, Any]) -> LoraPlan:
    from dagger_tools.training.tuning import LoraPlan

    return LoraPlan(**adapter)


def _run(checkpoint: str, data: str, out: Path, dry_run: bool, plan: Callable[[], AnyPlan]) -> None:
    from dagger_tools.training.tuning import prepare, tune

    prepared = prepare(checkpoint, data, plan())
    first = os.environ.get("RANK", "0") == "0"  # of the processes that a launcher started
    if dry_run:
        if first:
            _describe(prepared)
        return
    done = tune(prepared, out, tell=functools.partial(click.echo, err=True))
    if not first:
        return
    figure = "loss" if prepared.plan.stage == "sft" else "reward"
    click.echo(
        f"{done.steps} updates; mean {figure} of the first tenth {_of(done.first, figure)}, "
        f"of the last {_of(done.last, figure)}"
    )
    click.echo(f"checkpoint: {done.out}; figures: {done.out / 'run' / 'metrics.jsonl'}")


def _of(figures: dict[str, float], name: str) -> str:
    figure = figures.get(name)  # None where it was not finite
    return "?" if figure is None else f"{figure:.4g}"


def _describe(prepared: Prepared) -> None:
    """The plan, the memory, and the first example."""
    from dataclasses import asdict

    batches, memory = prepared.batches, prepared.memory
    click.echo(f"{prepared.plan.stage} of {prepared.source}")
    for name, value in asdict(prepared.plan).items():
        click.echo(f"  {name}: {value}")
    click.echo(
        f"rows: {len(prepared.rows)} ({prepared.left_out} left out), "
        f"at most {prepared.length} tokens"
    )
    if prepared.wrong:
        click.echo(f"  {prepared.wrong} responses do not give the answer of their row")
    click.echo(
        f"{prepared.steps} updates of {prepared.plan.batch}: {batches.devices} devices x "
        f"{batches.device_batch} at a time x {batches.accumulation} times"
    )
    click.echo(f"weights: {memory.weights:,}, of them or beside them trained: {memory.trained:,}")
    click.echo(
        f"memory on a device, estimated: {memory.total / 1e9:.2f} GB ({prepared.dtype}, activations "
        f"{'computed again' if prepared.recompute else 'kept'})"
    )
    for part, size in memory.parts.items():
        click.echo(f"  {part}: {size / 1e9:.2f} GB")
    read, written = prepared.first_example()
    click.echo(f"--- the first row, as the model reads it\n{read}")
    click.echo(f"--- as it shall write it\n{written}")
