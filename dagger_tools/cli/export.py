"""``dagger-tools export``: a checkpoint made ready for ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from dagger_tools.parity import Parity

__all__ = ["export"]


@click.command()
@click.argument("checkpoint")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--graph",
    type=click.Choice(["optimum", "fused"]),
    default="optimum",
    show_default=True,
    help="optimum: runs wherever ONNX Runtime does; fused: for CPUs, faster, streams large weights.",
)
@click.option(
    "--quantize",
    type=click.Choice(["auto", "none", "int8", "w8", "w4"]),
    default="auto",
    show_default=True,
    help="int8: by channel (optimum); w8, w4 (fused): in blocks of 32; auto: the smallest that keeps "
    "torch's tokens.",
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
    graph: Any,
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
            graph=graph,
            quantisation=quantize,
            adapter=adapter,
            revision=revision,
            prompt=prompt,
            stage=stage,
        )
        advance(1)
    layers = "" if done.fp32_layers == done.layers else f" (first {done.fp32_layers} layers)"
    click.echo(_parity(f"fp32{layers}", done.fp32))
    for one in done.tried:
        click.echo(
            f"{_parity(one.quantisation, one.parity)}; {one.megabytes:,.1f} MB, "
            f"{one.prefill_speed:,.0f} tokens/s read, {one.decode_speed:,.0f} tokens/s written"
        )
    click.echo(f"peak memory: {done.peak_megabytes:,.0f} MB")
    click.echo(f"written: {done.out} ({done.final.quantisation}), use it as onnx:{done.out}")


def _parity(name: str, parity: Parity) -> str:
    return (
        f"{name} against torch: error {parity.error:.2g} of the largest logit, "
        f"same token first in {parity.same_top:.1%} of {parity.compared}"
    )
