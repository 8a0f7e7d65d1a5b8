"""What a run leaves on disk, so that it can be killed at any moment and started again.

``OUT`` becomes the finished checkpoint; ``OUT/run`` holds everything on the way to it::

    run/plan.json       what was asked for: a run is only gone on with by the same plan
    run/lock            held by the process that trains
    run/checkpoint-N/   weights, optimizer and random state after N updates, by transformers
    run/metrics.jsonl   a row of figures an update
    run/metrics.svg     the same drawn
    run/tensorboard/
    run/adapter/        the LoRA adapter at the end
    run/merged.part/    the finished checkpoint while it is written

transformers writes a checkpoint file by file.  When all are there, ``whole.json`` names them with their
sizes: a folder without it, or with other sizes in it, is half written (or half removed), and is not gone
on from.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError
from dagger_tools.rowfile import lock_file

__all__ = ["RunFolder", "metrics_line", "read_metrics", "write_whole"]

_CHECKPOINT = re.compile(r"^checkpoint-(\d+)$")
_WHOLE = "whole.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder ``out`` of one run."""

    out: Path

    @property
    def run(self) -> Path:
        """Everything on the way to the finished checkpoint."""
        return self.out / "run"

    @property
    def metrics(self) -> Path:
        """A row of figures an update."""
        return self.run / "metrics.jsonl"

    @property
    def adapter(self) -> Path:
        """The LoRA adapter at the end."""
        return self.run / "adapter"

    @property
    def part(self) -> Path:
        """The finished checkpoint while it is written."""
        return self.run / "merged.part"

    @property
    def finished(self) -> bool:
        """Whether the checkpoint is there: its configuration is written last."""
        return (self.out / "config.json").exists()

    @contextmanager
    def held(self, plan: Mapping[str, Any]) -> Iterator[None]:
        """Begin the run, or see that what is there is of the same plan; no second process does meanwhile.

        Raises:
            InputError: the folder holds something else, or a run of another plan, or another process
                trains into it.
            OSError: it cannot be written.
        """
        path = self.run / "plan.json"
        if not path.exists() and self.out.exists() and (not self.out.is_dir() or self._foreign()):
            raise InputError(
                f"{self.out} holds something already", hint="give another folder, or remove it"
            )
        self.run.mkdir(parents=True, exist_ok=True)
        with FileIO(self.run / _LOCK, "a") as lock:
            lock_file(lock, self.out)
            if path.exists():
                self._agree(path, json.loads(json.dumps(plan)))
            else:
                write_whole(path, json.dumps(plan, indent=1, ensure_ascii=False) + "\n")
            if self.part.exists():  # as large as the model, and of no use: it is merged again
                shutil.rmtree(self.part)
            yield

    def _agree(self, path: Path, told: dict[str, Any]) -> None:
        try:
            old = json.loads(path.read_text("utf-8"))
        except ValueError:
            old = None
        if not isinstance(old, dict):
            raise InputError(
                f"{path} is no plan of a run", hint="give another folder, or remove this one"
            )
        if changed := [k for k in {**old, **told} if old.get(k) != told.get(k)]:
            names = ", ".join(sorted(changed)).replace("_", " ")
            raise InputError(
                f"{self.out} holds a run with another {names}",
                hint="repeat the run as it was begun, or give another folder",
            )

    def _foreign(self) -> list[Path]:
        """What is there that no run left that was killed before it wrote its plan."""
        ours = ("plan.json.part", _LOCK)
        return [p for p in self.out.iterdir() if p != self.run] + [
            p for p in self.run.glob("*") if p.name not in ours
        ]

    def clean(self) -> int | None:
        """Remove half-written checkpoints and figures after the last whole one; its step, or None."""
        last = self.last_checkpoint()
        for path in self.run.glob("checkpoint-*"):
            if _CHECKPOINT.match(path.name) and not _is_whole(path):
                shutil.rmtree(path)
        step = None if last is None else _step(last)
        if self.metrics.exists():
            rows = read_metrics(self.metrics)
            kept = [metrics_line(row) for row in rows if row["step"] <= (step or 0)]
            write_whole(self.metrics, "".join(kept))
        return step

    def last_checkpoint(self) -> Path | None:
        """The whole checkpoint of the most updates, or None."""
        found = [p for p in self.run.glob("checkpoint-*") if _CHECKPOINT.match(p.name)]
        return max((p for p in found if _is_whole(p)), key=_step, default=None)

    def mark_whole(self, step: int) -> None:
        """Say that every file of the checkpoint is written."""
        folder = self.run / f"checkpoint-{step}"
        # those of DeepSpeed and of sharded models have folders in them
        files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p != folder / _WHOLE]
        sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in files}
        write_whole(folder / _WHOLE, json.dumps(sizes, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write the file, or leave it as it was."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def metrics_line(row: Mapping[str, Any]) -> str:
    """A row of figures as a line of JSON, which has no NaN and no infinity: null stands for them."""
    finite = {
        name: None if isinstance(figure, float) and not math.isfinite(figure) else figure
        for name, figure in row.items()
    }
    return json.dumps(finite, allow_nan=False) + "\n"


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Rows of figures; a last one that was cut off is left out."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            break
        if not isinstance(row, dict) or not isinstance(row.get("step"), int):
            break
        rows.append(row)
    return rows


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _WHOLE).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False
