"""The fused ONNX graph of a Gemma 3 text model, written a weight at a time.

Each layer is a handful of ONNX Runtime's own operators: ``GroupQueryAttention`` with the rotary
embedding and the sliding window inside, over a cache that is written in place; query, key and value
in one product, gate and up in another, ``MatMulNBits`` where the weights are quantised.  Weights go
from the checkpoint straight into a file beside the graph, so that memory holds one at a time.
Operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dagger_tools.fused_limits import BITS, FusedQuantisation, check_fused
from dagger_tools.generators.fused_session import LONGEST_CONTEXT
from dagger_tools.weight_file import Bits, WeightFile

if TYPE_CHECKING:
    import numpy.typing as npt
    from transformers import Gemma3TextConfig

    from dagger_tools.weights import TextWeights

__all__ = ["FusedQuantisation", "write_fused"]

_OPSET = 21
_DOMAIN = "com.microsoft"


def write_fused(
    config: Gemma3TextConfig,
    weights: TextWeights,
    out: Path,
    *,
    quantisation: FusedQuantisation = "none",
    layers: int | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> None:
    """Write ``model.onnx`` and ``model.onnx.data`` into ``out``.

    Inputs: ``input_ids`` [rows, width], right-padded; ``counts`` [rows], ids that are no padding;
    ``lengths`` [rows], tokens that the cache holds afterwards, less one; ``total``, the longest of
    them (not less one); ``keep`` [kept], places of rows x width whose logits are wanted; a pair of
    caches a layer, [rows, key-value heads, capacity, head], to be bound to the outputs of like
    names.  Output: ``logits`` [kept, vocabulary].

    Args:
        layers: only the first so many, to compare a part of a large model; None for all.
        advance: is told 1 after each layer.

    Raises:
        ExportError: the configuration asks for something that the graph has no operator for.
        ModelFileError: a weight cannot be read.
    """
    check_fused(config, quantisation)
    with WeightFile(out / "model.onnx.data") as file:
        graph = _Graph(config, weights, file, *BITS[quantisation])
        graph.write(layers or config.num_hidden_layers, advance)
    graph.save(out / "model.onnx")


class _Graph:
    """Nodes, initializers and the caches of the graph that is being written."""

    def __init__(
        self, config: Any, weights: TextWeights, file: WeightFile, bits: Bits, table_bits: Bits
    ) -> None:
        from onnx import TensorProto, helper

        self._helper, self._types = helper, TensorProto
        self._config, self._weights, self._file = config, weights, file
        self._bits, self._table_bits = bits, table_bits
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._names = 0

    def write(self, layers: int, advance: Callable[[int], None]) -> None:
        config = self._config
        types = self._types
        self._input("input_ids", types.INT64, ["rows", "width"])
        self._input("counts", types.INT32, ["rows"])
        self._input("lengths", types.INT32, ["rows"])
        self._input("total", types.INT32, [])
        self._input("keep", types.INT64, ["kept"])
        self._rotations()
        residual = self._embed()
        change: str | None = None
        for layer in range(layers):
            place = f"model.layers.{layer}."
            read, residual = self._add_norm(residual, change, place + "input_layernorm")
            mixed = self._attention(read, layer, place + "self_attn.")
            change = self._norm(mixed, place + "post_attention_layernorm")
            read, residual = self._add_norm(residual, change, place + "pre_feedforward_layernorm")
            mixed = self._feed_forward(read, place + "mlp.")
            change = self._norm(mixed, place + "post_feedforward_layernorm")
            advance(1)
        last, _ = self._add_norm(residual, change, "model.norm")
        flat = self._node("Reshape", last, self._constant("flat", [-1, config.hidden_size]))
        kept = self._node("Gather", flat, "keep", axis=0)
        self._head(kept)
        self._outputs.insert(0, self._value("logits", types.FLOAT, ["kept", config.vocab_size]))

    def save(self, path: Path) -> None:
        import onnx

        helper = self._helper
        graph = helper.make_graph(
            self._nodes, "gemma3", self._inputs, self._outputs, self._file.tensors
        )
        model = helper.make_model(
            graph,
            ir_version=10,
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_DOMAIN, 1)],
            producer_name="dagger-tools",
        )
        onnx.save(model, path)

    # parts of the model

    def _embed(self) -> str:
        config = self._config
        table = self._read("model.embed_tokens.weight")
        if self._table_bits:
            data, scales = self._file.add_quantised("embedding", table, self._table_bits)
            found = self._node(
                "GatherBlockQuantized",
                self._file.alias("embedding.rows", data, [config.vocab_size, -1]),
                "input_ids",
                scales,
                domain=_DOMAIN,
                bits=self._table_bits,
                block_size=self._file.block,
                gather_axis=0,
                quantize_axis=1,
            )
        else:
            found = self._node("Gather", self._file.add("embedding", table), "input_ids", axis=0)
        return self._node(
            "Mul", found, self._constant("scale", np.float32(config.hidden_size**0.5))
        )

    def _head(self, read: str) -> None:
        tied = self._config.tie_word_embeddings
        shared = tied and self._bits == self._table_bits
        name = "embedding" if shared else "head"
        if not shared:
            head = self._read("model.embed_tokens.weight" if tied else "lm_head.weight")
            if self._bits:
                self._file.add_quantised(name, head, self._bits)
            else:
                self._file.add(name, head)
        if self._bits:
            shape = (self._config.vocab_size, self._config.hidden_size)
            self._nbits(read, name, shape, "logits")
        else:
            # the embedding as it lies, not a second one turned round
            self._node("Gemm", read, name, output="logits", transB=1)

    def _attention(self, read: str, layer: int, place: str) -> str:
        config = self._config
        heads, pairs, size = (
            config.num_attention_heads,
            config.num_key_value_heads,
            config.head_dim,
        )
        widths = [heads * size, pairs * size, pairs * size]
        parts = [self._read(f"{place}{name}_proj.weight") for name in "qkv"]
        packed = self._product(read, f"{place}qkv", np.concatenate(parts))
        query, key, value = (self._new() for _ in range(3))
        self._nodes.append(
            self._helper.make_node(
                "Split", [packed, self._constant(f"{place}widths", widths)], [query, key, value],
                axis=-1,
            )
        )  # fmt: skip
        query = self._head_norm(query, place + "q_norm", heads)
        key = self._head_norm(key, place + "k_norm", pairs)
        sliding = config.layer_types[layer] == "sliding_attention"
        kind = "local" if sliding else "global"
        caches = []
        for half in ("key", "value"):
            shape = ["rows", pairs, "capacity", size]
            past, present = f"past.{layer}.{half}", f"present.{layer}.{half}"
            self._input(past, self._types.FLOAT, shape)
            self._outputs.append(self._value(present, self._types.FLOAT, shape))
            caches.append((past, present))
        (past_key, key_cache), (past_value, value_cache) = caches
        mixed = self._new()
        self._nodes.append(
            self._helper.make_node(
                "GroupQueryAttention",
                [query, key, value, past_key, past_value, "lengths", "total", f"cos.{kind}",
                 f"sin.{kind}", *[""] * 7, "counts"],
                [mixed, key_cache, value_cache],
                domain=_DOMAIN,
                num_heads=heads,
                kv_num_heads=pairs,
                scale=float(config.query_pre_attn_scalar**-0.5),
                do_rotary=1,
                local_window_size=config.sliding_window if sliding else -1,
            )
        )  # fmt: skip
        return self._product(mixed, f"{place}o", self._read(f"{place}o_proj.weight"))

    def _feed_forward(self, read: str, place: str) -> str:
        gate_up = [self._read(f"{place}{name}_proj.weight") for name in ("gate", "up")]
        both = self._product(read, f"{place}gate_up", np.concatenate(gate_up))
        gate, up = self._new(), self._new()
        self._nodes.append(
            self._helper.make_node("Split", [both], [gate, up], axis=-1, num_outputs=2)
        )
        active = self._node("FastGelu", gate, domain=_DOMAIN)
        return self._product(
            self._node("Mul", active, up), f"{place}down", self._read(f"{place}down_proj.weight")
        )

    def _rotations(self) -> None:
        """Cosines and sines [positions, head / 2], of the scaled and of the sliding layers."""
        import torch
        from transformers import Gemma3TextModel

        config = self._config
        with torch.device("meta"):
            # an empty model, for transformers' own reading of the many settings of rope
            model = Gemma3TextModel(
                type(config)(**config.to_dict() | {"num_hidden_layers": 0, "layer_types": []})
            )
        positions = torch.arange(min(config.max_position_embeddings, LONGEST_CONTEXT))[None]
        for kind, found in (("global", model.rotary_emb), ("local", model.rotary_emb_local)):
            with torch.device("cpu"):
                rotary = type(found)(config=found.config)
            values = rotary(torch.zeros(1), positions)
            for name, table in zip(("cos", "sin"), values, strict=True):
                half = table[0, :, : config.head_dim // 2].contiguous()
                self._file.add(f"{name}.{kind}", half.numpy())

    # pieces of a part

    def _norm(self, read: str, name: str) -> str:
        return self._node(
            "SimplifiedLayerNormalization",
            read,
            self._gain(name),
            epsilon=self._config.rms_norm_eps,
            axis=-1,
            stash_type=1,
        )

    def _add_norm(self, residual: str, change: str | None, name: str) -> tuple[str, str]:
        """The sum of both, normed, and the sum itself."""
        if change is None:
            return self._norm(residual, name), residual
        normed, total = self._new(), self._new()
        self._nodes.append(
            self._helper.make_node(
                "SkipSimplifiedLayerNormalization",
                [change, residual, self._gain(name)],
                [normed, "", "", total],
                domain=_DOMAIN,
                epsilon=self._config.rms_norm_eps,
            )
        )
        return normed, total

    def _head_norm(self, read: str, name: str, heads: int) -> str:
        size = self._config.head_dim
        apart = self._constant("apart", [0, 0, -1, size])
        normed = self._norm(self._node("Reshape", read, apart), name)
        together = self._constant(f"together.{heads}", [0, 0, heads * size])
        return self._node("Reshape", normed, together)

    def _gain(self, name: str) -> str:
        # Gemma stores the gain less one
        return self._file.add(name, self._read(f"{name}.weight") + np.float32(1))

    def _product(self, read: str, name: str, matrix: npt.NDArray[np.float32]) -> str:
        """``read`` times the transpose of ``matrix`` [out, in]."""
        if not self._bits:
            turned = np.ascontiguousarray(matrix.T)
            return self._node("MatMul", read, self._file.add(name, turned))
        self._file.add_quantised(name, matrix, self._bits)
        return self._nbits(read, name, matrix.shape)

    def _nbits(
        self, read: str, name: str, shape: tuple[int, ...], output: str | None = None
    ) -> str:
        outputs, inputs = shape
        return self._node(
            "MatMulNBits",
            read,
            *self._file.parts(name),
            output=output,
            domain=_DOMAIN,
            bits=self._bits,
            block_size=self._file.block,
            K=inputs,
            N=outputs,
            accuracy_level=4,
        )

    def _read(self, name: str) -> npt.NDArray[np.float32]:
        array: npt.NDArray[np.float32] = self._weights[name].float().numpy()
        return array

    def _constant(self, name: str, value: Any) -> str:
        array = np.asarray(value)
        return self._file.add_small(f"constant.{name}", array)

    def _node(
        self,
        kind: str,
        *inputs: str,
        domain: str = "",
        output: str | None = None,
        **attributes: Any,
    ) -> str:
        made = output or self._new()
        self._nodes.append(
            self._helper.make_node(kind, list(inputs), [made], domain=domain, **attributes)
        )
        return made

    def _input(self, name: str, kind: int, shape: list[Any]) -> None:
        self._inputs.append(self._value(name, kind, shape))

    def _value(self, name: str, kind: int, shape: list[Any]) -> Any:
        return self._helper.make_tensor_value_info(name, kind, shape)

    def _new(self) -> str:
        self._names += 1
        return f"v{self._names}"
