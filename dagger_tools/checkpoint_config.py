"""A Gemma 3 text model's configuration, saved by transformers 4 or 5, as transformers 4 names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import MissingDependencyError, ModelFileError
from dagger_tools.weights import read_object

if TYPE_CHECKING:
    from transformers import Gemma3TextConfig

__all__ = ["libraries", "read_config"]


def read_config(folder: Path) -> Gemma3TextConfig:
    """The text model's configuration, with what transformers 5 renamed under its old names.

    Raises:
        ModelFileError: there is none, or it is of another architecture.
    """
    _, transformers = libraries()
    raw = read_object(folder / "config.json")
    kind = raw.get("model_type")
    if kind not in ("gemma3", "gemma3_text"):
        raise ModelFileError(
            f"{folder} holds a {kind!r} model", hint="gemma3 and gemma3_text are read"
        )
    text = dict(raw.get("text_config", raw))
    rope = text.pop("rope_parameters", None)
    if rope:
        full, sliding = rope.get("full_attention", rope), rope.get("sliding_attention", {})
        text["rope_theta"] = full.get("rope_theta", 1_000_000.0)
        text["rope_local_base_freq"] = sliding.get("rope_theta", 10_000.0)
        if sliding.get("rope_type", "default") != "default":
            raise ModelFileError(
                f"{folder} scales the rope of its sliding layers ({sliding['rope_type']})",
                hint="Gemma 3 scales that of its full layers only; this is not read",
            )
        scaled = {k: v for k, v in full.items() if k != "rope_theta"}
        text["rope_scaling"] = None if scaled.get("rope_type", "default") == "default" else scaled
    for name in ("model_type", "architectures", "transformers_version", "dtype", "torch_dtype"):
        text.pop(name, None)
    # the multimodal layout keeps these outside of its text part
    for name in ("pad_token_id", "bos_token_id", "eos_token_id", "tie_word_embeddings"):
        if name not in text and raw.get(name) is not None:
            text[name] = raw[name]
    config: Gemma3TextConfig = transformers.Gemma3TextConfig(**text)
    if config.sliding_window is None:
        if "sliding_attention" in config.layer_types:
            raise ModelFileError(
                f"{folder} has sliding layers, and no sliding_window", hint="mend its config.json"
            )
        # transformers asks for one all the same; nothing lies outside of this
        config.sliding_window = config.max_position_embeddings
    config.architectures = ["Gemma3ForCausalLM"]
    return config


def libraries() -> tuple[Any, Any]:
    """torch and transformers.

    Raises:
        MissingDependencyError: one is not installed.
    """
    try:
        import torch
        import transformers
        import transformers.modeling_utils
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed", hint="pip install 'dagger-tools[onnx]'"
        ) from error
    return torch, transformers
