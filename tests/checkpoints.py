"""Small Gemma 3 checkpoints of the published layouts, made on the spot."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import (
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    PreTrainedTokenizerFast,
)

__all__ = ["CHAT_TEMPLATE", "Layout", "make_checkpoint", "make_tokenizer", "text_config"]

Layout = Literal["multimodal", "causal"]

CHAT_TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set first = messages[0]['content'] + '\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set first = '' %}{% set rest = messages %}{% endif %}"
    "{% for message in rest %}{% set role = 'model' if message['role'] == 'assistant' else 'user' %}"
    "{{ '<start_of_turn>' + role + '\n' + (first if loop.first else '') }}"
    "{% if message['content'] is string %}{{ message['content'] | trim }}{% else %}"
    "{% for part in message['content'] %}{{ part['text'] | trim }}{% endfor %}{% endif %}"
    "{{ '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<start_of_turn>model\n' }}{% endif %}"
)
"""Turns as Gemma 3's own template writes them; the system message goes into the first user turn."""

_TEXT = (
    'মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মোট কত টাকা? {"nodes": [{"id": "n1", "op": '
    '"const", "val": 100, "distractor": false, "label": "কলম"}]} final_result identity You are an expert'
)


def make_tokenizer(vocabulary: int = 600) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with Gemma 3's control tokens and chat template."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    from tokenizers import decoders

    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([_TEXT] * 3, trainer)
    from tokenizers.processors import TemplateProcessing

    # like Gemma's: encoding puts <bos> in front by itself
    tokenizer.post_processor = TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", special.index("<bos>"))]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers has no types
        tokenizer_object=tokenizer,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def text_config(vocabulary: int, **changes: Any) -> Gemma3TextConfig:
    """A text model of two sliding layers and a full one, rope scaled by 8 as in Gemma 3 4B."""
    values: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "max_position_embeddings": 2048,
        "sliding_window": 32,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
        "rope_theta": 1_000_000.0,
        "rope_local_base_freq": 10_000.0,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "bos_token_id": 2,
    }
    return Gemma3TextConfig(**values | changes)  # type: ignore[no-untyped-call]  # as above


def make_checkpoint(
    folder: Path,
    *,
    layout: Layout = "multimodal",
    saved_by: Literal[4, 5] = 4,
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    spread: float = 0.1,
    **changes: Any,
) -> Gemma3ForCausalLM:
    """Save a random checkpoint into ``folder``; return its text model as torch knows it.

    ``spread`` is the standard deviation of its weights: large enough that logits differ clearly.
    """
    tokenizer = make_tokenizer()
    config = text_config(len(tokenizer), initializer_range=spread, **changes)
    torch.manual_seed(seed)
    text: Any = Gemma3ForCausalLM(config)
    text.to(dtype).eval()
    with torch.no_grad():
        for weight in text.parameters():
            if weight.ndim == 1:  # norms start at zero: make them matter
                weight.normal_(0.0, spread)
    saved: Any = text
    if layout == "multimodal":
        vision = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1,
                  "num_attention_heads": 2, "image_size": 28, "patch_size": 14}  # fmt: skip
        whole = Gemma3Config(
            text_config=config.to_dict(), vision_config=vision, mm_tokens_per_image=4
        )
        saved = Gemma3ForConditionalGeneration(whole)
        saved.to(dtype).eval()
        saved.model.language_model.load_state_dict(text.model.state_dict())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if saved_by == 5:
        _as_transformers_5(folder)
    model: Gemma3ForCausalLM = text
    return model


def _as_transformers_5(folder: Path) -> None:
    """Rewrite the configuration as transformers 5 saves it."""
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    text = config.get("text_config", config)
    full = {
        "rope_theta": text.pop("rope_theta"),
        **(text.pop("rope_scaling") or {"rope_type": "default"}),
    }
    sliding = {"rope_theta": text.pop("rope_local_base_freq"), "rope_type": "default"}
    text["rope_parameters"] = {"full_attention": full, "sliding_attention": sliding}
    config["transformers_version"] = "5.2.0"
    path.write_text(json.dumps(config), "utf-8")
    path = folder / "tokenizer_config.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    tokenizer["tokenizer_class"] = "TokenizersBackend"
    path.write_text(json.dumps(tokenizer), "utf-8")
