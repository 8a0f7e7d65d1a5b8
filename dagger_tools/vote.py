"""Several candidates of one question: each executed and checked, then one chosen.

Candidates whose graphs give the same value vote together (self-consistency, Wang et al., 2023), and
each vote weighs what the checks say of it: a graph with a failed check counts for as much less as
such graphs were right less often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dagger_tools.answer import Reason
from dagger_tools.confidence import UNCALIBRATED, confidence
from dagger_tools.errors import ExecutionError, GraphError
from dagger_tools.generators import Calibration, Candidate, read_candidate
from dagger_tools.graph import Execution, Graph, Verification, execute, verify
from dagger_tools.text import Question

__all__ = ["Failure", "Judged", "judge", "vote"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate that executes, with what the checks say and how sure to be of it (0..1)."""

    candidate: Candidate
    graph: Graph
    execution: Execution
    verification: Verification
    confidence: float

    @property
    def fault(self) -> str:
        """The failed checks, in words; empty when all hold."""
        failed = (c for c in self.verification.checks if not c.passed)
        return "; ".join(f"{check.name}: {check.detail}" for check in failed)


@dataclass(frozen=True, slots=True)
class Failure:
    """A candidate that gives no value, and why."""

    candidate: Candidate
    reason: Reason
    fault: str


def judge(
    candidate: Candidate, question: Question, calibration: Calibration | None
) -> Judged | Failure:
    """Read, execute and check what a generator wrote."""
    try:
        graph = read_candidate(candidate, question)
        execution = execute(graph)
    except ExecutionError as error:
        return Failure(candidate, "not_executable", str(error))
    except GraphError as error:
        return Failure(candidate, "unreadable_graph", str(error))
    verification = verify(graph, execution, question)
    sure = confidence(candidate, verification, calibration)
    return Judged(candidate, graph, execution, verification, sure)


def vote(
    judged: Sequence[Judged | Failure], calibration: Calibration | None
) -> tuple[Judged | Failure, float]:
    """The chosen candidate, and the share of all votes (0..1) that its value got.

    Of the candidates with the winning value the surest is taken; its confidence then counts the
    share.  Candidates without a value vote for nothing; if there are only such, the first is returned
    with 0.
    """
    weights: dict[object, float] = {}
    valued = [one for one in judged if isinstance(one, Judged)]
    if not valued:
        return judged[0], 0.0
    for one in valued:
        value = one.execution.value
        weights[value] = weights.get(value, 0.0) + _weight(one, calibration)
    surest = {one.execution.value: one for one in sorted(valued, key=lambda one: one.confidence)}
    winner = max(surest.values(), key=lambda one: (weights[one.execution.value], one.confidence))
    lost = sum(_NO_VALUE for one in judged if isinstance(one, Failure))
    share = weights[winner.execution.value] / (sum(weights.values()) + lost)
    sure = confidence(winner.candidate, winner.verification, calibration, share=share)
    return replace(winner, confidence=sure), share


_NO_VALUE = 0.5
"""What a candidate without a value takes from the others' share."""


def _weight(one: Judged, calibration: Calibration | None) -> float:
    """Odds by the checks alone, against a candidate that passes all of them: above 0, at most 1.

    Sampled candidates stand for their probability by how often they are drawn, so it does not count
    a second time.
    """
    weighed = (calibration or UNCALIBRATED).weights
    failed = (check.name for check in one.verification.checks if not check.passed)
    penalty = sum(weighed.get(f"failed_{name}", 0.0) for name in failed)
    return math.exp(min(0.0, penalty))
