"""The weights of a Gemma 3 text model on disk, under the names that ``Gemma3ForCausalLM`` gives them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import ModelFileError

if TYPE_CHECKING:
    import torch

__all__ = ["TextWeights", "read_lora", "read_object"]

_TEXT_NAMES = re.compile(
    r"^(?:model\.language_model\.|language_model\.model\.|model\.)(?!vision_tower)(.+)$"
)
_NOT_TEXT = re.compile(r"(?:^|\.)(?:vision_tower|multi_modal_projector)\.")
_HEADS = ("lm_head.weight", "language_model.lm_head.weight")
_LORA = re.compile(r"^base_model\.model\.(.+)\.lora_([AB])\.weight$")


class TextWeights(Mapping[str, "torch.Tensor"]):
    """A checkpoint's text weights by name, each read from disk when it is asked for.

    Whatever the layout, the names are those of ``Gemma3ForCausalLM``; the vision tower is left out.
    A weight that a LoRA adapter changes comes merged, in float32.

    Args:
        folder: holds ``model.safetensors``, or shards and their index.
        adapter: a folder that PEFT saved.

    Raises:
        ModelFileError: there are no safetensors, one is broken, or the adapter is no plain LoRA or of
            another base.
    """

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        from safetensors import SafetensorError, safe_open

        self._folder = folder
        self._places: dict[str, tuple[Any, str]] = {}
        for path in _shards(folder):
            try:
                shard = safe_open(path, framework="pt")
                names = list(shard.keys())  # type: ignore[no-untyped-call]  # safetensors has no types
            except (SafetensorError, OSError) as error:
                raise ModelFileError(
                    f"cannot read {path}: {error}", hint="download it again"
                ) from error
            for name in names:
                own = _own_name(name)
                if own is None:
                    continue
                if own in self._places:
                    raise ModelFileError(
                        f"{folder} stores {own} twice, as {self._places[own][1]} and {name}",
                        hint="keep the one that is meant",
                    )
                self._places[own] = (shard, name)
        shapes = {} if adapter is None else {name: self.shape(name) for name in self}
        self._lora = {} if adapter is None else read_lora(adapter, shapes)

    def __getitem__(self, name: str) -> torch.Tensor:
        from safetensors import SafetensorError

        shard, stored = self._places[name]
        try:
            tensor: torch.Tensor = shard.get_tensor(stored)
        except (SafetensorError, OSError) as error:
            raise ModelFileError(
                f"cannot read {stored} of {self._folder}: {error}", hint="download it again"
            ) from error
        if name in self._lora:
            tensor = tensor.float() + self._lora[name]()
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def forget(self, name: str) -> None:
        """Leave a weight out, if it is there.

        Raises:
            ModelFileError: the adapter changes it.
        """
        if name in self._lora:
            raise ModelFileError(
                f"the adapter changes {name}, and the model uses its embedding in place of that",
                hint="merge it with PEFT first, and save the head as a weight of its own",
            )
        self._places.pop(name, None)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a weight, without reading it."""
        shard, stored = self._places[name]
        return tuple(shard.get_slice(stored).get_shape())

    def check(self, wanted: Mapping[str, tuple[int, ...]]) -> None:
        """Whether exactly the weights of ``wanted`` are there, in these shapes.

        Raises:
            ModelFileError: one is missing, unknown or of another shape; the first three are named.
        """
        missing, unknown = set(wanted) - set(self), set(self) - set(wanted)
        if missing or unknown:
            raise ModelFileError(
                f"{self._folder} does not fit its config.json: "
                f"{_some('missing', missing)}{_some('unknown', unknown)}",
                hint="nothing is left random: get a complete checkpoint",
            )
        for name, shape in wanted.items():
            if self.shape(name) != tuple(shape):
                raise ModelFileError(
                    f"{self._folder}: {name} is {list(self.shape(name))}, "
                    f"by config.json {list(shape)}"
                )


