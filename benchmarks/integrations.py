"""What a host's tool adds to ``Solver.solve``: in time per call, on the same questions.

``python -m benchmarks.integrations`` wants both distributions of ``integrations/`` installed (the
environment ``.venv-test-together`` of ``scripts/test-integrations`` has them).  Each round calls
``solve`` and every tool once, in an order that turns, so that a busy machine slows all alike; the
overhead of a tool is the median of its differences within the rounds.  The solver is a scripted one
that answers at once (the differences stay visible), and then the embedded model (what users feel).
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event

from langchain_core.messages import ToolCall
from langchain_dagger import DaggerMathTool, DaggerRouter
from llama_index.tools.dagger import DaggerQueryEngine, DaggerToolSpec

from benchmarks.machine import describe
from dagger_tools import Solver
from dagger_tools.generators import GREEDY, Calibration, Candidate, Decoding, Refusal
from dagger_tools.schema import TOOL_NAME, answer_call
from dagger_tools.text import Question

PENS = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)


class AtOnce:
    """A generator that knows the answer: what is left of the time is everything but the model."""

    address = "at-once"
    calibration = Calibration(5.0, {})

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        """The graph of the one question."""
        return [(Candidate("n1*n2", "compact", self.address, 3, 0.0),) for _ in questions]

    def close(self) -> None:
        """Nothing is open."""


def roads(solver: Solver) -> dict[str, Callable[[], object]]:
    """Each way to the answer; the first is the bare one."""
    tool = DaggerMathTool(solver=solver)
    call = ToolCall(name=TOOL_NAME, args={"question": PENS}, id="1", type="tool_call")
    router = DaggerRouter(lambda value: value, tool=tool)
    (function_tool,) = DaggerToolSpec(solver).to_tool_list()
    engine = DaggerQueryEngine(solver=solver)
    loop = asyncio.new_event_loop()
    return {
        "Solver.solve": lambda: solver.solve(PENS),
        "answer_call": lambda: answer_call({"question": PENS}, solver=solver),
        "LangChain tool": lambda: tool.invoke(call),
        "LangChain tool, async": lambda: loop.run_until_complete(tool.ainvoke(call)),
        "LangChain router": lambda: router.invoke(PENS),
        "LlamaIndex tool": lambda: function_tool(question=PENS),
        "LlamaIndex tool, async": lambda: loop.run_until_complete(
            function_tool.acall(question=PENS)
        ),
        "LlamaIndex query engine": lambda: engine.query(PENS),
    }


def measure(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each way, round by round."""
    names = list(ways)
    for name in names:
        ways[name]()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        turn = i % len(names)
        for name in names[turn:] + names[:turn]:
            started = time.perf_counter()
            ways[name]()
            seconds[name].append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    options = parser.parse_args()
    print(describe())
    for title, solver in (("scripted, at once", Solver([AtOnce()])), ("embedded model", Solver())):
        seconds = measure(roads(solver), options.rounds)
        bare = seconds["Solver.solve"]
        print(f"\n{title}: medians of {options.rounds} rounds, ms")
        for name, own in seconds.items():
            added = sorted((a - b) * 1e3 for a, b in zip(own, bare, strict=True))
            low, high = added[len(added) // 4], added[len(added) * 3 // 4]
            print(
                f"{name:<26} {statistics.median(own) * 1e3:7.2f}   "
                f"added {statistics.median(added):+6.2f}  (half of the rounds {low:+.2f} to {high:+.2f})"
            )


if __name__ == "__main__":
    main()
