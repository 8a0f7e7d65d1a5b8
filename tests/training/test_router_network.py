"""The network over the router's features, small."""

from __future__ import annotations

import numpy as np
import pytest

from dagger_tools.router.classifier import Classifier
from dagger_tools.router.ngrams import BUCKETS, grams
from dagger_tools.training.router_network import fit_network, network_logits


def test_it_learns_what_no_sum_can_say() -> None:
    """One of two features, but not both: neither speaks for itself."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 64, dtype=np.float32)
    labels = (inputs.sum(axis=1) == 1).astype(np.float32)
    letters = np.zeros(len(labels), dtype=np.float32)
    network = fit_network(inputs, letters, labels, seed=0, epochs=200)
    assert ((network_logits(network, inputs, letters) > 0) == (labels > 0)).all()


def test_the_router_computes_what_was_trained() -> None:
    """One text in the router and many in training have the same log-odds, and its parts add up."""
    rng = np.random.default_rng(5)
    network = rng.normal(size=(2 + 3, 7)).astype(np.float32)
    # the output's own way counts as it is
    network[-1, -1] = 1.0
    table = rng.normal(size=BUCKETS).astype(np.complex64)
    classifier = Classifier((table, table), {"a": 0, "b": 1}, network, {"bias": 0.0})
    judged = classifier.judge(grams(" কত টাকা হলো? "), ["b"])
    letters = np.array([judged.by_character[:, 0].sum()], dtype=np.float32)
    expected = network_logits(network, np.array([[0, 1]], dtype=np.float32), letters)
    assert judged.logit == pytest.approx(float(expected[0]), rel=1e-4)
    active = letters[0] * judged.trust + judged.parts.sum()
    assert abs(judged.logit - active) < abs(network[-2]).sum() * abs(network[-1]).max()
