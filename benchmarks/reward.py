"""Rewards a second on one core: ``python -m benchmarks.reward``.

The completions are graphs of the problem bank in their published shape, as a model writes them (fenced;
a third of them right, a third with another number, a third cut off in the middle).
"""

from __future__ import annotations

import argparse
import time
from itertools import islice

from benchmarks.machine import describe
from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.training.reward import dagger_reward


def main() -> None:
    """Print the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--completions", type=int, default=6000)
    options = parser.parse_args()
    problems = list(islice(generate(Wanted(), seed=1), options.completions // 3))
    cases = []
    for problem in problems:
        text = f"```json\n{problem.graph.to_json()}\n```"
        cases += [
            (text, problem.answer),
            (text, problem.answer + 1),
            (text[: len(text) // 2], problem.answer),
        ]
    started = time.process_time()
    for text, gold in cases:
        dagger_reward(text, gold)
    seconds = time.process_time() - started
    print(describe())
    characters = sum(len(text) for text, _ in cases) / len(cases)
    print(
        f"{len(cases)} completions of {characters:.0f} characters: {len(cases) / seconds:,.0f} a second"
    )


if __name__ == "__main__":
    main()
