"""A text's verdict: a weighted sum of cues through a logistic curve, with its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from dagger_tools.router.cues import BIAS, CUES, THRESHOLD
from dagger_tools.router.language import language_of
from dagger_tools.text import Question, normalise

__all__ = ["LANGUAGE_WEIGHTS", "NUMBER_WEIGHTS", "Route", "features", "route"]

LANGUAGE_WEIGHTS: Mapping[str, float] = {
    "bn": 0.0,
    "mixed": -0.6,
    "bn-Latn": -0.8,
    "und": -1.0,
    "as": -6.0,
    "hi": -6.0,
    "en": -6.0,
}
"""Log-odds by language: the model reads Bangla."""
NUMBER_WEIGHTS = (-4.0, 0.0, 1.6, 2.0)
"""Log-odds by count of numbers: none, one, two, three or more."""


class Route(BaseModel):
    """Whether a text goes to the model.

    ``score`` (0..1) grows with the evidence; ``reasons`` are one line each, the strongest first,
    ``+`` for and ``-`` against, with their log-odds.
    """

    model_config = ConfigDict(frozen=True)

    math: bool
    score: float = Field(ge=0.0, le=1.0)
    language: str
    reasons: tuple[str, ...]


def features(question: Question) -> dict[str, float]:
    """The cues that a text shows, by name, each 1.0; what ``route`` weighs."""
    text = normalise(question.text).text.lower()
    found = {cue.name: 1.0 for cue in CUES if cue.pattern.search(text)}
    found[f"language:{language_of(text)}"] = 1.0
    found[f"numbers:{min(len(question.numbers), 3)}"] = 1.0
    return found


def route(question: Question) -> Route:
    """Judge a question; never raises."""
    found = features(question)
    language = next(name for name in found if name.startswith("language:")).partition(":")[2]
    count = len(question.numbers)
    evidence = [(cue.weight, cue.reason) for cue in CUES if cue.name in found]
    counted = "no number" if count == 0 else f"{count} number{'s' if count > 1 else ''}"
    evidence.append((NUMBER_WEIGHTS[min(count, 3)], f"holds {counted}"))
    evidence.append((LANGUAGE_WEIGHTS[language], f"language is {language}"))
    logit = BIAS + sum(weight for weight, _ in evidence)
    score = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))
    evidence.sort(key=lambda pair: -abs(pair[0]))
    reasons = tuple(f"{weight:+.1f} {reason}" for weight, reason in evidence)
    # without a number there is nothing to compute with, whatever the words say
    return Route(
        math=score >= THRESHOLD and count > 0, score=score, language=language, reasons=reasons
    )
