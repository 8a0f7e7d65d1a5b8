"""What a run leaves on disk, so that it can be killed at any moment and started again.

``OUT`` becomes the finished checkpoint; ``OUT/run`` holds everything on the way to it::

    run/plan.json       what was asked for: a run is only gone on with by the same plan
    run/checkpoint-N/   weights, optimizer and random state after N updates, by transformers
    run/metrics.jsonl   a row of figures an update
    run/metrics.svg     the same drawn
    run/tensorboard/
    run/adapter/        the LoRA adapter at the end

transformers writes a checkpoint file by file.  When all are there, ``whole.json`` names them with their
sizes: a folder without it, or with other sizes in it, is half written (or half removed), and is not gone
on from.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError

__all__ = ["RunFolder"]

_CHECKPOINT = re.compile(r"^checkpoint-(\d+)$")
_WHOLE = "whole.json"


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
    def finished(self) -> bool:
        """Whether the checkpoint is there: its configuration is written last."""
        return (self.out / "config.json").exists()

    def open(self, plan: Mapping[str, Any]) -> None:
        """Begin the run, or see that what is there is of the same plan.

        Raises:
            InputError: the folder holds something else, or a run of another plan.
        """
        path = self.run / "plan.json"
        if path.exists():
            try:
                old = json.loads(path.read_text("utf-8"))
            except ValueError:
                old = {}
            told = json.loads(json.dumps(plan))
            if changed := [k for k in {**old, **told} if old.get(k) != told.get(k)]:
                raise InputError(
                    f"{self.out} holds a run with another {', '.join(sorted(changed))}",
                    hint="repeat the run as it was begun, or give another folder",
                )
            return
        if self.out.exists() and (not self.out.is_dir() or any(self._foreign())):
            raise InputError(
                f"{self.out} holds something already", hint="give another folder, or remove it"
            )
        self.run.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(plan, indent=1, ensure_ascii=False) + "\n")

    def _foreign(self) -> list[Path]:
        """What is there that no run left that was killed before it wrote its plan."""
        return [p for p in self.out.iterdir() if p != self.run] + [
            p for p in self.run.glob("*") if p.name != "plan.json.part"
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
            kept = [json.dumps(row) + "\n" for row in rows if row["step"] <= (step or 0)]
            write_whole(self.metrics, "".join(kept))
        return step

    def last_checkpoint(self) -> Path | None:
        """The whole checkpoint of the most updates, or None."""
        found = [p for p in self.run.glob("checkpoint-*") if _CHECKPOINT.match(p.name)]
        return max((p for p in found if _is_whole(p)), key=_step, default=None)

    def mark_whole(self, step: int) -> None:
        """Say that every file of the checkpoint is written."""
        folder = self.run / f"checkpoint-{step}"
        sizes = {p.name: p.stat().st_size for p in sorted(folder.iterdir()) if p.name != _WHOLE}
        write_whole(folder / _WHOLE, json.dumps(sizes, indent=1))


def write_whole(path: Path, text: str) -> None:
    """Write the file, or leave it as it was."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Rows of figures; a last one that was cut off is left out."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
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
