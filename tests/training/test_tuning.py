"""Fine-tuning from one end to the other: SFT, GRPO, each killed on the way, and export."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dagger_tools.training.tuning.folder import RunFolder
from tests.checkpoints import make_checkpoint
from tests.training.tuning_data import command, figures, kill_after, resume, run, write_rows

_SFT_STEPS, _GRPO_STEPS = 80, 24


@dataclass(frozen=True)
class Trained:
    """The folders of both runs, and what each was killed after."""

    base: str
    sft: Path
    sft_command: list[str]
    sft_killed: int
    sft_resumed: int
    grpo: Path
    grpo_command: list[str]
    grpo_killed: int
    grpo_resumed: int


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A random checkpoint in the multimodal layout, taught by SFT and then by GRPO, both killed once."""
    folder = tmp_path_factory.mktemp("tuning")
    base = folder / "base"
    make_checkpoint(base, layout="multimodal", spread=0.2)
    data = write_rows(folder)
    shared = ("--epochs", 1000, "--device-batch", 4, "--save-every", 7)
    sft, grpo = folder / "sft", folder / "grpo"
    sft_command = command(
        "train", "sft", base, data[0], sft, *shared, "--batch", 8, "--max-steps", _SFT_STEPS,
        "--learning-rate", 5e-3, "--final-learning-rate", 1e-3,
    )  # fmt: skip
    sft_killed = kill_after(sft_command, RunFolder(sft).metrics, 17)
    sft_resumed = resume(sft_command)
    grpo_command = command(
        "train", "grpo", sft, data[1], grpo, *shared, "--batch", 32, "--max-steps", _GRPO_STEPS,
        "--device-batch", 16, "--learning-rate", 3e-4, "--final-learning-rate", 1e-4,
        "--max-new-tokens", 120, "--flag-weight", 0.1,
    )  # fmt: skip
    grpo_killed = kill_after(grpo_command, RunFolder(grpo).metrics, 9)
    grpo_resumed = resume(grpo_command)
    return Trained(
        str(base), sft, sft_command, sft_killed, sft_resumed,
        grpo, grpo_command, grpo_killed, grpo_resumed,
    )  # fmt: skip


def test_loss_falls_and_reward_rises(trained: Trained) -> None:
    """SFT learns what it is shown, and GRPO wins the half of the answers that SFT left to chance."""
    loss = [row["loss"] for row in figures(RunFolder(trained.sft).metrics)]
    assert loss[-1] < 0.1 * loss[0]
    reward = [row["reward"] for row in figures(RunFolder(trained.grpo).metrics)]
    first, last = sum(reward[:4]) / 4, sum(reward[-4:]) / 4
    assert last > first + 0.15
    assert last > 1.8


def test_killed_runs_do_every_update_once(trained: Trained) -> None:
    """After SIGKILL and a second start, the figures count from the first update to the last."""
    for out, killed, resumed, steps in (
        (trained.sft, trained.sft_killed, trained.sft_resumed, _SFT_STEPS),
        (trained.grpo, trained.grpo_killed, trained.grpo_resumed, _GRPO_STEPS),
    ):
        # gone on from a checkpoint of every seventh update, not begun anew
        assert 7 <= resumed <= killed < steps
        assert resumed % 7 == 0
        folder = RunFolder(out)
        assert [row["step"] for row in figures(folder.metrics)] == list(range(1, steps + 1))
        last = folder.last_checkpoint()
        assert last is not None
        state = json.loads((last / "trainer_state.json").read_text("utf-8"))
        assert state["global_step"] == state["max_steps"] == steps
        assert list((folder.run / "tensorboard").glob("events.*"))
        assert "<svg" in (folder.run / "metrics.svg").read_text("utf-8")


@pytest.mark.parametrize("stage", ["sft", "grpo"])
def test_half_written_checkpoint_is_not_gone_on_from(
    trained: Trained, tmp_path: Path, stage: str
) -> None:
    """What a kill left half is recognised; the one before it is taken, and the same updates follow."""
    done, asked, steps, figure = (
        (trained.sft, trained.sft_command, _SFT_STEPS, "loss")
        if stage == "sft"
        else (trained.grpo, trained.grpo_command, _GRPO_STEPS, "reward")
    )
    out = tmp_path / "run"
    shutil.copytree(done, out)
    (out / "config.json").unlink()  # as if the run had not come to its end
    folder = RunFolder(out)
    last = folder.last_checkpoint()
    assert last is not None
    assert last.name == f"checkpoint-{steps}"
    file = last / "optimizer.pt"
    file.write_bytes(file.read_bytes()[:-100])
    begun = folder.run / "checkpoint-999"
    begun.mkdir()
    (begun / "adapter_model.safetensors").write_bytes(b"")
    resumed = resume([str(out) if part == str(done) else part for part in asked])
    assert 0 < resumed < steps
    assert not begun.exists()
    before, after = figures(RunFolder(done).metrics), figures(folder.metrics)
    assert [row["step"] for row in after] == list(range(1, steps + 1))
    # in the middle of an epoch: the order of the rows and the draws of GRPO go on, too
    assert [row[figure] for row in after] == pytest.approx(
        [row[figure] for row in before], abs=1e-3
    )


def test_merged_checkpoint_is_exported(trained: Trained, tmp_path: Path) -> None:
    """What GRPO leaves is a checkpoint that ``export`` takes, and that answers as it was taught."""
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("{question}\n", "utf-8")
    out = tmp_path / "onnx"
    assert "written" in run(command("export", trained.grpo, out, "--prompt", prompt))
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["graph"] == "optimum"
    assert manifest["parity"]["fp32"]["error"] < 1e-4

    from dagger_tools.generators import Decoding, Refusal, open_generator
    from dagger_tools.text import read_question
    from dagger_tools.training.reward import dagger_reward

    generator = open_generator(f"onnx:{out}")
    (outcome,) = generator.generate(
        [read_question("7 আর 4 কত?")], Decoding(max_new_tokens=120, grammar=False)
    )
    assert not isinstance(outcome, Refusal)
    assert dagger_reward(outcome[0].text, 28) == 2.0


def test_finished_run_is_left_alone(trained: Trained) -> None:
    """Called a third time, the command tells the result and trains nothing."""
    before = (trained.sft / "model.safetensors").stat().st_mtime_ns
    assert f"{_SFT_STEPS} updates" in run(trained.sft_command)
    assert (trained.sft / "model.safetensors").stat().st_mtime_ns == before


def test_adapter_is_a_checkpoint_to_begin_with(trained: Trained, tmp_path: Path) -> None:
    """A run may start from an adapter alone: its base is found, and both end in the weights."""
    out = tmp_path / "more"
    asked = [str(trained.sft / "run" / "adapter") if part == trained.base else part
             for part in trained.sft_command]  # fmt: skip
    asked = [str(out) if part == str(trained.sft) else part for part in asked]
    run([*asked, "--max-steps", "1"])
    (row,) = figures(RunFolder(out).metrics)
    assert row["loss"] < 0.2 * figures(RunFolder(trained.sft).metrics)[0]["loss"]
    assert (out / "model.safetensors").exists()
