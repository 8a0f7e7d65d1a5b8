"""Fit what turns a model's log-probabilities and the checks into a probability of being right.

Logistic regression by Newton's method with a ridge, on problems that the model never trained on:
the bank's held-back stories and the held-back rows of BMWP.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from dagger_tools.confidence import features
from dagger_tools.corpus.problem import Problem
from dagger_tools.evaluation.statistics import calibration_error
from dagger_tools.generators import Generator, Refusal, usual_decoding
from dagger_tools.text import read_question
from dagger_tools.training.nano_data import Mixture
from dagger_tools.vote import Failure, judge, vote

__all__ = ["calibrate", "fit_logistic"]

_RIDGE = 3.0
_ITERATIONS = 60


def calibrate(
    generator: Generator, out: Path, *, bmwp: Path | None, problems: int = 1500, seed: int = 7
) -> dict[str, float]:
    """Write ``calibration.json`` into ``out``; return accuracy and expected calibration error.

    The error is measured on a second half that the fit did not see.
    """
    # mostly unseen stories: held-back scenes share wordings with those trained on, and the rows of
    # BMWP repeat each other, so that the held-back ones of both are easy
    mixture = Mixture(
        seed=seed,
        bmwp=bmwp,
        held_back=True,
        scene_share=0.0,
        bank_share=0.75,
        distractor_share=0.5,
        stray_share=0.2,
        disguise_share=0.5,
    )
    rows, right = _measure(generator, list(islice(mixture, problems)))
    names = sorted({name for row in rows for name in row})
    inputs = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    half = len(rows) // 2
    intercept, weights = fit_logistic(inputs[:half], right[:half])
    error = calibration_error(
        _probabilities(inputs[half:], intercept, weights).tolist(), (right[half:] > 0).tolist()
    )
    # what ships is fitted on all of it
    intercept, weights = fit_logistic(inputs, right)
    row = {
        "intercept": round(intercept, 4),
        "weights": dict(zip(names, weights.round(4).tolist(), strict=True)),
    }
    part = out / "calibration.part"
    part.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
    part.replace(out / "calibration.json")
    return {
        "accuracy": float(right.mean()),
        "calibration_error": error,
        "problems": float(len(rows)),
    }


def fit_logistic(inputs: np.ndarray, right: np.ndarray) -> tuple[float, np.ndarray]:
    """Intercept and weights for ``inputs`` [rows, features] and ``right`` [rows] of 0 and 1."""
    scale = np.maximum(inputs.std(axis=0), 1e-6)
    centre = inputs.mean(axis=0)
    design = np.hstack([np.ones((len(inputs), 1)), (inputs - centre) / scale])
    ridge = np.diag([1e-6, *[_RIDGE] * inputs.shape[1]])
    weights = np.zeros(design.shape[1])
    for _ in range(_ITERATIONS):
        chance = 1.0 / (1.0 + np.exp(-design @ weights))
        gradient = design.T @ (right - chance) - ridge @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        weights = weights + np.linalg.solve(curvature, gradient)
    plain = weights[1:] / scale
    return float(weights[0] - plain @ centre), plain


def _measure(
    generator: Generator, problems: Sequence[Problem]
) -> tuple[list[dict[str, float]], np.ndarray]:
    rows: list[dict[str, float]] = []
    right: list[float] = []
    for problem in problems:
        question = read_question(problem.question)
        outcome = generator.generate([question], usual_decoding(generator))[0]
        if isinstance(outcome, Refusal):
            continue
        judged = [judge(candidate, question, generator.calibration) for candidate in outcome]
        best, share = vote(judged, generator.calibration)
        if isinstance(best, Failure):
            continue  # no answer comes of it, so there is nothing to be sure of
        rows.append(features(best.candidate, best.verification, share=share))
        right.append(float(best.execution.value == problem.answer))
    return rows, np.array(right)


def _probabilities(inputs: np.ndarray, intercept: float, weights: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-(inputs @ weights + intercept))))
