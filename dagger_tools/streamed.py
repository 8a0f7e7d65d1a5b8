"""torch's logits of a checkpoint whose weights are read a layer at a time: the reference for exports."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagger_tools.checkpoint import CheckpointFiles

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["StreamedModel"]


class StreamedModel:
    """transformers' ``Gemma3ForCausalLM`` in float32, of which memory holds one layer at a time.

    The embedding, and a head of its own, stay in memory.  ``fp32_bytes``: what all weights would take.

    Args:
        files: the checkpoint.
        layers: only the first so many; None for all.

    Raises:
        ModelFileError: a weight is missing, unknown, or of another shape than the configuration says.
    """

    def __init__(self, files: CheckpointFiles, *, layers: int | None = None) -> None:
        import torch
        from transformers import Gemma3ForCausalLM

        config = files.config
        with torch.device("meta"):
            whole = Gemma3ForCausalLM(config)
        self._weights = files.weights()
        wanted = {name: tuple(tensor.shape) for name, tensor in whole.state_dict().items()}
        if config.tie_word_embeddings:
            del wanted["lm_head.weight"]
        self._weights.check(wanted)
        self.fp32_bytes = 4 * sum(math.prod(shape) for shape in wanted.values())
        model: Any = whole
        if layers is not None:
            model.model.layers = model.model.layers[:layers]
        for name in ("rotary_emb", "rotary_emb_local"):  # what they hold is no weight
            made = getattr(model.model, name)
            setattr(model.model, name, type(made)(config=made.config))
        model.model.embed_tokens.embed_scale = torch.tensor(config.hidden_size**0.5)
        self._fill(model.model.embed_tokens, "model.embed_tokens.")
        self._fill(model.model.norm, "model.norm.")
        if config.tie_word_embeddings:
            model.lm_head.weight = model.model.embed_tokens.weight
        else:
            self._fill(model.lm_head, "lm_head.")
        for index, layer in enumerate(model.model.layers):
            self._stream(layer, f"model.layers.{index}.")
        self._model = model.eval()

    def logits(self, text: Sequence[int], last: int) -> npt.NDArray[np.float32]:
        """Scores after each of the ``last`` tokens of a text that is read in one go."""
        import torch

        with torch.inference_mode():
            ids = torch.tensor([list(text)])
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=last).logits
        scores: npt.NDArray[np.float32] = logits[0].numpy()
        return scores

    def _fill(self, module: Any, place: str) -> None:
        import torch

        for name, parameter in list(module.named_parameters()):
            owner, _, own = name.rpartition(".")
            tensor = self._weights[place + name].float()
            filled = torch.nn.Parameter(tensor, requires_grad=False)
            assert filled.shape == parameter.shape
            module.get_submodule(owner).register_parameter(own, filled)

    def _stream(self, layer: Any, place: str) -> None:
        def read(module: Any, arguments: Any) -> None:
            self._fill(module, place)

        def forget(module: Any, arguments: Any, output: Any) -> None:
            module.to("meta")

        layer.register_forward_pre_hook(read)
        layer.register_forward_hook(forget)
