"""How sure to be of an answer: the model's own probability and the checks, weighed on data.

A logistic regression over a few features (Platt, "Probabilistic outputs for support vector
machines", 1999, with more than one input).  Its weights are fitted by
``dagger_tools.training.calibrate`` on held-back problems and ship beside the model they belong to.
"""

from __future__ import annotations

import math

from dagger_tools.generators.base import Calibration, Candidate
from dagger_tools.graph import Verification

__all__ = ["UNCALIBRATED", "confidence", "features"]

UNCALIBRATED = Calibration(
    intercept=1.0,
    weights={"log_probability": 1.0, "failed_structure": -4.0, "failed_distractors": -2.0,
             "failed_counterfactual": -2.0, "failed_grounding": -2.0, "failed_coverage": -1.0,
             "failed_units": -2.0, "failed_plausibility": -3.0},
)  # fmt: skip
"""For generators that bring no calibration of their own: an ordering, not a probability."""


def features(
    candidate: Candidate, verification: Verification, *, share: float = 1.0
) -> dict[str, float]:
    """What confidence is computed from, by name; absent log-probabilities count as 0.

    ``share``: what part of the votes (0..1) the candidate's value got.
    """
    row = {
        "disagreement": 1.0 - share,
        "log_odds": _log_odds(candidate.log_probability),
        "log_probability": max(-20.0, candidate.log_probability or 0.0),
        "least_log_probability": max(-20.0, candidate.least_log_probability or 0.0),
        "prompt_log_probability": max(-20.0, candidate.prompt_log_probability or 0.0),
        "output_tokens": float(min(candidate.output_tokens, 64)),
    }
    for check in verification.checks:
        row[f"failed_{check.name}"] = 0.0 if check.passed else 1.0
    return row


def _log_odds(log_probability: float | None) -> float:
    """Log-odds of the output, which tell sure ones apart where its log-probability is all but 0."""
    if log_probability is None:
        return 0.0
    bounded = max(-20.0, min(-1e-4, log_probability))
    return bounded - math.log(-math.expm1(bounded))


def confidence(
    candidate: Candidate,
    verification: Verification,
    calibration: Calibration | None,
    *,
    share: float = 1.0,
) -> float:
    """Probability that the answer is right, 0..1.

    A calibration that knows nothing of votes makes it no larger than ``share``.
    """
    weighed = calibration or UNCALIBRATED
    row = features(candidate, verification, share=share)
    logit = weighed.intercept + sum(weighed.weights.get(k, 0.0) * v for k, v in row.items())
    sure = 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))
    return sure if "disagreement" in weighed.weights else min(sure, share)
