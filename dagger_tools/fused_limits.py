"""What the fused graph's operators can do, before one is written."""

from __future__ import annotations

from typing import Any, Literal

from dagger_tools.errors import ExportError
from dagger_tools.weight_file import Bits, WeightFile

__all__ = ["BITS", "FusedQuantisation", "check_fused"]

FusedQuantisation = Literal["none", "w8", "w4"]

BITS: dict[FusedQuantisation, tuple[Bits, Bits]] = {"none": (0, 0), "w8": (8, 8), "w4": (4, 8)}
"""Bits of all matrices, and of the embedding's table; where both are 8, a tied head is the table."""


def check_fused(config: Any, quantisation: FusedQuantisation) -> None:
    """Whether the fused graph can be written for a configuration.

    Raises:
        ExportError: it asks for something that the graph has no operator for.
    """
    refused = {
        "final_logit_softcapping": config.final_logit_softcapping,
        "attn_logit_softcapping": config.attn_logit_softcapping,
        "attention_bias": config.attention_bias,
        "use_bidirectional_attention": getattr(config, "use_bidirectional_attention", False),
    }
    wrong = [f"{name}={value}" for name, value in refused.items() if value]
    if config.hidden_activation != "gelu_pytorch_tanh":
        wrong.append(f"hidden_activation={config.hidden_activation}")
    # its frequencies change with the length of a text, and the table of rotations does not
    if (config.rope_scaling or {}).get("rope_type") == "longrope":
        wrong.append("rope_type=longrope")
    if config.head_dim % 16:  # GroupQueryAttention with the rotation inside
        wrong.append(f"head_dim={config.head_dim}, which is no multiple of 16")
    if BITS[quantisation][1] and config.hidden_size % WeightFile.block:
        wrong.append(
            f"hidden_size={config.hidden_size} in {quantisation}, "
            f"which is no multiple of {WeightFile.block}"
        )
    if wrong:
        raise ExportError(
            f"the fused graph has nothing for {', '.join(wrong)}",
            hint="use --graph optimum, or --quantize none where a quantisation is named",
        )
