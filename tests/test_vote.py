"""Several candidates of one question: executed, checked, voted; and one more attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from threading import Event

import pytest

from dagger_tools import Solver
from dagger_tools.errors import CancelledError
from dagger_tools.generators import GREEDY, Calibration, Candidate, Decoding, Refusal
from dagger_tools.generators.sampling import stop_if
from dagger_tools.text import Question

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"


class Several:
    """A generator that writes the texts it is told to, one a sample, and mends with another."""

    address = "several"

    def __init__(self, *texts: str, mend: str | None = None, likely: float = -0.1) -> None:
        self.texts, self.mend, self.likely = texts, mend, likely
        self.faults: list[str] = []
        self.asked: list[Decoding] = []
        self.calibration = Calibration(3.0, {"log_probability": 1.0, "failed_distractors": -3.0})

    def _candidate(self, text: str) -> Candidate:
        return Candidate(text, "compact", self.address, 7, 0.01, self.likely, self.likely)

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        self.asked.append(decoding)
        return [tuple(self._candidate(text) for text in self.texts) for _ in questions]

    def repair(self, question: Question, candidate: Candidate, fault: str) -> Candidate | Refusal:
        self.faults.append(fault)
        return self._candidate(self.mend) if self.mend else Refusal("cannot", self.address)

    def close(self) -> None:
        """Nothing is open."""


def test_the_value_with_most_votes_wins() -> None:
    """Graphs that are written differently but give one value vote together."""
    answer = Solver([Several("n1 + n2", "n1 * n2", "n2 * n1")]).solve(PENS)
    assert answer.value == 500
    assert answer.confidence == pytest.approx(2 / 3)
    assert answer.attempts[0].candidates == 3
    assert answer.output_tokens == 21


def test_a_failed_check_weighs_a_vote_down() -> None:
    """Two graphs that contradict their own flags lose against one that does not."""
    answer = Solver([Several("!n1; n1 + n2", "!n1; n2 + n1", "n1 * n2")]).solve(PENS)
    assert answer.value == 500


def test_candidates_without_a_value_are_no_votes_but_cost_trust() -> None:
    """A graph that cannot be read or executed takes from the share of the others."""
    answer = Solver([Several("n1 / 0", "n1 *", "n1 * n2", "n1 * n2")]).solve(PENS)
    assert answer.value == 500
    assert answer.confidence == pytest.approx(2 / 3)


def test_disagreement_is_said() -> None:
    """Below the threshold for want of votes, the detail says so."""
    answer = Solver([Several("n1 * n2", "n1 + n2", "n1 - n2")]).solve(PENS)
    assert answer.status == "unsure"
    assert "33%" in answer.detail


def test_one_candidate_is_as_sure_as_it_is() -> None:
    """A single candidate has all votes."""
    answer = Solver([Several("n1 * n2")]).solve(PENS)
    assert answer.confidence > 0.9


def test_the_generators_are_told_how_to_draw() -> None:
    """The solver hands its decoding on."""
    several, decoding = Several("n1 * n2"), Decoding(samples=4, seed=2)
    Solver([several], decoding=decoding).solve(PENS)
    assert several.asked == [decoding]


def test_repair_is_off_by_default() -> None:
    """Nobody is asked twice unless the host wants it."""
    several = Several("!n1; n1 * n2", mend="n1 * n2")
    Solver([several]).solve(PENS)
    assert several.faults == []


def test_a_fault_is_named_once_and_the_mended_graph_is_taken() -> None:
    """The generator is told which check failed, and its better graph counts; both cost."""
    several = Several("!n1; n1 * n2", mend="n1 * n2")
    answer = Solver([several], repair=True).solve(PENS)
    assert [fault.partition(":")[0] for fault in several.faults] == ["distractors"]
    assert all(check.passed for check in answer.checks)
    assert answer.attempts[0].candidates == 2
    assert answer.output_tokens == 14


def test_a_graph_that_cannot_be_read_is_mended_too() -> None:
    """The parser's faults are named as well."""
    several = Several("n1 *", mend="n1 * n2")
    assert Solver([several], repair=True).solve(PENS).value == 500
    assert several.faults


@pytest.mark.parametrize("mend", [None, "n1 *", "!n2; n1 * n2"])
def test_a_vain_repair_changes_nothing(mend: str | None) -> None:
    """What is no better is not taken."""
    several = Several("n1 * n2 ; s1 + n1 - n1 - n2", mend=mend)
    plain = Solver([Several("!n1; n1 * n2")]).solve(PENS)
    answer = Solver([Several("!n1; n1 * n2", mend=mend)], repair=True).solve(PENS)
    assert answer.value == plain.value
    assert several.faults == []


def test_attempts_tell_what_each_generator_cost() -> None:
    """Cheap to strong: a row for each that was asked, and the sums."""
    weak = Several("n1 + n2", likely=-9.0)
    answer = Solver([weak, Several("n1 * n2")]).solve(PENS)
    assert [attempt.status for attempt in answer.attempts] == ["unsure", "answered"]
    assert answer.output_tokens == sum(attempt.output_tokens for attempt in answer.attempts) == 14
    assert answer.seconds == pytest.approx(sum(attempt.seconds for attempt in answer.attempts))


class Endless(Several):
    """A generator that writes until it is stopped."""

    stopped = False

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        try:
            for _ in range(2000):
                stop_if(cancelled)
                time.sleep(0.005)
        except CancelledError:
            self.stopped = True
            raise
        return [Refusal("nobody stopped me", self.address) for _ in questions]


def test_cancelling_the_task_stops_the_generator() -> None:
    """A host that gives up a question gets its machine back."""
    endless = Endless()

    async def give_up() -> None:
        async with asyncio.timeout(0.05):
            await Solver([endless]).asolve(PENS)

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())
    for _ in range(400):
        if endless.stopped:
            break
        time.sleep(0.005)
    assert endless.stopped
