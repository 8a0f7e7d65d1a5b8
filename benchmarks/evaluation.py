"""What the evaluation's runner costs outside of the generator: at most 2 ms a question.

``python -m benchmarks.evaluation`` asks a generator that only looks its outputs up, over made
problems of one to four steps, and prints the median and mean over the rounds.  Everything else is
inside the figure: reading the question, executing and checking the graph, and writing the row.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from fractions import Fraction
from itertools import islice
from pathlib import Path

from benchmarks.machine import describe
from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.evaluation import Plan, Problem, ProblemSet, evaluate
from tests.evaluation.scripted import ScriptedGenerator


def main() -> None:
    """Print milliseconds a question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(describe())
    made = list(islice(generate(Wanted(), seed=7), options.questions))
    outputs = {problem.question: problem.graph.to_json() for problem in made}
    problems = tuple(
        Problem("made", str(number), problem.question, Fraction(problem.answer))
        for number, problem in enumerate(made)
    )
    sets = [ProblemSet("made", problems, "the problem generator")]
    plan = Plan(generators=(ScriptedGenerator(lambda question, _: outputs[question]),))
    wall, processor = [], []
    for _ in range(options.rounds):
        folder = Path(tempfile.mkdtemp(prefix="dagger-"))
        try:
            started, busy = time.perf_counter(), time.process_time()
            run = evaluate(sets, plan, folder)
            wall.append(1000 * (time.perf_counter() - started) / len(problems))
            processor.append(1000 * (time.process_time() - busy) / len(problems))
        finally:
            shutil.rmtree(folder)
        assert all(record.right for record in run.records)
    for name, figures in (("wall", wall), ("processor", processor)):
        middle, mean = statistics.median(figures), statistics.fmean(figures)
        print(f"{name:<9} median {middle:.2f} ms a question, mean {mean:.2f} ms")


if __name__ == "__main__":
    main()
