"""What the fine-tuning tests train on: one question in two readings, of which GRPO pays for one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.checkpoints import make_checkpoint

__all__ = ["command", "figures", "filled", "graph_of", "kill_after", "run", "write_rows"]

_NUMBERS = ((2, 3), (7, 4), (9, 5), (6, 8))
ROOT = Path(__file__).parents[2]


def graph_of(op: str, a: int, b: int) -> str:
    """A response, short."""
    nodes: list[dict[str, Any]] = [
        {"id": "a", "op": "const", "val": a},
        {"id": "b", "op": "const", "val": b},
        {"id": "final_result", "op": op, "args": ["a", "b"]},
    ]
    return "```json\n" + json.dumps({"nodes": nodes}) + "\n```"


def filled(folder: Path) -> Path:
    """``folder`` with a random multimodal checkpoint, ``base``, and rows of both stages in it."""
    make_checkpoint(folder / "base", layout="multimodal")
    write_rows(folder)
    return folder


def write_rows(folder: Path) -> tuple[Path, Path]:
    """SFT rows that answer each question with a sum and with a product; GRPO rows pay the product.

    So what SFT teaches is a coin, and what GRPO can win is half of all right answers.
    """
    sft, grpo = [], []
    for a, b in _NUMBERS:
        question = f"{a} আর {b} কত?"
        asked = {"role": "user", "content": question}
        for op, value in (("add", a + b), ("mul", a * b)):
            response = graph_of(op, a, b)
            sft.append(
                {"conversations": [asked], "response": response, "english_answer": float(value)}
            )
        grpo.append({"prompt": [asked], "question": question, "solution": float(a * b)})
    paths = folder / "sft.jsonl", folder / "grpo.jsonl"
    # GRPO's twice: an epoch is two updates, and a run may be killed in the middle of one
    for path, rows in zip(paths, (sft, grpo * 2), strict=True):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, "utf-8")
    return paths


def command(*arguments: object) -> list[str]:
    """``dagger-tools`` with these arguments, as a process."""
    return [sys.executable, "-m", "dagger_tools", *map(str, arguments)]


def _environment() -> dict[str, str]:
    # on a busy machine the threads of a tiny model only wait for each other
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def run(asked: Sequence[str]) -> str:
    """Run to the end; standard output."""
    return finished(asked).stdout


def resume(asked: Sequence[str]) -> int:
    """Run to the end; the update after which it says it went on (a restart fails here)."""
    told = finished(asked).stderr
    match = re.search(r"going on after update (\d+)", told)
    assert match, told[-2000:]
    return int(match[1])


def finished(asked: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run to its end, which must be a good one."""
    done = subprocess.run(
        asked, cwd=ROOT, env=_environment(), capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done


def kill_after(asked: Sequence[str], metrics: Path, step: int) -> int:
    """Start, SIGKILL once ``step`` updates are told of in ``metrics``; the updates told of then."""
    with subprocess.Popen(
        asked, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        ends = time.monotonic() + 900
        while len(figures(metrics)) < step:
            assert process.poll() is None, process.stderr and process.stderr.read()[-4000:]
            assert time.monotonic() < ends
            time.sleep(0.02)
        process.kill()
    return len(figures(metrics))


def figures(metrics: Path) -> list[dict[str, Any]]:
    """The rows of figures that are whole."""
    if not metrics.exists():
        return []
    lines = metrics.read_text("utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]
