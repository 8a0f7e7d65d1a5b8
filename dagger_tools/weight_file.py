"""A file of weights beside an ONNX graph, written one tensor at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Bits", "WeightFile"]

Bits = Literal[0, 4, 8]
"""Bits of a quantised weight; 0 where it stays in float32."""

_ALIGNMENT = 4096
"""ONNX Runtime maps tensors into memory that begin at a page."""
_AT_ONCE = 1 << 17
"""Weights that are quantised at once: what the search works on then stays in the processor's cache."""


class WeightFile:
    """Tensors of a graph as ONNX's external data (https://onnx.ai/onnx/repo-docs/ExternalData.html).

    ``tensors`` are the initializers that name the places; ``block`` is the number of neighbouring
    inputs that share a scale.
    """

    block = 32

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._places: dict[str, tuple[int, int]] = {}
        self._parts: dict[str, list[str]] = {}
        self.tensors: list[Any] = []

    def __enter__(self) -> WeightFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, name: str, array: npt.NDArray[Any]) -> str:
        """Write a tensor; its name."""
        array = np.ascontiguousarray(array)
        self._file.write(bytes(-self._file.tell() % _ALIGNMENT))
        self._places[name] = (self._file.tell(), array.nbytes)
        self._file.write(array.data)
        self._declare(name, name, array.dtype, array.shape)
        return name

    def add_small(self, name: str, array: npt.NDArray[Any]) -> str:
        """Put a tensor into the graph itself, where shapes can be inferred from it."""
        from onnx import numpy_helper

        if all(tensor.name != name for tensor in self.tensors):
            self.tensors.append(numpy_helper.from_array(array, name))
        return name

    def alias(self, name: str, other: str, shape: Sequence[int]) -> str:
        """The bytes of ``other`` once more, in another shape (one side may be -1)."""
        _, length = self._places[other]
        known = int(np.prod([side for side in shape if side >= 0]))
        full = [side if side >= 0 else length // known for side in shape]
        self._declare(name, other, np.dtype(np.uint8), full)
        return name

    def add_quantised(self, name: str, matrix: npt.NDArray[np.float32], bits: Bits) -> list[str]:
        """Write ``matrix`` [out, in] as ``MatMulNBits`` reads it; the names of its parts.

        4 bits have a zero point (llama.cpp's "k-quant" search for scale and zero, as ONNX Runtime
        implements it); 8 bits are symmetric, and ``GatherBlockQuantized`` reads the same bytes.
        """
        parts: list[list[npt.NDArray[Any]]] = []
        rows = max(1, _AT_ONCE // matrix.shape[1])
        for at in range(0, len(matrix), rows):
            piece = matrix[at : at + rows]
            parts.append(list(_symmetric(piece) if bits == 8 else _with_zero(piece)))
        whole = [np.concatenate(part) for part in zip(*parts, strict=True)]
        names = [name, f"{name}.scales", f"{name}.zeros"]
        self._parts[name] = [
            self.add(part, array) for part, array in zip(names, whole, strict=False)
        ]
        return self._parts[name]

    def parts(self, name: str) -> list[str]:
        """What a quantised matrix was written as: codes, scales, and zero points if it has them."""
        return self._parts[name]

    def _declare(self, name: str, place: str, dtype: Any, shape: Sequence[int]) -> None:
        from onnx import TensorProto, helper

        offset, length = self._places[place]
        tensor = TensorProto(
            name=name,
            data_type=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)),
            dims=shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in (
            ("location", self._path.name), ("offset", offset), ("length", length)
        ):  # fmt: skip
            tensor.external_data.add(key=key, value=str(value))
        self.tensors.append(tensor)


def _blocks(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """[out, blocks, block], padded with zeros."""
    rows, columns = matrix.shape
    padded = np.pad(matrix, ((0, 0), (0, -columns % WeightFile.block)))
    return padded.reshape(rows, -1, WeightFile.block)


def _symmetric(
    matrix: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """8-bit codes [out, blocks, block] about 128, and scales [out, blocks]."""
    blocks = _blocks(matrix)
    scales = np.abs(blocks).max(axis=2) / 127
    safe = np.where(scales == 0, 1, scales)
    codes = np.rint(blocks / safe[..., None]) + 128
    return codes.astype(np.uint8), scales.astype(np.float32)


def _with_zero(
    matrix: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """4-bit codes, scales, and zero points [out, bytes]."""
    from onnxruntime.quantization.neural_compressor.weight_only import quant_tensor_k_quant_cpu

    rows = len(matrix)
    blocks = _blocks(matrix)
    count = blocks.shape[1]
    flat = blocks.reshape(-1, WeightFile.block)
    with np.errstate(all="ignore"):  # equal weights divide by their range of 0; plain takes these
        codes, scales, zeros = quant_tensor_k_quant_cpu(
            flat, num_bits=4, group_size=WeightFile.block
        )
        found = codes.astype(np.float32), scales.astype(np.float32), zeros.astype(np.float32)
        plain = _whole_range(flat)
        # weighed as the search does it: a large weight's error counts more
        weights = np.sqrt((flat**2).mean(axis=1, keepdims=True)) + np.abs(flat)
        errors = [
            (weights * ((code - zero) * scale - flat) ** 2).sum(axis=1, keepdims=True)
            for code, scale, zero in (found, plain)
        ]
        better = errors[0] <= errors[1]  # False where the search ended in NaN
    codes, scales, zeros = (
        np.where(better, one, other) for one, other in zip(found, plain, strict=True)
    )
    zeros = zeros.reshape(rows, count).astype(np.uint8)
    zeros = np.pad(zeros, ((0, 0), (0, count % 2)))
    codes = codes.reshape(rows, count, -1).astype(np.uint8)
    return (
        codes[..., 0::2] | (codes[..., 1::2] << 4),  # two codes a byte, the first in the low half
        scales.reshape(rows, count).astype(np.float32),
        zeros[:, 0::2] | (zeros[:, 1::2] << 4),
    )


def _whole_range(
    blocks: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """4-bit codes [blocks, block], scales and zero points [blocks, 1] of a range that includes 0.

    The search lets a block of one sign begin far from 0, where no zero point from 0 to 15 reaches.
    """
    low = np.minimum(blocks.min(axis=1, keepdims=True), 0)
    high = np.maximum(blocks.max(axis=1, keepdims=True), 0)
    scales = (high - low) / np.float32(15)
    scales = np.where(scales == 0, np.float32(1), scales)
    zeros = np.rint(-low / scales)
    return np.clip(np.rint(blocks / scales) + zeros, 0, 15), scales, zeros
