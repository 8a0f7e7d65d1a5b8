"""What a run does to its folder: who may go on in it, what is left of a kill, a disk that is full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dagger_tools.errors import InputError
from dagger_tools.training.tuning import LoraPlan, Prepared, SftPlan, prepare, tune
from dagger_tools.training.tuning.folder import RunFolder, read_metrics
from dagger_tools.training.tuning.plots import draw_metrics
from dagger_tools.training.tuning.reports import Reports
from tests.checkpoints import make_checkpoint
from tests.training.tuning_data import ROOT, filled, write_rows

PLAN: dict[str, Any] = {"stage": "sft", "seed": 1}
_HOLD = """
import sys
from pathlib import Path
from dagger_tools.training.tuning.folder import RunFolder
with RunFolder(Path(sys.argv[1])).held({"stage": "sft", "seed": 1}):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint, and rows of both stages."""
    return filled(tmp_path_factory.mktemp("run"))


def asked(folder: Path, **wishes: Any) -> Prepared:
    """SFT of two updates with a small adapter."""
    plan = SftPlan(
        batch=4,
        max_steps=2,
        save_every=1,
        lora=LoraPlan(rank=2, alpha=4),
        dtype="float32",
        **wishes,
    )
    return prepare(str(folder / "base"), str(folder / "sft.jsonl"), plan)


def strict(text: str) -> Any:
    """JSON as its standard has it."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, every write beyond ``size`` bytes of a file fails."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_the_run_goes_on_later(folder: Path, tmp_path: Path) -> None:
    """Whether PyTorch or safetensors fails to write: one clear error, no bar left running, no update lost."""
    out = tmp_path / "out"
    prepared = asked(folder)
    told: list[str] = []
    running = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TRL, PEFT and datasets warn of each other
        # the optimizer does not fit; then it does, and the merged weights do not
        for size in (60_000, 300_000):
            with files_of_at_most(size), pytest.raises(InputError, match="cannot write") as caught:
                tune(prepared, out)
            assert caught.value.hint
            for thread in set(threading.enumerate()) - running:
                if (
                    type(thread).__name__ == "_RefreshThread"
                ):  # rich's, which ends by itself once stopped
                    thread.join(timeout=10)
                    assert not thread.is_alive()
        assert (out / "run" / "merged.part").exists()
        done = tune(prepared, out, tell=told.append)
    assert told == ["going on after update 2"]
    assert done.steps == 2
    assert not (out / "run" / "merged.part").exists()
    assert [
        strict(line)["step"] for line in RunFolder(out).metrics.read_text("utf-8").split("\n")[:-1]
    ] == [1, 2]


def test_a_folder_that_cannot_be_made_is_an_error(folder: Path, tmp_path: Path) -> None:
    """A file stands where the folder of the run should lie in."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InputError, match="cannot write") as caught:
        tune(asked(folder), tmp_path / "file" / "out")
    assert caught.value.hint


def test_two_processes_do_not_train_into_one_folder(tmp_path: Path) -> None:
    """The second one is told at once; when the first was killed the folder is free again."""
    out = tmp_path / "out"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(out)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another run is writing"), RunFolder(out).held(PLAN):
            pass
        first.kill()
    with RunFolder(out).held(PLAN):
        pass


def changed_prompt(folder: Path) -> None:
    """Another text in the same file."""
    (folder / "prompt.txt").write_text("Solve: {question}", "utf-8")


def changed_weights(folder: Path) -> None:
    """The same file, written anew."""
    os.utime(folder / "base" / "model.safetensors", ns=(1, 1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (changed_prompt, "another prompts and responses"),
        (changed_weights, "another checkpoint files"),
    ],
)
def test_what_changed_behind_a_path_is_refused(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    """A run is not gone on with when its prompt file or its checkpoint is not what it was."""
    make_checkpoint(tmp_path / "base", layout="multimodal")
    data = write_rows(tmp_path)[0]
    rows = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    for row in rows:
        row["question"] = row["conversations"][0]["content"]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("{question}", "utf-8")
    run = RunFolder(tmp_path / "out")
    for _ in range(2):
        with run.held(asked(tmp_path, prompt=str(prompt)).fingerprint):
            pass
    change(tmp_path)
    now = asked(tmp_path, prompt=str(prompt)).fingerprint
    with pytest.raises(InputError, match=told), run.held(now):
        pass


def test_a_checkpoint_is_known_by_where_it_lies(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One path told in two ways is one checkpoint; one relative path in two places is not."""
    plan = SftPlan()
    monkeypatch.chdir(folder)
    here = prepare("base", "sft.jsonl", plan).fingerprint
    assert here == prepare(str(folder / "base"), "sft.jsonl", plan).fingerprint
    make_checkpoint(tmp_path / "base", layout="multimodal")
    monkeypatch.chdir(tmp_path)
    there = prepare("base", str(folder / "sft.jsonl"), plan).fingerprint
    assert there["checkpoint"] != here["checkpoint"]


@pytest.mark.parametrize("text", ["[]", "3", "null", '{"stage": "sft"', "\xff"])
def test_a_plan_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    """A file of this name that no run wrote."""
    path = tmp_path / "run" / "plan.json"
    path.parent.mkdir()
    path.write_text(text, "latin-1")
    with pytest.raises(InputError, match="is no plan of a run"), RunFolder(tmp_path).held(PLAN):
        pass


def test_half_a_finished_checkpoint_is_removed(tmp_path: Path) -> None:
    """It is as large as the model; a kill while it was written left it."""
    run = RunFolder(tmp_path / "out")
    with run.held(PLAN):
        run.part.mkdir()
        (run.part / "model.safetensors").write_bytes(b"half")
    with run.held(PLAN):
        assert not run.part.exists()


def test_files_in_folders_of_a_checkpoint_count(tmp_path: Path) -> None:
    """DeepSpeed writes some: a checkpoint is not whole without them."""
    run = RunFolder(tmp_path)
    inner = run.run / "checkpoint-2" / "global_step2"
    inner.mkdir(parents=True)
    (inner / "state.pt").write_bytes(b"state")
    run.mark_whole(2)
    assert run.last_checkpoint() is not None
    (inner / "state.pt").write_bytes(b"sta")
    assert run.last_checkpoint() is None


def test_figures_are_json_though_a_loss_is_not_finite(tmp_path: Path) -> None:
    """NaN and infinity are null; they leave a gap in the drawing."""
    from transformers import TrainerState

    run = RunFolder(tmp_path)
    with run.held(PLAN):
        reports = Reports(run, "train")
        for step, loss in enumerate((1.0, float("nan"), float("inf"), 0.5), start=1):
            state = TrainerState(global_step=step, is_world_process_zero=True)
            reports.on_log(None, state, None, logs={"loss": loss})
    lines = run.metrics.read_text("utf-8").splitlines()
    assert [strict(line)["loss"] for line in lines] == [1.0, None, None, 0.5]
    drawn = draw_metrics(read_metrics(run.metrics))
    assert drawn is not None
    assert "<svg" in drawn
