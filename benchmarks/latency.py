"""How long an answer takes: warm in one process, and from a cold process through the command line.

``python -m benchmarks.latency`` prints medians, and beside them what the same machine takes for
the parts: the model alone, everything else, and a bare Python start (the peer of the cold figure).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.machine import describe
from dagger_tools import Solver
from dagger_tools.generators import open_generator
from dagger_tools.text import read_question

QUESTIONS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?",
    "রিনার ৩৬টি লিচু ছিল। সে ৬ জন বন্ধুকে সমান ভাগে ভাগ করে দিল। তার বয়স ৯ বছর। প্রত্যেকে কয়টি লিচু পেল?",
    "একটি বাসে ৪৮ জন যাত্রী ছিল। প্রথম স্টপে ১২ জন নামল আর ৭ জন উঠল। এখন বাসে কতজন যাত্রী আছে?",
    "দোকানে ২৪০টি খাতা ছিল। শনিবার ৭৫টি এবং রবিবার ৪৮টি বিক্রি হয়েছে। দোকানে ৩ জন কর্মচারী। কতটি খাতা বাকি আছে?",
)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--cold", type=int, default=7, help="cold starts to time")
    options = parser.parse_args()
    print(describe())
    read = [read_question(text) for text in QUESTIONS]
    generator = open_generator("nano")
    with Solver([generator]) as solver:
        warm = _times(lambda i: solver.solve(QUESTIONS[i % 4]), options.rounds * 4)
        model = _times(lambda i: generator.generate([read[i % 4]]), options.rounds * 4)
    _show("warm solve", warm)
    _show("  of it the model", model)
    command = [shutil.which("dagger-tools") or sys.exit("dagger-tools is not on PATH")]
    _show(
        "cold dagger-tools solve",
        _times(lambda i: _run([*command, "solve", QUESTIONS[0]]), options.cold),
    )
    _show(
        "  bare python -c pass",
        _times(lambda i: _run([sys.executable, "-c", "pass"]), options.cold),
    )
    check = "import sys, dagger_tools; print(sorted({'torch', 'transformers', 'optimum'} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True
    )
    print(f"heavy modules after 'import dagger_tools': {loaded.stdout.strip()}")


def _times(work: Callable[[int], object], rounds: int) -> list[float]:
    work(0)
    seconds = []
    for i in range(rounds):
        started = time.perf_counter()
        work(i)
        seconds.append(time.perf_counter() - started)
    return seconds


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _show(name: str, seconds: list[float]) -> None:
    seconds.sort()
    tail = seconds[int(len(seconds) * 0.95)]
    print(
        f"{name:<26} median {statistics.median(seconds) * 1e3:8.1f} ms   p95 {tail * 1e3:8.1f} ms"
    )


if __name__ == "__main__":
    main()
