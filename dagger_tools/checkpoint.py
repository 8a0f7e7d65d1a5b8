"""Gemma 3 checkpoints, in whatever layout they were saved, as one plain ``Gemma3ForCausalLM``.

DAGGER's published weights are ``Gemma3ForConditionalGeneration`` (a vision tower beside the text
model); others are ``Gemma3ForCausalLM``, and either may be saved by transformers 4 or 5, or be a
LoRA adapter over one of them.  transformers 4.57 reads some of these with weights silently left
random, or with the scaling of its rotary embedding silently dropped.  Here every weight of the text
model is found under one of its known names and copied, or the loading fails.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from dagger_tools.errors import InputError, MissingDependencyError, ModelFileError

if TYPE_CHECKING:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

__all__ = [
    "Checkpoint",
    "Dtype",
    "adapter_base",
    "find_checkpoint",
    "load_checkpoint",
    "load_tokenizer",
    "merge_adapter",
    "read_config",
    "save_model",
    "text_weights",
]

Dtype = Literal["float32", "bfloat16", "float16"]

_FILES = ("*.json", "*.safetensors", "*.jinja", "tokenizer.model")
_TEXT_NAMES = re.compile(
    r"^(?:model\.language_model\.|language_model\.model\.|model\.)(?!vision_tower)(.+)$"
)
_NOT_TEXT = re.compile(r"(?:^|\.)(?:vision_tower|multi_modal_projector)\.")
_HEADS = ("lm_head.weight", "language_model.lm_head.weight")
_LORA = re.compile(r"^base_model\.model\.(.+)\.lora_([AB])\.weight$")


@dataclass(frozen=True)
class Checkpoint:
    """A text model ready to run, its tokenizer, and where both came from.

    ``revision`` is the commit on the hub, None for a folder.
    """

    model: Gemma3ForCausalLM
    tokenizer: PreTrainedTokenizerFast
    source: str
    folder: Path
    revision: str | None = None
    adapter: Path | None = None

    @property
    def chat_template(self) -> str | None:
        """The template in Jinja, where the tokenizer brings exactly one."""
        template = self.tokenizer.chat_template
        return template if isinstance(template, str) else None

    @property
    def stop_ids(self) -> list[int]:
        """Ids that end an output by the checkpoint's settings for generation, or its configuration."""
        eos = getattr(self.model.generation_config, "eos_token_id", None)
        if eos is None:
            eos = self.model.config.eos_token_id
        return list(eos) if isinstance(eos, list) else [] if eos is None else [int(eos)]


def load_checkpoint(
    source: str,
    *,
    revision: str | None = None,
    adapter: str | None = None,
    dtype: Dtype = "float32",
) -> Checkpoint:
    """The checkpoint at ``source``: a folder, or a hub id (downloaded once, resumed if cut off).

    ``source`` may itself be a LoRA adapter: its base is then read from ``adapter_config.json``.
    Memory: the text model at ``dtype``, and one tensor more.

    Raises:
        InputError: the dtype is unknown.
        ModelFileError: files are missing or broken; the model is no Gemma 3; a weight is missing, or
            has another shape than the configuration says.
        MissingDependencyError: torch or transformers is not installed.
    """
    if dtype not in get_args(Dtype):
        raise InputError(f"no dtype {dtype!r}", hint=f"one of {', '.join(get_args(Dtype))}")
    torch, transformers = _libraries()
    folder, found = find_checkpoint(source, revision)
    adapter_folder = None if adapter is None else find_checkpoint(adapter, None)[0]
    if (base := adapter_base(folder)) is not None:
        if adapter_folder is not None:
            raise InputError(
                f"{source} is an adapter itself", hint="give its base, or leave out adapter"
            )
        adapter_folder = folder
        folder, found = find_checkpoint(base, None)
    config = read_config(folder)
    config._attn_implementation = "sdpa"
    with transformers.modeling_utils.no_init_weights():
        model = transformers.Gemma3ForCausalLM._from_config(config, dtype=getattr(torch, dtype))
    model.tie_weights()
    _fill(model, folder)
    if adapter_folder is not None:
        merge_adapter(model, adapter_folder)
    model.eval()
    generation = folder / "generation_config.json"
    if generation.exists():
        model.generation_config = transformers.GenerationConfig.from_pretrained(folder)
    has_own = adapter_folder is not None and (adapter_folder / "tokenizer.json").exists()
    tokenizer = load_tokenizer(adapter_folder if has_own and adapter_folder else folder)
    return Checkpoint(model, tokenizer, source, folder, found, adapter_folder)