def _some(what: str, names: Any) -> str:
    """How many names of a kind, and the first three."""
    listed = sorted(names)
    return f"{len(listed)} {what} ({', '.join(listed[:3])}) " if listed else ""


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
    names = ["model.safetensors"]
    if index.exists():
        stored = read_object(index).get("weight_map")
        if not isinstance(stored, dict) or not stored:
            raise ModelFileError(f"{index} has no weight_map", hint="download it again")
        # plain names only: an index must not lead out of its folder
        if wrong := [name for name in stored.values() if not _plain(name)]:
            raise ModelFileError(
                f"{index} names {wrong[0]!r}, which is no file of its folder",
                hint="download it again, from where you trust it",
            )
        names = sorted(set(stored.values()))
    paths = [folder / name for name in names]
    if missing := [path.name for path in paths if not path.is_file()]:
        raise ModelFileError(
            f"{folder} lacks {', '.join(missing[:3])}",
            hint="only safetensors are read; download the rest, or save the model as safetensors",
        )
    return paths


def _plain(name: object) -> bool:
    """Whether this is the name of a file, with no folder in it."""
    return isinstance(name, str) and name == Path(name).name and name not in ("", "..")


def read_lora(
    folder: Path, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Callable[[], torch.Tensor]]:
    """What a LoRA adapter adds to weights of these shapes (Hu et al., 2021): scale * B A, in float32.

    Raises:
        ModelFileError: it is no plain LoRA adapter, is broken, or does not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = read_object(folder / "adapter_config.json")
    for name in ("use_dora", "modules_to_save", "fan_in_fan_out", "rank_pattern", "alpha_pattern"):
        if config.get(name):
            raise ModelFileError(f"{folder}: {name} is not read", hint="merge it with PEFT first")
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise ModelFileError(f"{folder} is no plain LoRA adapter", hint="merge it with PEFT first")
    rank, scale = _rank_and_scale(folder, config)
    path = folder / "adapter_model.safetensors"
    if not path.is_file():
        raise ModelFileError(f"{folder} lacks {path.name}", hint="only safetensors are read")
    try:
        stored = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"cannot read {path}: {error}", hint="save it again") from error
    halves: dict[str, dict[str, torch.Tensor]] = {}
    unknown = []
    for name, tensor in stored.items():
        match = _LORA.match(name)
        own = _own_name(f"{match[1]}.weight") if match else None
        if match is None or own is None:
            unknown.append(name)
            continue
        halves.setdefault(own, {})[match[2]] = tensor
    unknown += [n for n, h in halves.items() if n not in shapes or set(h) != {"A", "B"}]
    if unknown or not halves:
        raise ModelFileError(
            f"{folder} does not fit the model: {_some('unknown', unknown) or 'it is empty'}",
            hint="is it an adapter of another base?",
        )
    for name, half in halves.items():
        outputs, inputs = shapes[name] if len(shapes[name]) == 2 else (0, 0)
        wanted = {"A": (rank, inputs), "B": (outputs, rank)}
        # not left to torch: a B of one row would be added to every row without a word
        if wrong := [key for key in "AB" if tuple(half[key].shape) != wanted[key]]:
            key = wrong[0]
            raise ModelFileError(
                f"{folder}: lora_{key} of {name} is {list(half[key].shape)}, "
                f"by its rank {rank} and the model {list(wanted[key])}",
                hint="is it an adapter of another base?",
            )

    def change(half: dict[str, torch.Tensor]) -> torch.Tensor:
        return scale * (half["B"].float() @ half["A"].float())

    return {name: partial(change, half) for name, half in halves.items()}


def _rank_and_scale(folder: Path, config: Mapping[str, Any]) -> tuple[int, float]:
    """The rank of an adapter, and the factor of its changes."""
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if type(rank) is not int or rank < 1:
        raise ModelFileError(f"{folder}: r is {rank!r}, not a rank", hint="save it again with PEFT")
    if not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise ModelFileError(
            f"{folder}: lora_alpha is {alpha!r}, not a number", hint="save it again with PEFT"
        )
    return rank, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def read_object(path: Path) -> Mapping[str, Any]:
    """The JSON object in a file of a checkpoint.

    Raises:
        ModelFileError: it cannot be read, or holds something else.
    """
    try:
        loaded = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(
            f"cannot read {path}: {error}", hint="is this a checkpoint?"
        ) from error
    if not isinstance(loaded, dict):
        raise ModelFileError(f"{path} holds no JSON object")
    return loaded
