"""What memory a run will need on each device, counted from the configuration: an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dagger_tools.checkpoint import Dtype
from dagger_tools.training.tuning.plan import Batches, GrpoPlan, LoraPlan, TuningPlan

__all__ = ["Memory", "estimate_memory"]

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
_TRAINED = 4 + 4 + 8
"""Bytes of a trained weight in float32 with its gradient and AdamW's two moments."""
_SCORES = 5 * 4
"""Bytes of one logit: as written, in float32, its log-softmax, its gradient, and the entropy told of."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one device, and how many weights there are."""

    weights: int
    trained: int
    parts: dict[str, int]

    @property
    def total(self) -> int:
        """All parts."""
        return sum(self.parts.values())


def estimate_memory(
    config: Any, plan: TuningPlan, batches: Batches, length: int, dtype: Dtype, *, recompute: bool
) -> Memory:
    """For sequences of ``length`` tokens at most; ``config`` is a ``Gemma3TextConfig``.

    Activations are counted as 34 values a token and hidden unit of a layer (Korthikanti et al., 2022,
    without attention scores, which sdpa does not keep), or two where they are computed again in the
    backward pass.
    """
    layer, adapter = _layer_weights(config, plan.lora)
    head = 1 if config.tie_word_embeddings else 2
    layers = config.num_hidden_layers
    weights = layer * layers + head * config.vocab_size * config.hidden_size
    trained = weights if plan.lora is None else adapter * layers
    size = _BYTES[dtype]
    tokens = batches.device_batch * length
    kept = tokens * config.hidden_size * size
    activations = (2 * layers + 34) * kept if recompute else 34 * layers * kept
    parts = {
        "weights": 0 if plan.lora is None else weights * size,
        "trained weights, gradients, AdamW": trained * _TRAINED,
        "activations": activations,
        "logits": tokens * config.vocab_size * _SCORES,
    }
    if isinstance(plan, GrpoPlan):
        written = batches.device_batch * batches.accumulation * length
        heads = 2 * config.num_key_value_heads * config.head_dim
        parts["KV cache while writing"] = written * layers * heads * size
    return Memory(weights, trained, parts)


def _layer_weights(config: Any, lora: LoraPlan | None) -> tuple[int, int]:
    """Weights of one layer, and of the adapter on it."""
    hidden, between = config.hidden_size, config.intermediate_size
    queries = config.num_attention_heads * config.head_dim
    keys = config.num_key_value_heads * config.head_dim
    shapes = {
        "q_proj": (hidden, queries),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "o_proj": (queries, hidden),
        "gate_proj": (hidden, between),
        "up_proj": (hidden, between),
        "down_proj": (between, hidden),
    }
    all_ = sum(read * written for read, written in shapes.values())
    if lora is None:
        return all_, 0
    return all_, sum(lora.rank * sum(shapes[name]) for name in lora.projections)
