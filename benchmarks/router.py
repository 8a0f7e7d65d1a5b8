"""The router on a labelled set: precision, recall, a table by kind, and its speed.

``python -m benchmarks.router FILE.jsonl`` reads rows ``{"text", "math", "kind"}``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import describe
from dagger_tools.errors import InputError
from dagger_tools.router import route
from dagger_tools.text import read_question


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    print(describe())
    rows = [json.loads(line) for line in options.file.open("rb")]
    verdicts = [judged(str(row["text"])) for row in rows]
    outcomes = Counter(
        (bool(row["math"]), verdict) for row, verdict in zip(rows, verdicts, strict=True)
    )
    right, false, missed = outcomes[True, True], outcomes[False, True], outcomes[True, False]
    precision, recall = right / (right + false), right / (right + missed)
    print(f"precision {precision:.3f}   recall {recall:.3f}   ", end="")
    print(f"F1 {2 * precision * recall / (precision + recall):.3f}   rows {len(rows)}")
    kinds = Counter((bool(row["math"]), str(row["kind"])) for row in rows)
    taken = Counter(
        (bool(row["math"]), str(row["kind"]))
        for row, verdict in zip(rows, verdicts, strict=True)
        if verdict
    )
    for (math, kind), count in sorted(kinds.items(), reverse=True):
        share = taken[math, kind] / count
        print(f"  {'question' if math else 'other':<9} {kind:<26} taken {share:6.1%} of {count}")
    text = next(str(row["text"]) for row in rows if len(row["text"]) >= 200)[:200]
    question = read_question(text)
    print(f"200 characters: read {speed(lambda: read_question(text)):.0f} us, ", end="")
    print(f"route {speed(lambda: route(question)):.0f} us (medians)")


def judged(text: str) -> bool:
    """The router's verdict; a text that is too long or empty is no question."""
    try:
        return route(read_question(text)).math
    except InputError:
        return False


def speed(work: Callable[[], object], rounds: int = 500) -> float:
    """Median microseconds of a call."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e6


if __name__ == "__main__":
    main()
