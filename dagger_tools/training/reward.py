"""What a completion earns in group relative policy optimisation.

As published for DAGGER (``graph-format.md``): 0.5 for a valid graph, 0.5 more if it executes, 1.0 more
if its value is the gold answer; 2.0 in all.  ``flag_weight`` is an option of our own: it also pays for
distractor flags that agree with what the answer depends on.

Completions are hostile until proven otherwise: parser and executor bound characters, nodes, bits and
exponents, so that no output stalls a run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dagger_tools.errors import GraphError, InputError
from dagger_tools.graph import Graph, ancestors, execute
from dagger_tools.graph.model import FINAL_ID
from dagger_tools.graph.parse import parse

__all__ = [
    "EXECUTES",
    "RIGHT",
    "VALID",
    "dagger_reward",
    "flag_agreement",
    "gold_value",
    "graph_reward",
    "rewards",
]

VALID, EXECUTES, RIGHT = 0.5, 0.5, 1.0
_TOLERANCE = 1e-6  # relative; the evaluation's own
_PLAIN = re.compile(r"[+-]?[0-9.]+(?:/[0-9]+|[eE][+-]?[0-9]{1,2})?")
_BANGLA_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")


def dagger_reward(
    completion: str, gold: Fraction | float | str, *, flag_weight: float = 0.0
) -> float:
    """The reward of one completion, from 0 to 2 + ``flag_weight``.

    Nothing is paid for an output that holds no whole graph.  Flags are paid in proportion to the
    nodes that they are right about, and only where the answer is right: flags alone cannot be farmed.

    Raises:
        InputError: ``gold`` is no number.
    """
    try:
        graph = parse(completion)
    except GraphError:
        graph = None
    return graph_reward(graph, gold, flag_weight=flag_weight)


def graph_reward(
    graph: Graph | None, gold: Fraction | float | str, *, flag_weight: float = 0.0
) -> float:
    """The same for a graph that is read already, in whatever notation; None where there is none.

    Raises:
        InputError: ``gold`` is no number.
    """
    wanted = gold_value(gold) if isinstance(gold, str) else gold
    if graph is None:
        return 0.0
    try:
        value = execute(graph).value
    except GraphError:
        return VALID
    if not _same(value, wanted):
        return VALID + EXECUTES
    earned = VALID + EXECUTES + RIGHT
    return earned + flag_weight * flag_agreement(graph) if flag_weight else earned


def _same(value: Fraction | float, wanted: Fraction | float) -> bool:
    """Whether both are one number but for rounding; exactly, for a value may be too large for a float."""
    try:
        ours, theirs = Fraction(value), Fraction(wanted)
    except (ValueError, OverflowError):  # not finite
        return False
    return abs(ours - theirs) <= Fraction(_TOLERANCE) * max(abs(ours), abs(theirs))


def flag_agreement(graph: Graph) -> float:
    """The share of nodes (0..1) flagged as distractors exactly when the answer does without them."""
    needed = ancestors(graph, FINAL_ID) | {FINAL_ID}
    agree = sum(node.distractor == (node.id not in needed) for node in graph.nodes)
    return agree / len(graph.nodes)


def gold_value(text: str) -> Fraction:
    """A gold answer as it stands in data: ``500``, ``12.5``, ``2/3``, ``1,200``, Bangla digits.

    Raises:
        InputError: it is no number.
    """
    plain = text.translate(_BANGLA_DIGITS).replace(",", "").strip()
    try:
        # Fraction would write out 1e999999999
        if len(plain) > 100 or not _PLAIN.fullmatch(plain):
            raise ValueError("no plain number")
        return Fraction(plain)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{text[:40]!r} is no gold answer", hint="write a number: 500, 12.5, 2/3"
        ) from error


def rewards(
    completions: Sequence[Any], solution: Sequence[Any], *, flag_weight: float = 0.0, **_: Any
) -> list[float]:
    """``dagger_reward`` of a batch, in the shape that TRL's ``GRPOTrainer`` calls.

    A completion is text, or a conversation whose last message is the model's.
    """
    texts = [c if isinstance(c, str) else str(c[-1]["content"]) for c in completions]
    golds = [gold_value(g) if isinstance(g, str) else g for g in solution]
    return [
        dagger_reward(text, gold, flag_weight=flag_weight)
        for text, gold in zip(texts, golds, strict=True)
    ]
