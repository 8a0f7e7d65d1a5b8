"""A problem as a row of a file: our own shape, or the columns of ``dipta007/dagger``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dagger_tools.corpus.problem import Problem
from dagger_tools.generators.prompt import Prompt, load_prompt
from dagger_tools.graph import json_number

__all__ = ["FORMATS", "row_writer"]


def row_writer(name: str) -> Callable[[Problem], dict[str, Any]]:
    """What turns a problem into a row of the format ``jsonl``, ``sft`` or ``grpo``.

    Every row also holds ``compact``, the graph over the question's numbers ``n1``, ``n2``, ...,
    and ``family``, where the problem comes from.
    """
    prompt = load_prompt()
    return lambda problem: FORMATS[name](problem, prompt)


def _jsonl(problem: Problem, prompt: Prompt) -> dict[str, Any]:
    used = {node.id for node in problem.graph.nodes if not node.distractor}
    return {
        "question": problem.question,
        "answer": json_number(problem.answer),
        "exact": str(problem.answer),
        "topic": problem.draft.topic,
        "grade": problem.draft.grade,
        "steps": len(problem.operations),
        "operations": list(problem.operations),
        "family": problem.family,
        "numbers": [
            {
                "text": number.text,
                "value": json_number(number.value),
                "unit": number.unit,
                "span": [number.start, number.end],
                "role": "used" if f"n{index}" in used else "distractor",
            }
            for index, number in enumerate(problem.read.numbers, start=1)
        ],
        "distractors": [
            {"kind": distractor.kind, "sentence": distractor.sentence}
            for distractor in problem.distractors
        ],
        "graph": problem.graph.to_dict(),
        "compact": problem.compact,
    }


def _response(problem: Problem) -> str:
    return f"```json\n{problem.graph.to_json()}\n```"


def _sft(problem: Problem, prompt: Prompt) -> dict[str, Any]:
    response = _response(problem)
    return {
        "conversations": [
            {"role": "user", "content": prompt.render(problem.question)},
            {"role": "assistant", "content": response},
        ],
        "response": response,
        "question": problem.question,
        "english_answer": float(problem.answer),
        "compact": problem.compact,
        "family": problem.family,
    }


def _grpo(problem: Problem, prompt: Prompt) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": prompt.render(problem.question)}],
        "question": problem.question,
        "solution": float(problem.answer),
        "graph": problem.graph.to_json(),
        "compact": problem.compact,
        "family": problem.family,
    }


FORMATS: Mapping[str, Callable[[Problem, Prompt], dict[str, Any]]] = {
    "jsonl": _jsonl,
    "sft": _sft,
    "grpo": _grpo,
}
"""The formats by name: rows in the columns of ``dipta007/dagger`` for ``sft`` and ``grpo``."""
