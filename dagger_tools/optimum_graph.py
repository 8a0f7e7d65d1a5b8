"""Optimum's graph of a checkpoint: every operator apart, runs wherever ONNX Runtime does."""

from __future__ import annotations

import logging
import shutil
import warnings
from pathlib import Path
from typing import Literal

from dagger_tools.errors import MissingDependencyError

__all__ = ["OptimumQuantisation", "export_graph", "quantise"]

OptimumQuantisation = Literal["none", "int8", "w8"]

_INLINE = 1_500_000_000
"""Bytes of weights beyond which they go into a file of their own: protobuf ends at 2 GB."""


def export_graph(checkpoint: Path, out: Path) -> None:
    """Optimum's graph of a plain ``Gemma3ForCausalLM`` folder, with a KV cache, in fp32.

    Raises:
        MissingDependencyError: Optimum is not installed.
    """
    try:
        from optimum.exporters.onnx import main_export
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed", hint="pip install 'dagger-tools[onnx]'"
        ) from error
    size = sum(path.stat().st_size for path in checkpoint.glob("*.safetensors"))
    with warnings.catch_warnings():
        # torch's and Optimum's exporters warn about their own tracing
        warnings.simplefilter("ignore")
        main_export(
            str(checkpoint),
            output=out,
            task="text-generation-with-past",
            do_validation=False,
            # its removal of duplicate weights fails beyond protobuf's 2 GB
            no_post_process=size > _INLINE,
        )


def quantise(source: Path, target: Path, quantisation: OptimumQuantisation) -> None:
    """Write the graph ``source`` with quantised weights, or as it is, to ``target``.

    ``int8``: weights per channel, activations per tensor; ``w8``: both in blocks of 32, and the
    embedding stays in fp32.
    """
    weights = sum(path.stat().st_size for path in source.parent.glob("model.onnx*"))
    apart = weights > _INLINE
    if quantisation == "none":
        for path in source.parent.glob("model.onnx*"):
            shutil.copy(path, target.with_name(path.name))
        return
    if quantisation == "int8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            source, target, per_channel=True, weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"], use_external_data_format=apart,
        )  # fmt: skip
        return
    import onnx

    # it tells of every node it looks at
    logging.getLogger("onnxruntime.quantization.matmul_nbits_quantizer").setLevel(logging.WARNING)
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    quantizer = MatMulNBitsQuantizer(
        onnx.load(source), bits=8, block_size=32, is_symmetric=True,
        # products of int8: with those of fp32 (level 1) it writes slower than fp32 weights do
        accuracy_level=4,
    )  # fmt: skip
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), use_external_data_format=apart)
