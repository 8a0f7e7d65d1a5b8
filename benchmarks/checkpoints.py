"""Engines over one checkpoint: torch, ``ORTModelForCausalLM``, onnxruntime-genai and ours, in one run.

``python -m benchmarks.checkpoints 100m`` makes a random checkpoint of that size in ``--work``, exports
it for each engine, and measures each in a process of its own, in turn, ``--rounds`` times.  Printed
are medians: tokens a second of reading a prompt of ``--read`` tokens and of writing (by the median of 32
steps), at batch 1 and 16, the most memory of the process, and the share of the limit that memory sets
to writing at batch 1 (the bytes of the weights that it reads, over the measured speed of a copy).
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.machine import describe
from dagger_tools.memory import peak_bytes

WRITTEN = 32
SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"vocab_size": 3000, "hidden_size": 256, "intermediate_size": 704, "layers": 6},
    "100m": {"vocab_size": 32768, "hidden_size": 640, "intermediate_size": 2048, "layers": 18},
    "1b": {"vocab_size": 262144, "hidden_size": 1152, "intermediate_size": 6912, "layers": 26},
    "4b": {
        "vocab_size": 262208, "hidden_size": 2560, "intermediate_size": 10240, "layers": 34,
        "num_attention_heads": 8, "num_key_value_heads": 4,
    },
}  # fmt: skip
TABLES = {"optimum-fp32": 4.0, "optimum-int8": 1.0, "ours-w4": 1.125}
"""Bytes a weight of an embedding that is stored beside the head."""
BUILDER = "onnxruntime-genai==0.15.2"
"""The newest whose model builder works with transformers 4.57."""

Run = Callable[[int, int, int], list[float]]
"""Batch, tokens to read, tokens to write -> when it began, and when each token was there."""


def make(size: str, folder: Path) -> None:
    """A random checkpoint in bfloat16, written a layer at a time; norms are zero, as Gemma's begin."""
    import torch
    from safetensors.torch import save_file
    from transformers import Gemma3ForCausalLM

    from tests.checkpoints import make_tokenizer, text_config

    shape = dict(SIZES[size])
    layers = shape.pop("layers")
    kinds = ["full_attention" if (i + 1) % 6 == 0 else "sliding_attention" for i in range(layers)]
    base = {
        "num_attention_heads": 4, "num_key_value_heads": 1, "head_dim": 256,
        "query_pre_attn_scalar": 256, "sliding_window": 512, "rope_scaling": None,
        "max_position_embeddings": 4096, "num_hidden_layers": layers, "layer_types": kinds,
    }  # fmt: skip
    config = text_config(shape.pop("vocab_size"), **base | shape)
    config.architectures = ["Gemma3ForCausalLM"]
    with torch.device("meta"):
        model = Gemma3ForCausalLM(config)
    names: dict[str, dict[str, torch.Size]] = {}
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":
            names.setdefault(".".join(name.split(".")[:3]), {})[name] = tensor.shape
    part = folder.with_name(folder.name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    places: dict[str, str] = {}
    for number, shapes in enumerate(names.values()):
        made = {
            name: torch.zeros(shape, dtype=torch.bfloat16)
            if len(shape) == 1
            else torch.randn(shape, dtype=torch.bfloat16) * 0.02
            for name, shape in shapes.items()
        }
        file = f"model-{number:05}.safetensors"
        save_file(made, part / file, metadata={"format": "pt"})
        places |= dict.fromkeys(made, file)
    index = {"metadata": {}, "weight_map": places}
    (part / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    config.save_pretrained(part)
    make_tokenizer().save_pretrained(part)
    part.replace(folder)
    print(f"{size}: {sum(p.numel() for p in model.parameters()) / 1e6:,.0f}M parameters")


@contextmanager
def finished(folder: Path) -> Iterator[Path]:
    """A folder under another name, which becomes ``folder`` once it is whole: a killed builder's is not
    taken for one the next time."""
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    yield part
    part.replace(folder)


def build(engine: str, checkpoint: Path, out: Path, builder: Path) -> None:
    """Export ``checkpoint`` for an engine, each by its own way."""
    name, _, kind = engine.partition("-")
    if name == "genai":
        if not builder.exists():
            pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", BUILDER]
            with finished(builder) as part:
                subprocess.run([*pip, f"--target={part}"], check=True)
        with finished(out) as part:
            subprocess.run(
                [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", str(checkpoint),
                 "-o", str(part), "-p", kind, "-e", "cpu", "-c", str(builder / "cache")],
                env=os.environ | {"PYTHONPATH": str(builder)}, check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
    elif name != "torch":
        quantisation = {"fp32": "none"}.get(kind, kind)
        graph = "fused" if name == "ours" else "optimum"
        subprocess.run(
            [sys.executable, "-c", "from dagger_tools.cli import main; main()", "export",
             str(checkpoint), str(out), "--graph", graph, "--quantize", quantisation],
            check=True,
        )  # fmt: skip


def torch_engine(folder: Path, *, optimum: bool) -> Run:
    """transformers' own loop over torch or Optimum's model, as a user would call it."""
    import torch

    model: Any
    if optimum:
        from optimum.onnxruntime import ORTModelForCausalLM

        model = ORTModelForCausalLM.from_pretrained(folder)
    else:
        from dagger_tools.checkpoint import load_checkpoint

        model = load_checkpoint(str(folder)).model

    def run(batch: int, read: int, written: int) -> list[float]:
        times = [time.perf_counter()]

        def note(ids: torch.Tensor, scores: torch.Tensor, **other: Any) -> torch.Tensor:
            times.append(time.perf_counter())
            return torch.zeros(batch, dtype=torch.bool)

        ids = torch.from_numpy(prompt(batch, read))
        model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, pad_token_id=0,
            max_new_tokens=written, min_new_tokens=written, stopping_criteria=[note],
        )  # fmt: skip
        return times

    return run


def genai_engine(folder: Path) -> Run:
    """onnxruntime-genai's generator."""
    import onnxruntime_genai as og

    model = og.Model(str(folder))

    def run(batch: int, read: int, written: int) -> list[float]:
        times = [time.perf_counter()]
        params = og.GeneratorParams(model)
        length = read + written
        params.set_search_options(
            max_length=length, min_length=length, batch_size=batch, do_sample=False
        )
        generator = og.Generator(model, params)
        generator.append_tokens(prompt(batch, read).astype(np.int32))
        for _ in range(written):
            generator.generate_next_token()
            times.append(time.perf_counter())
        return times

    return run


def our_engine(folder: Path) -> Run:
    """The session that ``onnx:DIR`` runs, greedy."""
    from dagger_tools.generators.fused_session import FusedSession

    session = FusedSession(folder, threads=0, spinning=True)

    def run(batch: int, read: int, written: int) -> list[float]:
        times = [time.perf_counter()]
        cache = session.cache(batch, read + written)
        ids = prompt(batch, read).tolist()
        for at in range(0, read, 128):
            logits = session.read(cache, [row[at : at + 128] for row in ids])
        for _ in range(written):
            chosen = logits.argmax(axis=1)[:, None].tolist()
            times.append(time.perf_counter())
            logits = session.read(cache, chosen)
        return times

    return run


def prompt(batch: int, read: int) -> Any:
    """The same random ids for everybody [batch, read]."""
    return np.random.default_rng(0).integers(300, 2900, size=(batch, read))


def measure(engine: str, folder: Path, batches: list[int], read: int) -> dict[str, float]:
    """Tokens a second of reading and of writing, and the most memory in megabytes."""
    name = engine.partition("-")[0]
    if name in ("torch", "optimum"):
        run = torch_engine(folder, optimum=name == "optimum")
    else:
        run = genai_engine(folder) if name == "genai" else our_engine(folder)
    found: dict[str, float] = {}
    for batch in batches:
        run(batch, 8, 4)
        steps = np.diff(run(batch, read, WRITTEN))
        found[f"read {batch}"] = batch * read / float(steps[0])
        found[f"write {batch}"] = batch / float(np.median(steps[1:]))
    found["memory"] = (peak_bytes() or 0) / 1e6
    return found


def copy_bandwidth() -> float:
    """Bytes a second that numpy reads and writes on one core, of 512 MB, the best of five."""
    source = np.ones(1 << 26)
    target = np.empty_like(source)
    best = 0.0
    for _ in range(5):
        started = time.perf_counter()
        np.copyto(target, source)
        best = max(best, 2 * source.nbytes / (time.perf_counter() - started))
    return best


@click.command()
@click.argument("size", type=click.Choice(list(SIZES)))
@click.option(
    "--engines",
    default="torch,optimum-fp32,optimum-int8,genai-fp32,ours-fp32,genai-int4,ours-w4,ours-w8",
)
@click.option("--batches", default="1,16", show_default=True)
@click.option("--read", default=512, show_default=True, help="Tokens of the prompt.")
@click.option("--rounds", default=3, show_default=True, help="0: only make and export.")
@click.option("--work", type=click.Path(path_type=Path), default=Path("runs/checkpoints"))
@click.option("--worker", hidden=True)
def main(
    size: str, engines: str, batches: str, read: int, rounds: int, work: Path, worker: str
) -> None:
    """Make, export and measure a checkpoint of SIZE with each of the engines."""
    numbers = [int(batch) for batch in batches.split(",")]
    folder = work / size
    checkpoint = folder / "checkpoint"
    if worker:
        place = checkpoint if worker == "torch" else folder / worker
        print(json.dumps(measure(worker, place, numbers, read)))
        return
    print(describe())
    if not checkpoint.exists():
        make(size, checkpoint)
    for engine in engines.split(","):
        if engine != "torch" and not (folder / engine).exists():
            build(engine, checkpoint, folder / engine, work / "builder")
    if not rounds:
        return
    bandwidth = copy_bandwidth()
    print(f"copy: {bandwidth / 1e9:.1f} GB/s")
    rows: dict[str, list[dict[str, float]]] = {engine: [] for engine in engines.split(",")}
    for _ in range(rounds):
        for engine, found in rows.items():
            words = [
                size,
                "--work",
                str(work),
                "--batches",
                batches,
                "--read",
                str(read),
                "--worker",
                engine,
            ]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.checkpoints", *words],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            found.append(json.loads(done.stdout.splitlines()[-1]))
    names = list(next(iter(rows.values()))[0])
    print("| engine | " + " | ".join(names) + " | weights MB | of the limit |")
    print("|---|" + "---|" * (len(names) + 2))
    for engine, found in rows.items():
        medians = {name: statistics.median(one[name] for one in found) for name in names}
        place = checkpoint if engine == "torch" else folder / engine
        weights = sum(
            path.stat().st_size for path in place.iterdir()
            if path.suffix in (".safetensors", ".data", ".onnx") or path.name.endswith("onnx_data")
        )  # fmt: skip
        # torch holds in float32 what lies in bfloat16
        weights *= 2 if engine == "torch" else 1
        # of a table beside the head a token reads one row
        table = SIZES[size]["vocab_size"] * SIZES[size]["hidden_size"] * TABLES.get(engine, 0.0)
        share = medians.get("write 1", float("nan")) * (weights - table) / bandwidth
        cells = [f"{medians[name]:,.1f}" for name in names]
        print(f"| {engine} | {' | '.join(cells)} | {weights / 1e6:,.0f} | {share:.0%} |")


if __name__ == "__main__":
    main()