def save_model(found: Checkpoint, folder: Path, *, stop_ids: list[int] | None = None) -> None:
    """Write the text model as a plain ``Gemma3ForCausalLM`` in safetensors; not its tokenizer.

    ``stop_ids`` replace the checkpoint's own.
    """
    _, transformers = _libraries()
    # transformers refuses to save the contradicting sampling settings of some checkpoints: only what
    # ends an output is kept
    found.model.generation_config = transformers.GenerationConfig(
        eos_token_id=found.stop_ids if stop_ids is None else stop_ids
    )
    found.model.save_pretrained(folder)


def adapter_base(folder: Path) -> str | None:
    """What the adapter in ``folder`` names as its base; None where the folder holds a whole model.

    Raises:
        ModelFileError: it names none.
    """
    if (folder / "config.json").exists() or not (folder / "adapter_config.json").exists():
        return None
    base = _json(folder / "adapter_config.json").get("base_model_name_or_path")
    if not base:
        raise ModelFileError(
            f"{folder} does not name its base model", hint="give the base, and this as adapter"
        )
    return str(base)


def find_checkpoint(source: str, revision: str | None) -> tuple[Path, str | None]:
    """The folder of ``source``, downloaded if it is a hub id, and the hub's commit."""
    folder = Path(source)
    if folder.is_dir():
        return folder, None
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", source):
        raise ModelFileError(
            f"no folder {source}", hint="give a folder, or a hub id such as owner/name"
        )
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingDependencyError(
            "huggingface_hub is not installed", hint="pip install 'dagger-tools[onnx]'"
        ) from error
    try:
        path = Path(snapshot_download(source, revision=revision, allow_patterns=list(_FILES)))
    except Exception as error:  # the hub's client raises a dozen unrelated classes
        raise ModelFileError(
            f"cannot fetch {source}: {error}", hint="check the id and the network, or give a folder"
        ) from error
    return path, path.name


def read_config(folder: Path) -> Gemma3TextConfig:
    """The text model's configuration, with what transformers 5 renamed under its old names.

    Raises:
        ModelFileError: there is none, or it is of another architecture.
    """
    _, transformers = _libraries()
    raw = _json(folder / "config.json")
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
        scaled = {k: v for k, v in full.items() if k != "rope_theta"}
        text["rope_scaling"] = None if scaled.get("rope_type", "default") == "default" else scaled
    for name in ("model_type", "architectures", "transformers_version", "dtype", "torch_dtype"):
        text.pop(name, None)
    # the multimodal layout keeps these outside of its text part
    for name in ("pad_token_id", "bos_token_id", "eos_token_id", "tie_word_embeddings"):
        if name not in text and raw.get(name) is not None:
            text[name] = raw[name]
    config: Gemma3TextConfig = transformers.Gemma3TextConfig(**text)
    config.architectures = ["Gemma3ForCausalLM"]
    return config


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer of ``folder``, whatever class its configuration names.

    Raises:
        ModelFileError: there is no ``tokenizer.json``, or it is broken.
    """
    _, transformers = _libraries()
    if not (folder / "tokenizer.json").exists():
        raise ModelFileError(
            f"{folder} has no tokenizer.json", hint="save the fast tokenizer beside the weights"
        )
    try:
        # AutoTokenizer does not know the class names that transformers 5 writes
        tokenizer: PreTrainedTokenizerFast = transformers.PreTrainedTokenizerFast.from_pretrained(
            folder
        )
    except Exception as error:  # tokenizers raises bare Exception for every fault of a file
        raise ModelFileError(f"cannot load the tokenizer of {folder}: {error}") from error
    template = folder / "chat_template.jinja"
    if template.exists():
        tokenizer.chat_template = template.read_text("utf-8")
    return tokenizer


def text_weights(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """The text model's tensors by their names in ``Gemma3ForCausalLM``, one at a time from disk.

    Raises:
        ModelFileError: there are no safetensors, or one is broken.
    """
    from safetensors import SafetensorError, safe_open

    for path in _shards(folder):
        try:
            with safe_open(path, framework="pt") as shard:
                for name in shard.keys():  # noqa: SIM118  # a reader of safetensors, not a dict
                    own = _own_name(name)
                    if own is not None:
                        yield own, shard.get_tensor(name)
        except (SafetensorError, OSError) as error:
            raise ModelFileError(
                f"cannot read {path}: {error}", hint="download it again"
            ) from error


def _own_name(name: str) -> str | None:
    """A stored weight's name in ``Gemma3ForCausalLM``; None for those of the vision tower."""
    if _NOT_TEXT.search(name):
        return None
    if name in _HEADS:
        return "lm_head.weight"
    match = _TEXT_NAMES.match(name)
    return f"model.{match[1]}" if match else name


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        names = sorted(set(_json(index).get("weight_map", {}).values()))
        paths = [folder / name for name in names]
    else:
        paths = [folder / "model.safetensors"]
    if missing := [path.name for path in paths if not path.is_file()]:
        raise ModelFileError(
            f"{folder} lacks {', '.join(missing[:3])}",
            hint="only safetensors are read; download the rest, or save the model as safetensors",
        )
    return paths


