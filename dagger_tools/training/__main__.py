"""Make the embedded model: ``python -m dagger_tools.training {tokenizer,encode,train,export,calibrate} ...``.

The last three in this order make what ships in ``dagger_tools/models/nano``, on problems that are made
as they are wanted or that ``encode`` wrote; see ``docs/embedded-model.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import click

from dagger_tools.cli.faults import FaultGroup
from dagger_tools.training.nano_recipe import NanoRecipe, changed

_DEFAULT = NanoRecipe()
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_bmwp_option = click.option("--bmwp", type=_FILE, help="bmwp.jsonl; without it, scenes and bank.")

_set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another value of the recipe (`recipe` prints the names); can be repeated.",
)


@click.group(cls=FaultGroup)
def main() -> None:
    """Make the embedded model."""


@main.command()
@click.argument("out", type=_FOLDER)
@_bmwp_option
@click.option(
    "--start",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Checkpoint folder of an earlier run: go on from its weights, with a new schedule.",
)
@click.option("--rate", default=1.0, show_default=True, help="Factor on both learning rates.")
@click.option(
    "--compile/--no-compile",
    "compiled",
    default=False,
    show_default=True,
    help="Compile the layers first: wants a compiler, and pays in long runs.",
)
@_set_option
@click.option("--device", default="cpu", show_default=True, help="As torch names it: cpu, cuda.")
@click.option(
    "--corpus",
    "corpora",
    type=_FILE,
    multiple=True,
    help="A file of `encode` to train on; can be repeated. Without it problems are made on the way.",
)
@click.option(
    "--validation",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Held-back problems of each kind to try at every checkpoint.",
)
@click.option(
    "--save-every",
    type=click.IntRange(1),
    default=250,
    show_default=True,
    help="Steps between checkpoints.",
)
def train(
    out: Path,
    bmwp: Path | None,
    start: Path | None,
    rate: float,
    compiled: bool,
    settings: tuple[str, ...],
    device: str,
    corpora: tuple[Path, ...],
    validation: int,
    save_every: int,
) -> None:
    """Train into OUT; run again, it goes on from its last checkpoint."""
    from rich.console import Console
    from rich.progress import Progress

    from dagger_tools.training.nano import train_nano

    recipe = changed(_DEFAULT, settings)
    recipe = replace(
        recipe,
        learning_rate=recipe.learning_rate * rate,
        matrix_learning_rate=recipe.matrix_learning_rate * rate,
    )
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("training", total=recipe.steps)

        def show(row: Mapping[str, float]) -> None:
            if "loss" not in row:
                shares = (f"{name} {row[name]:.1%}" for name in row if name != "step")
                bar.console.print(f"step {row['step']}, held back: {', '.join(shares)}")
                return
            loss = f"loss {row['loss']:.3f}, {row['examples_per_second']:.0f} examples/s"
            bar.update(task, completed=row["step"], description=loss)

        folder = train_nano(
            out,
            recipe,
            bmwp=bmwp,
            start=start,
            save_every=save_every,
            compiled=compiled,
            device=device,
            corpora=corpora,
            validation=validation,
            report=show,
        )
    click.echo(folder)


@main.command()
@click.argument("out", type=_FOLDER)
@_bmwp_option
@_set_option
def tokenizer(out: Path, bmwp: Path | None, settings: tuple[str, ...]) -> None:
    """Train OUT/tokenizer.json alone, to `encode` with it before the run in OUT begins."""
    from dagger_tools.training.nano import make_tokenizer

    click.echo(make_tokenizer(out, changed(_DEFAULT, settings), bmwp=bmwp))


@main.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--tokenizer", type=_FILE, required=True, help="A run's tokenizer.json.")
@_bmwp_option
@click.option("--problems", type=click.IntRange(1), default=1_000_000, show_default=True)
@_set_option
def encode(
    out: Path,
    tokenizer: Path,
    bmwp: Path | None,
    problems: int,
    settings: tuple[str, ...],
) -> None:
    """Write encoded PROBLEMS into the file OUT, for `train --corpus`.

    A GPU trains faster than a processor makes problems. Files of different seeds (`--set seed=2`)
    can be written beside each other.
    """
    from dagger_tools.progress import Progress
    from dagger_tools.training.nano_corpus import write_corpus

    recipe = changed(_DEFAULT, settings)
    with Progress("encoding", problems) as advance:
        write_corpus(out, recipe, tokenizer, bmwp=bmwp, problems=problems, report=advance)
    click.echo(out)


@main.command()
@click.argument("checkpoint", type=_FOLDER)
@click.argument("out", type=_FOLDER)
@_bmwp_option
@click.option(
    "--quantise", type=click.Choice(["none", "w8", "w4"]), default="w8", show_default=True
)
@click.option(
    "--questions", default=300, show_default=True, help="Questions that parity is measured on."
)
def export(checkpoint: Path, out: Path, bmwp: Path | None, quantise: str, questions: int) -> None:
    """Export CHECKPOINT to ONNX in OUT, quantised, with its parity printed."""
    from dagger_tools.training.nano_data import Mixture
    from dagger_tools.training.nano_export import export_nano

    sample = islice(Mixture(seed=3, bmwp=bmwp, held_back=True), questions)
    texts = [problem.question for problem in sample]
    for name, value in export_nano(checkpoint, out, quantisation=quantise, questions=texts).items():  # type: ignore[arg-type]  # click checked it
        click.echo(f"{name}: {value:.6g}")


@main.command()
@click.argument("folder", type=_FOLDER)
@_bmwp_option
@click.option("--problems", default=1500, show_default=True)
def calibrate(folder: Path, bmwp: Path | None, problems: int) -> None:
    """Fit the confidence of the exported model in FOLDER on held-back problems."""
    from dagger_tools.generators.nano import NanoGenerator
    from dagger_tools.training.calibrate import calibrate as fit
    from dagger_tools.training.nano_export import write_manifest

    generator = NanoGenerator(folder)
    measured = fit(generator, folder, bmwp=bmwp, problems=problems)
    write_manifest(folder)
    for name, value in measured.items():
        click.echo(f"{name}: {value:.4g}")


@main.command()
def recipe() -> None:
    """Print the default recipe."""
    for name, value in asdict(_DEFAULT).items():
        click.echo(f"{name}: {value}")


if __name__ == "__main__":
    main()
