"""Check bank files: read them, realise every question many times, print what does not fit.

``python -m dagger_tools.corpus.check [FILE ...]`` exits 1 if anything is wrong.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

from dagger_tools.corpus.bank import load_bank, load_lexicon
from dagger_tools.corpus.realise import realise
from dagger_tools.errors import DaggerError
from dagger_tools.graph import Graph, execute
from dagger_tools.text import read_question

__all__ = ["main"]

_TRIES = 12


def main(paths: list[str]) -> int:
    """Check the files (all shipped ones if none is named); return the exit code."""
    rng = random.Random(0)
    lexicon = load_lexicon()
    faults: list[str] = []
    samples: list[str] = []
    operations: Counter[int] = Counter()
    stories = load_bank([Path(path) for path in paths] or None)
    for story in stories:
        for index, ask in enumerate(story.asks, start=1):
            name = f"{story.place} {story.name}/{index}"
            try:
                problems = [realise(story, ask, lexicon, rng) for _ in range(_TRIES)]
            except DaggerError as error:
                faults.append(str(error))
                continue
            if None in problems:
                faults.append(f"{name}: no fitting numbers within the draws allowed")
            for problem in problems:
                if problem is None:
                    continue
                numbers = read_question(problem.question).numbers
                graph = Graph.from_compact(problem.compact, numbers)
                if execute(graph).value != problem.answer:
                    faults.append(f"{name}: the graph gives another answer: {problem.question}")
                    break
            if problem := problems[0]:
                operations[problem.compact.count(";") - problem.compact.startswith("!") + 1] += 1
                samples.append(f"{problem.question}\n    {problem.compact} = {problem.answer}")
    print("\n".join(rng.sample(samples, min(10, len(samples)))))
    print("\n".join(faults))
    asks = sum(len(story.asks) for story in stories)
    print(f"{len(stories)} stories, {asks} questions, by steps {dict(sorted(operations.items()))}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
