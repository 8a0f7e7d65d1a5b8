"""The way to the answer, a line a step."""

from __future__ import annotations

from dagger_tools.graph import Graph, execute, explain
from dagger_tools.text import read_question

TEXT = "রিমার ৩০টি লিচু ছিল। সে ৬টি খেল, বাকিটা ৪ জনকে সমান ভাগে দিল। তার বয়স ৯ বছর। প্রত্যেকে কয়টি লিচু পেল?"


def lines(compact: str, unit: str | None = None) -> list[str]:
    """The steps of a graph over the question."""
    graph = Graph.from_compact(compact, read_question(TEXT).numbers)
    return [step.text for step in explain(graph, execute(graph), unit=unit)]


def test_each_computation_is_a_line_in_order() -> None:
    """Labels stand for the question's numbers, values for what was computed; distractors are absent."""
    assert lines("!n4; n1 - n2; s1 / n3", unit="টি") == ["৩০ লিচু − ৬ = ২৪", "২৪ ÷ ৪ = ৬ টি"]


def test_functions_are_named_in_bangla() -> None:
    """What has no sign has a name."""
    assert lines("!n4; min n1 n2 n3") == ["ক্ষুদ্রতম(৩০ লিচু, ৬, ৪) = ৪"]


def test_answer_that_is_told_is_read_off() -> None:
    """A question that holds its own answer has one step."""
    assert lines("!n2 !n3 !n4; n1") == ["উত্তর = ৩০ লিচু"]
