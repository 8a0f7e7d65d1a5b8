"""``dagger-tools export``: a checkpoint made ready for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["export"]


@click.command()
@click.argument("checkpoint")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--quantize",
    type=click.Choice(["none", "int8", "w8"]),
    default="none",
    show_default=True,
    help="int8: by channel, small and fast; w8: in blocks, nearer to fp32.",
)
@click.option("--adapter", help="A LoRA adapter over CHECKPOINT: a folder or a hub id.")
@click.option("--revision", help="Commit, branch or tag on the hub.")
@click.option(
    "--prompt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A text with {question} in it; else that of the checkpoint's family.",
)
def export(
    checkpoint: str,
    out: Path,
    quantize: Any,
    adapter: str | None,
    revision: str | None,
    prompt: Path | None,
) -> None:
    """Export CHECKPOINT (a Gemma 3 folder or hub id) to ONNX in OUT; then use it as onnx:OUT.

    The graph is compared with torch on rendered questions, and not written if it is off.
    """
    from dagger_tools.export import STAGES, export_checkpoint
    from dagger_tools.progress import Progress

    progress = Progress(STAGES[0], len(STAGES))
    with progress as advance:

        def stage(name: str) -> None:
            progress.rename(name)
            advance(int(name != STAGES[0]))

        done = export_checkpoint(
            checkpoint,
            out,
            quantisation=quantize,
            adapter=adapter,
            revision=revision,
            prompt=prompt,
            stage=stage,
        )
        advance(1)
    click.echo(f"written: {done.out} ({done.megabytes:,.1f} MB), use it as onnx:{done.out}")
    for name, parity in (("fp32", done.fp32), (quantize, done.final)):
        if name != "none":
            click.echo(
                f"{name} against torch: error {parity.error:.2g} of the largest logit, "
                f"same token first in {parity.same_top:.1%} of {parity.compared}"
            )
    click.echo(
        f"speed: {done.prefill_speed:,.0f} tokens/s read, {done.decode_speed:,.0f} tokens/s written"
    )
    click.echo(f"peak memory: {done.peak_megabytes:,.0f} MB")
