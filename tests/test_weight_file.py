"""Blocks of weights that quantisation must not destroy, and a disk that is full."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from dagger_tools.weight_file import WeightFile, _with_zero


def restored(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A matrix after its way through 4-bit codes."""
    data, scales, packed = _with_zero(matrix)
    codes = np.stack([data & 15, data >> 4], axis=-1).reshape(*scales.shape, -1)
    zeros = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(matrix), -1)
    zeros = zeros[:, : scales.shape[1]]
    whole = (codes.astype(np.float32) - zeros[..., None]) * scales[..., None]
    return whole.reshape(len(matrix), -1)[:, : matrix.shape[1]]


@pytest.mark.parametrize("value", [0.0, 0.7, -0.7, 0.001, -1e-6, 6e4, 1e-30])
def test_equal_weights_keep_their_value_in_4_bits(value: float) -> None:
    """A block of one value comes back as it was."""
    matrix = np.full((3, 64), value, dtype=np.float32)
    assert restored(matrix) == pytest.approx(matrix, rel=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_weights_of_one_sign_keep_their_size_in_4_bits(sign: int) -> None:
    """The range includes 0, so no error is larger than half a step of it."""
    matrix = sign * np.random.default_rng(0).uniform(0.5, 0.6, (8, 96)).astype(np.float32)
    assert np.abs(restored(matrix) - matrix).max() <= 0.6 / 15 / 2 + 1e-6


def test_ordinary_weights_come_no_worse_than_from_the_search() -> None:
    """On weights of both signs the error is at most that of ONNX Runtime's own search."""
    from onnxruntime.quantization.neural_compressor.weight_only import quant_tensor_k_quant_cpu

    matrix = np.random.default_rng(1).normal(0, 0.1, (256, 320)).astype(np.float32)
    flat = matrix.reshape(-1, WeightFile.block)
    codes, scales, zeros = quant_tensor_k_quant_cpu(flat.copy(), 4, WeightFile.block)
    theirs: Any = ((codes - zeros) * scales).reshape(matrix.shape)
    ours = restored(matrix)
    assert ((ours - matrix) ** 2).mean() <= 1.001 * ((theirs - matrix) ** 2).mean()
