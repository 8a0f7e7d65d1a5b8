"""A text's verdict: is it a Bangla maths question for us, and where in the message does it stand?"""

from __future__ import annotations

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dagger_tools.router.classifier import load_classifier
from dagger_tools.router.cues import SMALL_TALK
from dagger_tools.router.language import language_of
from dagger_tools.router.named import COUNTED, IMPLYING, named_features
from dagger_tools.router.ngrams import canonical_text, grams
from dagger_tools.router.span import question_span

__all__ = ["NO_BELOW", "THRESHOLD", "YES_FROM", "Route", "route"]

THRESHOLD = 0.5
"""Score from which a text is taken for a question: precision 0.988, recall 0.985 (docs/router.md)."""
YES_FROM = 0.8
"""Score from which the verdict is "yes": precision 0.998, recall 0.952."""
NO_BELOW = 0.2
"""Score below which the verdict is "no": from it on precision 0.971, recall 0.992.

Between the two a host may ask back.
"""

_READ = frozenset({"bn", "bn-Latn", "mixed", "und"})
_NUMERALS = " 0,.।"
"""What a canonical text holds that is numbers alone."""
_REASONS = 6
_WORDS = 3
_WORD_CHARS = 30
"""Of a longer word, a reason shows the beginning."""


class Route(BaseModel):
    """Whether a text goes to the model.

    ``score`` (0..1) is a calibrated probability; ``verdict`` is ``ask`` where it is neither high nor
    low.  ``scope`` tells arithmetic from maths of another kind (proofs, equations, calculus), which
    is not ``math`` here.  ``span`` is the question inside the message, ``[start, end)``.
    ``reasons`` are one line each with their log-odds, the strongest first, ``+`` for and ``-`` against.
    """

    model_config = ConfigDict(frozen=True)

    math: bool
    score: float = Field(ge=0.0, le=1.0)
    language: str
    reasons: tuple[str, ...]
    verdict: Literal["yes", "ask", "no"] = "no"
    scope: Literal["arithmetic", "other_maths", "none"] = "none"
    span: tuple[int, int] = (0, 0)


def route(text: str) -> Route:
    """Judge a message; never raises, whatever it is and however long.

    Of a message of more than 2,000 characters the first and last thousand are looked at.
    """
    classifier = load_classifier()
    canonical = canonical_text(text)
    language = language_of(text)
    found = grams(canonical)
    named = named_features(canonical, language, found)
    judged = classifier.judge(found, named)
    score = _probability(judged.logit)
    # without a number there is nothing to compute with, without a word or a sign nothing to compute,
    # and the model reads Bangla alone
    if (
        language not in _READ
        or (COUNTED[0] in named and IMPLYING.isdisjoint(named))
        or not canonical.strip(_NUMERALS)
    ):
        score = min(score, NO_BELOW / 2)
    taken = score >= THRESHOLD
    other = not taken and classifier.other_maths(judged, named) >= 0.0
    return Route(
        math=taken,
        score=score,
        language=language,
        reasons=tuple(
            [
                f"{part:+.1f} “{_shown(reason)}”" if is_word else f"{part:+.1f} {reason}"
                for part, reason, is_word in judged.strongest(found, named, _REASONS, _WORDS)
            ]
        ),
        verdict="yes" if score >= YES_FROM else "no" if score < NO_BELOW else "ask",
        scope="arithmetic" if taken else "other_maths" if other else "none",
        span=question_span(text) if taken and SMALL_TALK in named else (0, len(text)),
    )


def _shown(word: str) -> str:
    """A word as any log or page can show it, whatever the text held."""
    if len(word) > _WORD_CHARS:
        word = f"{word[:_WORD_CHARS]}…"
    if word.isprintable():
        return word
    return "".join([letter if letter.isprintable() else "\ufffd" for letter in word])


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))
