"""Fine-tuning of a checkpoint of the embedded model's kind, every weight of it."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

from dagger_tools.cli import main
from dagger_tools.training.nano import train_nano
from dagger_tools.training.nano_export import export_nano
from dagger_tools.training.nano_recipe import NanoRecipe
from dagger_tools.training.tuning.folder import RunFolder
from tests.training.tuning_data import command, figures, run

TINY = NanoRecipe(
    steps=2, batch=4, warmup=1, vocabulary=700, tokenizer_problems=300, hidden=64, layers=2,
    heads=2, key_value_heads=1, intermediate=96,
)  # fmt: skip


def test_both_stages_on_the_compact_notation(tmp_path: Path) -> None:
    """The bank's own rows teach it, GRPO pays it, and the result is exported as the embedded model is."""
    base = train_nano(tmp_path / "nano", TINY, bmwp=None)
    data = {stage: tmp_path / f"{stage}.jsonl" for stage in ("sft", "grpo")}
    for stage, path in data.items():
        wanted = ["--format", stage, "--steps", "1", "--count", "16", "-o", str(path)]
        main(["problems", *wanted], standalone_mode=False)
    sft, grpo = tmp_path / "sft", tmp_path / "grpo"
    shared = ("--full", "--epochs", 1000, "--device-batch", 16, "--save-every", 10)
    asked = command(
        "train", "sft", base, data["sft"], sft, *shared, "--batch", 16, "--max-steps", 40,
        "--learning-rate", 5e-3, "--final-learning-rate", 1e-3,
    )  # fmt: skip
    run(asked)
    loss = [row["loss"] for row in figures(RunFolder(sft).metrics)]
    assert loss[-1] < 0.3 * loss[0]
    assert not RunFolder(sft).adapter.exists()
    asked = command(
        "train", "grpo", sft, data["grpo"], grpo, *shared, "--max-steps", 4,
        "--learning-rate", 5e-4, "--max-new-tokens", 12,
    )  # fmt: skip
    run(asked)
    # graphs are read from its tokens: some of them are valid, and are paid for
    assert max(row["reward"] for row in figures(RunFolder(grpo).metrics)) > 0.1
    question = json.loads(data["grpo"].read_text("utf-8").split("\n")[0])["question"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's and Optimum's exporters warn of their own tracing
        measured = export_nano(grpo, tmp_path / "out", quantisation="none", questions=[question])
    assert measured["logit_error"] < 1e-3
