"""The checks on an executed graph: what the model claims against what the answer depends on."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from dagger_tools.graph.execute import Execution, recompute
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.ops import canonical
from dagger_tools.graph.quantity import COUNT, UNKNOWN, measure, of_unit
from dagger_tools.graph.structure import ancestors, evaluation_order, structure_faults
from dagger_tools.graph.world import implied_constants
from dagger_tools.text import Question, normalised

__all__ = ["CHECKS", "Check", "Verification", "verify"]

CHECKS = (
    "structure",
    "distractors",
    "counterfactual",
    "grounding",
    "coverage",
    "units",
    "plausibility",
)
"""Names of the checks, in the order they are run."""

_EVALUATIONS = 3_000
"""Nodes computed for the counterfactual check at most: a few milliseconds, and hundreds of runs of a
graph of school size.  A larger graph is judged by what the answer can reach, and the check says so."""
_WORLD_ID = re.compile(r"c\d+$")
_GROWS = ("লাভ", "বৃদ্ধি", "বেশি", "বেড়ে")
_MAY_BE_NEGATIVE = frozenset({"ডিগ্রি"})


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``detail`` says in one line why it failed, or what it could not look at."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The checks that were run; those that need the question are left out without it."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check that was run holds."""
        return all(check.passed for check in self.checks)

    def __getitem__(self, name: str) -> Check:
        """The check of that name; ``KeyError`` if it was not run."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)


def verify(graph: Graph, execution: Execution, question: Question | None = None) -> Verification:
    """Judge a graph and its execution, with ``question`` also against the text.

    Never raises for what a graph says: a graph that does not fit together fails ``structure``, and
    only that is then reported.
    """
    if faults := structure_faults(graph):
        shown = "; ".join(str(fault) for fault in faults[:3])
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        return Verification((Check("structure", False, shown + more),))
    path = ancestors(graph, FINAL_ID) | {FINAL_ID}
    checks = [
        Check("structure", True),
        _distractors(graph, path),
        _counterfactual(graph, execution, path, question),
    ]
    if question is not None:
        checks += [_grounding(graph, question), _coverage(graph, question)]
    checks.append(_units(graph, question))
    if question is not None:
        checks.append(_plausibility(execution, question))
    return Verification(tuple(checks))


def _check(name: str, faults: Sequence[str], note: str = "") -> Check:
    shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
    return Check(name, not faults, shown or note)


def _distractors(graph: Graph, path: Collection[str]) -> Check:
    faults = []
    readers: dict[str, list[Node]] = {}
    for node in graph.nodes:
        for arg in node.args:
            readers.setdefault(arg, []).append(node)
    for node in graph.nodes:
        if node.distractor and node.id in path:
            faults.append(f"{node.id} is flagged as a distractor, but the answer depends on it")
        elif not node.distractor and node.id not in path:
            # a constant that only flagged nodes read is set aside with them
            reading = readers.get(node.id, [])
            if not (
                canonical(node.op) == "const" and reading and all(r.distractor for r in reading)
            ):
                faults.append(f"{node.id} is not flagged, but the answer does not depend on it")
    return _check("distractors", faults)


def _counterfactual(
    graph: Graph, execution: Execution, path: Collection[str], question: Question | None
) -> Check:
    numbers = [node for node in graph.nodes if _is_number(node, question)]
    probe = _Probe(graph, execution, path, numbers)
    faults = []
    for node in numbers:
        # what the answer cannot reach has no influence on it; only the rest is run again
        if node.id not in path:
            continue
        influence = probe.influence(node)
        if node.distractor and influence is True:
            faults.append(f"changing the distractor {node.id} changes the answer")
        elif not node.distractor and influence is False:
            faults.append(f"{node.id} is inert: no change of it changes the answer")
    note = "" if probe.complete else "judged by reach alone: the graph is too large to run again"
    return _check("counterfactual", faults, note)


def _is_number(node: Node, question: Question | None) -> bool:
    """A constant that stands for a number of the question, not for one of the world."""
    if canonical(node.op) != "const" or _WORLD_ID.match(node.id):
        return False
    return question is None or any(number.value == node.val for number in question.numbers)


class _Probe:
    """Runs a graph again with other numbers, within a budget."""

    def __init__(
        self,
        graph: Graph,
        execution: Execution,
        path: Collection[str],
        numbers: Sequence[Node],
    ) -> None:
        self.path = [node for node in evaluation_order(graph) if node.id in path]
        self.answer = execution.value
        self.budget = _EVALUATIONS
        self.complete = True
        values = [node.val for node in graph.nodes if node.val is not None]
        self.reach = 2 * max((abs(value) for value in values), default=Fraction(0)) + 10
        self.numbers = numbers

    def influence(self, node: Node) -> bool | None:
        """Whether some change of ``node`` changes the answer; None if the budget ends before."""
        for base in self._bases():
            before = self.answer if not base else self._run(base)
            if before is None:
                continue
            value = base.get(node.id, node.val or Fraction(0))
            reach = self.reach
            for other in (
                value + 1,
                value * 2 + 3,
                value - 1,
                value + reach,
                value - reach,
                value / 2,
            ):
                after = self._run({**base, node.id: other})
                if after is not None and after != before:
                    return True
        return False if self.complete else None

    def _bases(self) -> Iterator[Mapping[str, Fraction]]:
        """Places to look from: a zero, a one or a minimum hides influence only where it is."""
        yield {}
        yield {node.id: Fraction(11 + 13 * i) for i, node in enumerate(self.numbers)}
        yield {node.id: Fraction(997 - 31 * i, 7) for i, node in enumerate(self.numbers)}

    def _run(self, overrides: Mapping[str, Fraction]) -> Fraction | float | None:
        if self.budget < len(self.path):
            self.complete = False
            return None
        self.budget -= len(self.path)
        # outside an operation's domain there is no answer: another change is tried
        return recompute(self.path, overrides)


def _grounding(graph: Graph, question: Question) -> Check:
    free = [number.value for number in question.numbers]
    others = []
    for node in graph.nodes:
        if canonical(node.op) != "const" or node.val is None:
            continue
        if node.val in free:
            free.remove(node.val)
        else:
            others.append(node)
    world = implied_constants(question) if others else frozenset[Fraction]()
    faults = [
        f"{node.id} = {node.val} is neither in the question nor implied by it"
        for node in others
        if node.val not in world
    ]
    return _check("grounding", faults)


def _coverage(graph: Graph, question: Question) -> Check:
    free = [node.val for node in graph.nodes if canonical(node.op) == "const"]
    faults = []
    for number in question.numbers:
        # অর্ধেক may stand as 1/2 or as a division by 2, ১৫% as 15 or 0.15
        forms = [number.value]
        if number.kind == "fraction":
            forms.append(Fraction(number.value.denominator))
        elif number.kind == "percent":
            forms.append(number.value / 100)
        form = next((form for form in forms if form in free), None)
        if form is None:
            faults.append(f"{number.text} (at {number.start}) is in no node")
        else:
            free.remove(form)
    return _check("coverage", faults)


def _units(graph: Graph, question: Question | None) -> Check:
    measured, faults = measure(graph)
    found = list(faults)
    asked = of_unit(question.asked_unit) if question else COUNT
    answer = measured[FINAL_ID]
    if COUNT not in (asked, answer) and answer != UNKNOWN:
        if asked.dimension != answer.dimension:
            found.append(f"the answer is {answer.dimension}, the question asks for {asked.unit}")
        elif answer.unit and answer.unit != asked.unit:
            found.append(f"the answer is in {answer.unit}, the question asks for {asked.unit}")
    return _check("units", found)


def _plausibility(execution: Execution, question: Question) -> Check:
    value = execution.value
    # an average of people or things may be broken
    whole = question.asked_unit is None and question.asked_classifier is not None
    counted = whole and "গড়" not in normalised(question.text)
    rules: tuple[tuple[bool, Callable[[], bool], str], ...] = (
        (counted, lambda: value == int(value), f"{_short(value)} is no whole number of things"),
        (
            question.asked_unit not in _MAY_BE_NEGATIVE,
            lambda: value >= 0 or _has_negative(question),
            f"{_short(value)} is less than nothing",
        ),
        (
            question.asked_unit == "%" and not any(word in question.text for word in _GROWS),
            lambda: value <= 100,
            f"{_short(value)}% is more than the whole",
        ),
    )
    return _check("plausibility", [why for asked, holds, why in rules if asked and not holds()])


def _has_negative(question: Question) -> bool:
    return any(number.value < 0 for number in question.numbers)


def _short(value: Fraction | float) -> str:
    return (
        str(value)
        if isinstance(value, Fraction) and value.denominator == 1
        else f"{float(value):g}"
    )
