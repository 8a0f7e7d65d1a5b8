"""The whole way of a question, its policy, and its wrappers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Event

import pytest

from dagger_tools import Answer, Solver
from dagger_tools.errors import GeneratorAddressError, InputError
from dagger_tools.generators import GREEDY, Calibration, Candidate, Decoding, Refusal
from dagger_tools.text import Question, read_question

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
PENS_AND_MORE = PENS.replace("মিনা সব", "রাজুর কাছে ৫০টি কলম আছে। মিনা সব")
CHAT = "আজ আবহাওয়া কেমন?"


class Scripted:
    """A generator that writes what it is told to: a real backend of the seam, for the tests."""

    def __init__(self, text: str, *, notation: str = "compact", intercept: float = 5.0) -> None:
        self.text, self.notation = text, notation
        self.asked: list[str] = []
        self.closed = False
        self._calibration = Calibration(intercept, {})

    @property
    def address(self) -> str:
        return "scripted"

    @property
    def calibration(self) -> Calibration:
        return self._calibration

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        self.asked += [question.text for question in questions]
        if not self.text:
            return [Refusal("not for me", self.address) for _ in questions]
        return [
            (Candidate(self.text, self.notation, self.address, 7, 0.0),)  # type: ignore[arg-type]  # a literal
            for _ in questions
        ]

    def close(self) -> None:
        self.closed = True


def test_card_question_is_answered_with_its_steps() -> None:
    """The question of the published model card gives 500, exactly and in words."""
    with Solver() as solver:
        answer = solver.solve(PENS)
    assert answer.value == 500
    assert answer.exact == "500"
    assert answer.text == "৫০০ টাকা"
    assert answer.status == "answered"
    assert [step.value for step in answer.steps] == [500]
    assert all(check.passed for check in answer.checks)
    assert answer.generator == "nano"
    assert answer.output_tokens > 0


def test_number_that_does_not_matter_is_set_aside() -> None:
    """With fifty more pens of somebody else the answer stays, and 50 is a distractor."""
    with Solver() as solver:
        answer = solver.solve(PENS_AND_MORE)
    assert answer.value == 500
    assert {number.value: number.role for number in answer.numbers} == {
        100: "used",
        5: "used",
        50: "distractor",
    }


def test_what_is_no_question_is_not_solved() -> None:
    """The router's no is a result, and no generator is asked."""
    scripted = Scripted("n1")
    answer = Solver([scripted]).solve(CHAT)
    assert answer.status == "not_math"
    assert answer.reason == "not_math"
    assert answer.route is not None
    assert scripted.asked == []


def test_routing_may_be_left_out() -> None:
    """A host that has routed already asks the generator at once."""
    scripted = Scripted("n1 + n2")
    answer = Solver([scripted], routing=False).solve("৫ আর ৭")
    assert answer.value == 12
    assert answer.route is None


def test_threshold_decides_between_answered_and_unsure() -> None:
    """An unsure answer carries what it was unsure of."""
    sure = Solver([Scripted("n1 * n2")]).solve(PENS)
    unsure = Solver([Scripted("n1 * n2")], threshold=1.0).solve(PENS)
    assert sure.status == "answered"
    assert unsure.status == "unsure"
    assert unsure.reason == "low_confidence"
    assert unsure.value == 500
    assert unsure.graph == sure.graph


def test_failed_check_is_named_in_the_detail() -> None:
    """The reasons of an unsure answer are the checks that failed."""
    answer = Solver([Scripted("!n1; n1 * n2")], threshold=1.0).solve(PENS)
    assert "distractors" in answer.detail


@pytest.mark.parametrize(
    ("scripted", "reason"),
    [
        (Scripted(""), "refused_by_generator"),
        (Scripted("n1 *"), "unreadable_graph"),
        (Scripted("n1 / 0"), "not_executable"),
        (Scripted('{"nodes": [{"id": "n1", "op"', notation="json"), "unreadable_graph"),
        (
            Scripted('{"nodes": [{"id": "x", "op": "const", "val": 1}]}', notation="json"),
            "unreadable_graph",
        ),
    ],
)
def test_failures_are_typed_results(scripted: Scripted, reason: str) -> None:
    """What cannot be solved is a result with a reason, not an exception."""
    answer = Solver([scripted]).solve(PENS)
    assert answer.status == "failed"
    assert answer.reason == reason
    assert answer.detail
    assert answer.value is None


def test_published_json_is_read_too() -> None:
    """A generator may write the published shape; roles go by value then."""
    text = (
        '{"nodes": [{"id": "a", "op": "const", "val": 100}, {"id": "b", "op": "const", "val": 5},'
        '{"id": "final_result", "op": "mul", "args": ["a", "b"]}]}'
    )
    answer = Solver([Scripted(text, notation="json")]).solve(PENS)
    assert answer.value == 500
    assert [number.role for number in answer.numbers] == ["used", "used"]


def test_next_generator_is_asked_what_the_first_is_unsure_of() -> None:
    """Escalation passes on only what is open, and adds up the cost."""
    weak, strong = Scripted("n1 + n2", intercept=-5.0), Scripted("n1 * n2")
    answer = Solver([weak, strong]).solve(PENS)
    assert answer.value == 500
    assert answer.output_tokens == 14
    sure, idle = Scripted("n1 * n2"), Scripted("n1 + n2")
    Solver([sure, idle]).solve(PENS)
    assert idle.asked == []


def test_surer_answer_is_kept_when_all_are_unsure() -> None:
    """Between two unsure answers the surer one stands."""
    weak, weaker = Scripted("n1 * n2", intercept=-1.0), Scripted("n1 + n2", intercept=-3.0)
    assert Solver([weak, weaker]).solve(PENS).value == 500


def test_solve_asolve_and_solve_many_agree() -> None:
    """One logic path: the wrappers give the same answers, in order."""
    questions = [PENS, CHAT, PENS_AND_MORE, "১২ + ৩০ = কত?"]

    def same(answer: Answer) -> Answer:
        attempts = tuple(a.model_copy(update={"seconds": 0.0}) for a in answer.attempts)
        return answer.model_copy(update={"seconds": 0.0, "attempts": attempts})

    async def together(solver: Solver) -> list[Answer]:
        return await asyncio.gather(*(solver.asolve(question) for question in questions))

    with Solver() as solver:
        one_by_one = [same(solver.solve(question)) for question in questions]
        for batch in (1, 2, 16):
            assert [same(a) for a in solver.solve_many(questions, batch=batch)] == one_by_one
        assert [same(a) for a in asyncio.run(together(solver))] == one_by_one
        assert same(solver.solve(read_question(PENS))) == one_by_one[0]


def test_solve_many_reads_no_further_than_it_must() -> None:
    """Questions may be an endless stream."""

    def endless() -> object:
        while True:
            yield PENS

    answers = Solver([Scripted("n1 * n2")]).solve_many(endless(), batch=3)  # type: ignore[arg-type]  # an iterator
    assert [next(answers).value for _ in range(5)] == [500] * 5


def test_bad_text_is_an_error() -> None:
    """An empty question is the caller's fault, not a result."""
    with pytest.raises(InputError):
        Solver([Scripted("n1")]).solve("  ")


def test_unknown_address_is_an_error() -> None:
    """A solver is not made without its generators."""
    with pytest.raises(GeneratorAddressError):
        Solver(["nobody"])


def test_closing_a_solver_closes_its_generators() -> None:
    """The context manager gives everything back."""
    scripted = Scripted("n1")
    with Solver([scripted]):
        pass
    assert scripted.closed
