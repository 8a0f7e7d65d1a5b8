"""What a run is asked to do: published defaults, batches on any number of devices, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main
from dagger_tools.errors import InputError
from dagger_tools.training.tuning.folder import RunFolder
from dagger_tools.training.tuning.plan import GrpoPlan, SftPlan
from dagger_tools.training.tuning.trainers import total_steps
from tests.training.tuning_data import filled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint, and rows of both stages."""
    return filled(tmp_path_factory.mktemp("plan"))


def test_defaults_are_the_published_ones() -> None:
    """LoRA, batches, epochs, generations, sampling, loss and clipping."""
    sft, grpo = SftPlan(), GrpoPlan()
    assert sft.lora is not None
    assert (sft.lora.rank, sft.lora.alpha, len(sft.lora.projections)) == (64, 128, 7)
    assert (sft.batch, sft.epochs, grpo.batch, grpo.epochs) == (256, 4, 32, 4)
    assert (sft.learning_rate, sft.final_learning_rate) == (1e-5, 1e-6)
    assert (grpo.generations, grpo.temperature, grpo.top_p, grpo.top_k) == (8, 1.0, 0.95, 64)
    assert (grpo.loss, grpo.beta, grpo.epsilon, grpo.epsilon_high) == ("bnpo", 0.0, 0.2, 0.28)
    assert grpo.mask_truncated
    assert grpo.flag_weight == 0.0


@pytest.mark.parametrize("devices", [1, 2, 4, 8, 64])
@pytest.mark.parametrize("device_batch", [1, 3, 4, 1000])
def test_the_global_batch_is_the_same_on_any_devices(devices: int, device_batch: int) -> None:
    """No device holds more than it may, and the product is the batch."""
    shared = SftPlan(device_batch=device_batch).batches(devices)
    assert shared.devices * shared.device_batch * shared.accumulation == 256
    assert shared.device_batch <= device_batch


def test_updates_are_counted() -> None:
    """SFT takes a last smaller batch, GRPO does not; ``max_steps`` ends both."""
    assert total_steps(SftPlan(), 257) == 8
    assert total_steps(SftPlan(max_steps=5), 257) == 5
    assert total_steps(GrpoPlan(), 11) == 8
    with pytest.raises(InputError, match="do not fill"):
        total_steps(GrpoPlan(), 3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["sft", "--batch", "0"], "batch is 0"),
        (["sft", "--learning-rate", "1e-9"], "learning rate"),
        (["grpo", "--batch", "12"], "whole groups of 8"),
        (["grpo", "--generations", "1"], "group of one"),
        (["grpo", "--flag-weight", "-1"], "flag_weight is -1.0"),
        (["grpo", "--flag-weight", "nan"], "flag_weight is nan"),
        (["grpo", "--temperature", "0"], "temperature is 0.0"),
        (["grpo", "--temperature", "inf"], "temperature is inf"),
        (["grpo", "--max-new-tokens", "0"], "max_new_tokens is 0"),
        (["grpo", "--max-prompt", "-1"], "max_prompt is -1"),
        (["sft", "--max-length", "0"], "max_length is 0"),
        (["sft", "--max-steps", "0"], "max_steps is 0"),
        (["grpo", "--max-steps", "-1"], "max_steps is -1"),
        (["sft", "--rank", "0"], "rank is 0"),
        (["sft", "--alpha", "-2"], "alpha is -2"),
        (["sft", "--seed", "-1"], "seed is -1"),
        (["sft", "--seed", "4294967296"], "seed is 4294967296"),
        (["sft", "--learning-rate", "inf"], "learning rate"),
        (["sft", "--full", "--rank", "4"], "no adapter"),
        (["grpo", "--prompt", "no.txt"], "cannot read the prompt"),
        (["sft", "--max-length", "3"], "over 3 tokens"),
        (["sft", "--prompt", "family"], "column 'question' is missing"),
    ],
)
def test_bad_wishes_are_bad_usage(folder: Path, options: list[str], told: str) -> None:
    """Each is told before anything is loaded, and nothing is written."""
    stage, *rest = options
    data, out = folder / f"{stage}.jsonl", folder / "out"
    asked = ["train", stage, str(folder / "base"), str(data), str(out), *rest]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 2
    assert told in result.stderr
    assert not out.exists()


def test_a_batch_that_devices_cannot_share_is_refused() -> None:
    """Three devices and 32 completions."""
    with pytest.raises(InputError, match="3 devices"):
        GrpoPlan().batches(3)


def test_dry_run_tells_and_writes_nothing(folder: Path) -> None:
    """Plan, updates, memory, and the first row as the model sees it, with one ``<bos>``."""
    out = folder / "out"
    asked = ["train", "sft", str(folder / "base"), str(folder / "sft.jsonl"), str(out), "--dry-run"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    assert "batch: 256" in result.stdout
    assert "rows: 8 (0 left out)" in result.stdout
    assert "4 updates of 256: 1 devices x 4 at a time x 64 times" in result.stdout
    assert "memory on a device, estimated" in result.stdout
    assert result.stdout.count("<bos>") == 1
    assert '"op": "add"' in result.stdout
    assert result.stdout.rstrip().endswith("<end_of_turn>")
    assert not out.exists()


def test_family_prompt_is_what_generators_ask(folder: Path) -> None:
    """With ``--prompt family`` the question stands in the prompt of the checkpoint's family."""
    asked = ["train", "grpo", str(folder / "base"), str(folder / "grpo.jsonl"), str(folder / "out")]
    result = CliRunner().invoke(main, [*asked, "--dry-run", "--prompt", "family"])
    assert result.exit_code == 0, result.output
    assert "answer it with a computational graph" in result.stdout
    assert "Question: 2 আর 3 কত?<end_of_turn>" in result.stdout


def test_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    """Another plan does not go on in it, and what no run made is not touched."""
    run = RunFolder(tmp_path / "run")
    plan: dict[str, Any] = {"stage": "sft", "lora": {"projections": ("q_proj",)}, "seed": 1}
    for _ in range(2):
        with run.held(plan):
            pass
    with pytest.raises(InputError, match="another seed"), run.held({**plan, "seed": 2}):
        pass
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", "utf-8")
    mine = RunFolder(tmp_path / "mine")
    with pytest.raises(InputError, match="holds something already"), mine.held(plan):
        pass
    assert [p.name for p in mine.out.iterdir()] == ["notes.txt"]


def test_figures_after_the_last_whole_checkpoint_are_done_again(tmp_path: Path) -> None:
    """They, and a line that a kill cut off, are taken back; a half-removed checkpoint is not whole."""
    run = RunFolder(tmp_path)
    with run.held({"stage": "sft"}):
        pass
    for step in (2, 4, 6):
        folder = run.run / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "optimizer.pt").write_bytes(b"state")
        if step < 6:
            run.mark_whole(step)
    (run.run / "checkpoint-2" / "optimizer.pt").unlink()
    lines = [json.dumps({"step": step, "loss": 1.0}) for step in range(1, 7)]
    run.metrics.write_text("\n".join(lines) + '\n{"step": 7, "lo', "utf-8")
    assert run.clean() == 4
    assert [p.name for p in run.run.glob("checkpoint-*")] == ["checkpoint-4"]
    assert len(run.metrics.read_text("utf-8").splitlines()) == 4
