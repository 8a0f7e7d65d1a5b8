"""The network over what the router counts of a text, and what its n-grams say of a text unseen.

A text that the n-grams were trained on, they know too well: the network is trained on what a table
says that has not seen the text (stacked generalisation, Wolpert 1992), so that it learns how far to
trust letters and how far structure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_network", "network_logits"]

_HIDDEN = 24
_NETWORKS = 2
"""Networks of other beginnings, whose average errs less than either."""
_EPOCHS = 60
_BATCH = 256
_LETTERS_SCALE = 0.25
"""Log-odds of the n-grams run to a dozen; the other inputs are 0 or 1."""


def fit_network(
    inputs: NDArray[np.float32],
    letters: NDArray[np.float32],
    labels: NDArray[np.float32],
    *,
    seed: int,
    epochs: int = _EPOCHS,
) -> NDArray[np.float32]:
    """Train on ``inputs`` [texts, features] of 0 and 1, and ``letters``, the n-grams' log-odds.

    Returns the matrix that ``router.classifier`` reads, [features + 3, hidden + 1].
    """
    fitted = [
        _fit_one(inputs, letters, labels, seed=seed + number, epochs=epochs)
        for number in range(_NETWORKS)
    ]
    # networks side by side are one network: their outputs' weights divided, their direct ways averaged
    hidden = np.concatenate([network[:, :-1] for network in fitted], axis=1)
    hidden[-1] /= _NETWORKS
    direct = np.mean([network[:, -1:] for network in fitted], axis=0)
    return np.concatenate([hidden, direct], axis=1).astype(np.float32)


def network_logits(
    network: NDArray[np.float32], inputs: NDArray[np.float32], letters: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Log-odds of many texts at once, as ``router.classifier`` computes those of one."""
    sums = inputs @ network[:-3] + np.outer(letters, network[-3]) + network[-2]
    sums[:, :-1] = np.maximum(sums[:, :-1], 0.0)
    logits: NDArray[np.float32] = sums @ network[-1]
    return logits


def _fit_one(
    inputs: NDArray[np.float32],
    letters: NDArray[np.float32],
    labels: NDArray[np.float32],
    *,
    seed: int,
    epochs: int,
) -> NDArray[np.float32]:
    import torch

    torch.manual_seed(seed)
    every = torch.from_numpy(np.column_stack([inputs, letters * _LETTERS_SCALE]))
    right = torch.from_numpy(labels)
    columns = every.shape[1]
    first = torch.nn.Linear(columns, _HIDDEN)
    second = torch.nn.Linear(_HIDDEN, 1)
    direct = torch.nn.Linear(columns, 1)
    with torch.no_grad():
        # it begins as what the letters say alone
        direct.weight.zero_()
        direct.weight[0, -1] = 1 / _LETTERS_SCALE
    parameters = [*first.parameters(), *second.parameters(), *direct.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=0.003, weight_decay=0.3)
    steps = epochs * -(-len(right) // _BATCH)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        for chosen in torch.split(torch.randperm(len(right)), _BATCH):
            batch = every[chosen]
            logits = direct(batch)[:, 0] + second(torch.relu(first(batch)))[:, 0]
            # a little smoothing: some rows of the public sets are labelled wrongly
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, right[chosen] * 0.98 + 0.01
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimizer.step()
            scheduler.step()
    return _as_matrix(first, second, direct)


def _as_matrix(first: object, second: object, direct: object) -> NDArray[np.float32]:
    """Rows for the features, the n-grams, the bias, and the output's weights."""

    def array(layer: object, name: str) -> NDArray[np.float32]:
        found: NDArray[np.float32] = getattr(layer, name).detach().numpy().astype(np.float32)
        return found

    weights = np.concatenate([array(first, "weight"), array(direct, "weight")]).T.copy()
    weights[-1] *= _LETTERS_SCALE
    bias = np.append(array(first, "bias"), array(direct, "bias") + array(second, "bias"))
    out = np.append(array(second, "weight")[0], np.float32(1.0))
    return np.concatenate([weights, bias[None], out[None]])