def _fill(model: Any, folder: Path) -> None:
    import torch

    wanted = dict(model.state_dict(keep_vars=True))
    tied = bool(model.config.tie_word_embeddings)
    open_ = {name for name in wanted if not (tied and name == "lm_head.weight")}
    unknown: list[str] = []
    with torch.no_grad():
        for name, tensor in text_weights(folder):
            if tied and name == "lm_head.weight":
                continue
            if name not in open_:
                unknown.append(name)
                continue
            if wanted[name].shape != tensor.shape:
                raise ModelFileError(
                    f"{folder}: {name} is {list(tensor.shape)}, by config.json {list(wanted[name].shape)}"
                )
            wanted[name].copy_(tensor)
            open_.remove(name)
    if open_ or unknown:
        raise ModelFileError(
            f"{folder} does not fit its config.json: {_some('missing', open_)}{_some('unknown', unknown)}",
            hint="nothing is left random: get a complete checkpoint",
        )


def _some(what: str, names: Any) -> str:
    listed = sorted(names)
    return f"{len(listed)} {what} ({', '.join(listed[:3])}) " if listed else ""


def merge_adapter(model: Gemma3ForCausalLM, folder: Path) -> None:
    """Add a LoRA adapter (Hu et al., 2021) to the weights: W + scale * B A, in float32.

    Raises:
        ModelFileError: it is no plain LoRA adapter, or does not fit the model.
    """
    import torch
    from safetensors.torch import load_file

    config = _json(folder / "adapter_config.json")
    for name in ("use_dora", "modules_to_save", "fan_in_fan_out", "rank_pattern", "alpha_pattern"):
        if config.get(name):
            raise ModelFileError(f"{folder}: {name} is not read", hint="merge it with PEFT first")
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise ModelFileError(f"{folder} is no plain LoRA adapter", hint="merge it with PEFT first")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    scale = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        raise ModelFileError(f"{folder} lacks {path.name}", hint="only safetensors are read")
    halves: dict[str, dict[str, torch.Tensor]] = {}
    unknown = []
    for name, tensor in load_file(path).items():
        match = _LORA.match(name)
        own = _own_name(f"{match[1]}.weight") if match else None
        if match is None or own is None:
            unknown.append(name)
            continue
        halves.setdefault(own, {})[match[2]] = tensor
    weights = dict(model.state_dict(keep_vars=True))
    unknown += [n for n, h in halves.items() if n not in weights or set(h) != {"A", "B"}]
    if unknown or not halves:
        raise ModelFileError(
            f"{folder} does not fit the model: {_some('unknown', unknown) or 'it is empty'}",
            hint="is it an adapter of another base?",
        )
    with torch.no_grad():
        for name, half in halves.items():
            change = scale * (half["B"].float() @ half["A"].float())
            weights[name].copy_((weights[name].float() + change).to(weights[name].dtype))


def _json(path: Path) -> Mapping[str, Any]:
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"cannot read {path}: {error}", hint="is this a checkpoint?"
        ) from error
    if not isinstance(loaded, dict):
        raise ModelFileError(f"{path} holds no JSON object")
    return loaded


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
        import transformers.modeling_utils
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed", hint="pip install 'dagger-tools[onnx]'"
        ) from error
    return torch, transformers
