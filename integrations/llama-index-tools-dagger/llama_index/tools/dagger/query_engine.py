"""A query engine that answers Bangla maths questions: no index, the question is its own source."""

from __future__ import annotations

import ast
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.bridge.pydantic import Field
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeRelationship, NodeWithScore, TextNode

from dagger_tools import Answer, Solver
from dagger_tools.schema import default_solver
from dagger_tools.text import MAX_QUESTION_CHARS

__all__ = ["DaggerQueryEngine", "to_response"]

_MAX_CALL_CHARS = 2 * MAX_QUESTION_CHARS
"""A longer text holds no question that would be read."""


class DaggerQueryEngine(CustomQueryEngine):
    """Answers with a ``Response`` whose ``metadata`` is the whole ``Answer`` as a dict.

    Args:
        solver: who answers, with its generators and threshold; where it is left out, the one
            solver that all tools of this process share, opened at the first question.

    Raises:
        InputError: when queried, for a question that is empty or too long.
        GeneratorError: when queried, for a generator at fault.
        MissingDependencyError: when queried, for want of ONNX Runtime.

    >>> QueryEngineTool(DaggerQueryEngine(), metadata=tool_metadata())
    """

    solver: Solver | None = Field(default=None, exclude=True, repr=False)

    def custom_query(self, query_str: str) -> Response:
        """Answer a question."""
        return to_response((self.solver or default_solver()).solve(_question(query_str)))

    async def acustom_query(self, query_str: str) -> Response:
        """``custom_query`` without blocking the event loop."""
        return to_response(await (self.solver or default_solver()).asolve(_question(query_str)))


def _question(query: str) -> str:
    """The question alone: ``QueryEngineTool`` asks the text of its arguments, ``{'question': ...}``."""
    if len(query) <= _MAX_CALL_CHARS and query.startswith(("{'question': ", '{"question": ')):
        try:
            arguments = ast.literal_eval(query)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return query  # a text that only begins like a call
        if isinstance(arguments, dict) and isinstance(arguments.get("question"), str):
            return str(arguments["question"])
    return query


def to_response(answer: Answer) -> Response:
    """An answer as LlamaIndex shows it.

    Returns:
        A response whose text is ``str(answer)`` and whose source nodes are, in this order, the
        question (its score is the answer's confidence), each number of it with its place in the
        question (score 1 if the answer depends on it, else 0), and each step of the computation
        (score 1).  ``metadata["kind"]`` of a node is ``question``, ``number`` or ``step``.
    """
    whole = answer.to_dict()
    told = {key: whole[key] for key in ("status", "value", "exact", "text", "unit", "generator")}
    question = TextNode(text=answer.question, metadata={"kind": "question", **told})
    nodes = [NodeWithScore(node=question, score=answer.confidence)]
    for number in whole["numbers"]:
        score = 1.0 if number["role"] == "used" else 0.0
        nodes.append(_part(question, "number", number, score=score, span=number["span"]))
    for step in whole["steps"]:
        nodes.append(_part(question, "step", step, score=1.0))
    return Response(response=str(answer), source_nodes=nodes, metadata=whole)


def _part(
    question: TextNode,
    kind: str,
    row: dict[str, Any],
    *,
    score: float,
    span: tuple[int, int] | tuple[None, None] = (None, None),
) -> NodeWithScore:
    """A node that was made from the question's."""
    node = TextNode(
        text=row["text"],
        metadata={"kind": kind} | {key: row[key] for key in row if key not in ("text", "span")},
        start_char_idx=span[0],
        end_char_idx=span[1],
        relationships={NodeRelationship.SOURCE: question.as_related_node_info()},
    )
    return NodeWithScore(node=node, score=score)
