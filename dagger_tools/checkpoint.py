"""Gemma 3 checkpoints, in whatever layout they were saved, as one plain ``Gemma3ForCausalLM``.

DAGGER's published weights are ``Gemma3ForConditionalGeneration`` (a vision tower beside the text
model); others are ``Gemma3ForCausalLM``, and either may be saved by transformers 4 or 5, or be a
LoRA adapter over one of them.  transformers 4.57 reads some of these with weights silently left
random, or with the scaling of its rotary embedding silently dropped.  Here every weight of the text
model is found under one of its known names and copied, or the loading fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from dagger_tools.checkpoint_config import libraries, read_config
from dagger_tools.errors import InputError, MissingDependencyError, ModelFileError
from dagger_tools.weights import TextWeights, read_lora, read_object

if TYPE_CHECKING:
    from transformers import (
        Gemma3ForCausalLM,
        Gemma3TextConfig,
        GenerationConfig,
        PreTrainedTokenizerFast,
    )

__all__ = [
    "Checkpoint",
    "CheckpointFiles",
    "Dtype",
    "adapter_base",
    "find_checkpoint",
    "load_checkpoint",
    "load_tokenizer",
    "load_weights",
    "merge_adapter",
    "open_checkpoint",
    "read_config",
    "save_model",
]

Dtype = Literal["float32", "bfloat16", "float16"]

_FILES = ("*.json", "*.safetensors", "*.jinja", "tokenizer.model")


@dataclass(frozen=True)
class CheckpointFiles:
    """A checkpoint on disk, its configuration and tokenizer read, its weights not yet.

    ``revision`` is the commit on the hub, None for a folder; ``generation`` its settings for
    generation, None where it brings none.
    """

    source: str
    folder: Path
    revision: str | None
    adapter: Path | None
    config: Gemma3TextConfig
    tokenizer: PreTrainedTokenizerFast
    generation: GenerationConfig | None

    @property
    def chat_template(self) -> str | None:
        """The template in Jinja, where the tokenizer brings exactly one."""
        template = self.tokenizer.chat_template
        return template if isinstance(template, str) else None

    @property
    def stop_ids(self) -> list[int]:
        """Ids that end an output by the settings for generation, or the configuration."""
        eos = getattr(self.generation, "eos_token_id", None)
        if eos is None:
            eos = self.config.eos_token_id
        return list(eos) if isinstance(eos, list) else [] if eos is None else [int(eos)]

    def weights(self) -> TextWeights:
        """The text model's weights, the adapter's changes in them.

        Raises:
            ModelFileError: a file is missing or broken, or the adapter does not fit.
        """
        weights = TextWeights(self.folder, self.adapter)
        if self.config.tie_word_embeddings:
            weights.forget("lm_head.weight")  # some store the embedding twice
        return weights


@dataclass(frozen=True)
class Checkpoint(CheckpointFiles):
    """A text model ready to run, its tokenizer, and where both came from."""

    model: Gemma3ForCausalLM


def load_checkpoint(
    source: str,
    *,
    revision: str | None = None,
    adapter: str | None = None,
    dtype: Dtype = "float32",
) -> Checkpoint:
    """The checkpoint at ``source`` as a model; see ``open_checkpoint`` for what may be given.

    Memory: the text model at ``dtype``, and one tensor more.

    Raises:
        InputError: the dtype is unknown.
        ModelFileError: files are missing or broken; the model is no Gemma 3; a weight is missing, or
            has another shape than the configuration says.
        MissingDependencyError: torch or transformers is not installed.
    """
    if dtype not in get_args(Dtype):
        raise InputError(f"no dtype {dtype!r}", hint=f"one of {', '.join(get_args(Dtype))}")
    return load_weights(open_checkpoint(source, revision=revision, adapter=adapter), dtype=dtype)


def load_weights(files: CheckpointFiles, *, dtype: Dtype = "float32") -> Checkpoint:
    """The checkpoint with its model; what ``load_checkpoint`` says of memory and errors holds."""
    torch, transformers = libraries()
    with transformers.modeling_utils.no_init_weights():
        model = transformers.Gemma3ForCausalLM._from_config(
            files.config, dtype=getattr(torch, dtype)
        )
    model.tie_weights()
    _fill(model, files.weights())
    model.eval()
    if files.generation is not None:
        model.generation_config = files.generation
    own = {field.name: getattr(files, field.name) for field in fields(files)}
    return Checkpoint(**own, model=model)


def open_checkpoint(
    source: str, *, revision: str | None = None, adapter: str | None = None
) -> CheckpointFiles:
    """The checkpoint at ``source``: a folder, or a hub id (downloaded once, resumed if cut off).

    ``source`` may itself be a LoRA adapter: its base is then read from ``adapter_config.json``.

    Raises:
        ModelFileError: files are missing or broken, or the model is no Gemma 3.
        MissingDependencyError: torch or transformers is not installed.
    """
    _, transformers = libraries()
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
    generation = None
    if (folder / "generation_config.json").exists():
        generation = transformers.GenerationConfig.from_pretrained(folder)
    has_own = adapter_folder is not None and (adapter_folder / "tokenizer.json").exists()
    tokenizer = load_tokenizer(adapter_folder if has_own and adapter_folder else folder)
    return CheckpointFiles(source, folder, found, adapter_folder, config, tokenizer, generation)


def save_model(found: Checkpoint, folder: Path, *, stop_ids: list[int] | None = None) -> None:
    """Write the text model as a plain ``Gemma3ForCausalLM`` in safetensors; not its tokenizer.

    ``stop_ids`` replace the checkpoint's own.
    """
    _, transformers = libraries()
    # transformers refuses to save the contradicting sampling settings of some checkpoints: only what
    # ends an output is kept
    found.model.generation_config = transformers.GenerationConfig(
        eos_token_id=found.stop_ids if stop_ids is None else stop_ids
    )
    found.model.save_pretrained(folder)


def merge_adapter(model: Gemma3ForCausalLM, folder: Path) -> None:
    """Add a LoRA adapter (Hu et al., 2021) to the weights: W + scale * B A, in float32.

    Raises:
        ModelFileError: it is no plain LoRA adapter, or does not fit the model.
    """
    import torch

    weights = dict(model.state_dict(keep_vars=True))
    if model.config.tie_word_embeddings:
        # it is the embedding itself: a change of the head alone has no place
        del weights["lm_head.weight"]
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    with torch.no_grad():
        for name, change in read_lora(folder, shapes).items():
            weights[name].copy_((weights[name].float() + change()).to(weights[name].dtype))


def adapter_base(folder: Path) -> str | None:
    """What the adapter in ``folder`` names as its base; None where the folder holds a whole model.

    Raises:
        ModelFileError: it names none.
    """
    if (folder / "config.json").exists() or not (folder / "adapter_config.json").exists():
        return None
    base = read_object(folder / "adapter_config.json").get("base_model_name_or_path")
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


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The fast tokenizer of ``folder``, whatever class its configuration names.

    Raises:
        ModelFileError: there is no ``tokenizer.json``, or it is broken.
    """
    _, transformers = libraries()
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


def _fill(model: Any, weights: TextWeights) -> None:
    import torch

    wanted = dict(model.state_dict(keep_vars=True))
    if model.config.tie_word_embeddings:
        del wanted["lm_head.weight"]
    weights.check({name: tuple(tensor.shape) for name, tensor in wanted.items()})
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(weights[name])
