"""Accuracy of a generator on the public dev sets.

``python -m benchmarks.accuracy --data DIR`` reads ``msvamp_bn_dev.jsonl`` and ``mgsm_bn_dev.jsonl``
from DIR, prints a table, and never trains on them.  "right" counts every value that equals the gold
answer (relative tolerance 1e-6), whatever the status; "answered" only those given without "unsure".
With ``--distracted`` each row is also asked with one more sentence, of a family that training never
drew, and the same rows are compared.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from dagger_tools import Answer, Solver
from dagger_tools.corpus.augment import Augmenter
from dagger_tools.corpus.distract import KINDS

SETS = ("msvamp_bn_dev", "mgsm_bn_dev")


@dataclass(frozen=True)
class Result:
    """One row of a set, with what became of it."""

    row: dict[str, Any]
    answer: Answer

    @property
    def right(self) -> bool:
        """Whether the value is the gold answer."""
        value = self.answer.value
        return value is not None and math.isclose(value, self.row["answer"], rel_tol=1e-6)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--generator", default="nano")
    parser.add_argument("--distracted", action="store_true", help="and the drop under distractors")
    parser.add_argument("--errors", type=int, default=0, help="print so many wrong answers")
    options = parser.parse_args()
    print(describe())
    with Solver([options.generator]) as solver:
        for name in SETS:
            rows = [json.loads(line) for line in (options.data / f"{name}.jsonl").open("rb")]
            answers = solver.solve_many(str(row["question"]) for row in rows)
            results = [Result(row, answer) for row, answer in zip(rows, answers, strict=True)]
            undamaged = [r for r in results if not r.row.get("damaged")]
            print(f"\n{name}: {len(rows)} rows, {len(undamaged)} undamaged")
            for line in _lines(undamaged):
                print("  " + line)
            if options.distracted:
                for line in _drops(undamaged, solver):
                    print("  " + line)
            for result in [r for r in undamaged if not r.right][: options.errors]:
                graph = result.answer.graph
                print(f"  - {result.row['question']}\n    gold {result.row['answer']}: "
                      f"{graph.compact() if graph else result.answer.reason}")  # fmt: skip


def _lines(results: list[Result]) -> Iterator[str]:
    count = len(results)
    right = sum(r.right for r in results)
    answered = [r for r in results if r.answer.status == "answered"]
    yield f"right                {right}/{count} = {right / count:.1%}"
    if answered:
        good = sum(r.right for r in answered)
        share = f"{good} = {good / len(answered):.1%}"
        yield f"answered             {len(answered)}/{count}, of them right {share}"
    yield f"calibration error    {_calibration_error(results):.3f} (ten bins of equal width)"
    yield f"statuses             {dict(Counter(r.answer.status for r in results))}"
    tokens = sorted(r.answer.output_tokens for r in results)
    yield f"output tokens        median {tokens[count // 2]}"
    if any("unused" in r.row for r in results):
        yield _distractors([r for r in results if r.row.get("unused") or r.row.get("used")])


def _drops(results: list[Result], solver: Solver) -> Iterator[str]:
    """For each kind of distractor: accuracy of the rows that take one, without it and with it."""
    augmenter = Augmenter(kinds=KINDS, unseen=True)
    harder = [
        (number, row["augmentation_type"], row["modified_question"])
        for number, result in enumerate(results)
        for row in augmenter.rows(number, {"question": result.row["question"]})
        if "error" not in row
    ]
    answers = solver.solve_many(question for _, _, question in harder)
    pairs = [
        (kind, results[number].right, Result(results[number].row, answer).right)
        for (number, kind, _), answer in zip(harder, answers, strict=True)
    ]
    for kind in (*(k.upper() for k in KINDS), "all"):
        own = [(before, after) for k, before, after in pairs if kind in (k, "all")]
        if own:
            before, after = (sum(side) / len(own) for side in zip(*own, strict=True))
            yield (
                f"with a distractor    {kind:<4} {after:.1%}, without {before:.1%} "
                f"(drop {100 * (before - after):+.1f} points, {len(own)} rows)"
            )


def _calibration_error(results: list[Result]) -> float:
    """Expected calibration error (Naeini et al., 2015) over rows that got a value."""
    valued = [r for r in results if r.answer.value is not None]
    error = 0.0
    for low in range(10):
        inside = [r for r in valued if low <= min(9, int(r.answer.confidence * 10)) < low + 1]
        if inside:
            sure = sum(r.answer.confidence for r in inside) / len(inside)
            good = sum(r.right for r in inside) / len(inside)
            error += len(inside) / len(valued) * abs(sure - good)
    return error


def _distractors(results: list[Result]) -> str:
    flagged = gold = both = 0
    for result in results:
        wanted = Counter(float(v) for v in result.row["unused"])
        found = Counter(float(n.value) for n in result.answer.numbers if n.role == "distractor")
        both += sum((wanted & found).values())
        flagged += sum(found.values())
        gold += sum(wanted.values())
    precision, recall = both / max(1, flagged), both / max(1, gold)
    return f"distractors          precision {precision:.1%}, recall {recall:.1%} of {gold}"


if __name__ == "__main__":
    main()
