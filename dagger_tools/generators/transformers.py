"""``transformers:CHECKPOINT``: a Gemma 3 checkpoint in torch, on the GPU where there is one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dagger_tools.checkpoint import Checkpoint, Dtype, load_checkpoint
from dagger_tools.errors import GeneratorAddressError
from dagger_tools.generators.address import read_options
from dagger_tools.generators.base import Decoding
from dagger_tools.generators.closing import GraphEnd
from dagger_tools.generators.language_model import LanguageModelGenerator, Row, Writer
from dagger_tools.generators.prompt import Prompt, family_of, load_prompt
from dagger_tools.generators.sampling import stop_if

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["TransformersGenerator", "transformers_generator"]


def transformers_generator(rest: str) -> TransformersGenerator:
    """What ``transformers:CHECKPOINT?dtype=&device=&grammar=&prompt=&adapter=`` opens."""
    source, _, query = rest.partition("?")
    known = {"dtype": "", "device": "", "grammar": "on", "prompt": "", "adapter": ""}
    options = read_options(query, known, "transformers")
    if not source:
        raise GeneratorAddressError(
            "transformers: names no checkpoint",
            hint="transformers:FOLDER or transformers:OWNER/NAME",
        )
    if options["grammar"] not in ("on", "off"):
        raise GeneratorAddressError(
            f"grammar={options['grammar']}", hint="grammar=on or grammar=off"
        )
    return TransformersGenerator(
        source,
        dtype=options["dtype"] or None,
        device=options["device"] or None,
        grammar=options["grammar"] == "on",
        prompt=Path(options["prompt"]) if options["prompt"] else None,
        adapter=options["adapter"] or None,
        address=f"transformers:{rest}",
    )


class TransformersGenerator(LanguageModelGenerator):
    """Questions to JSON graphs by a causal language model in torch.

    Args:
        source: a folder or a hub id, in any layout that ``load_checkpoint`` reads.
        dtype: float32, bfloat16 or float16; None for bfloat16 on a GPU, float32 elsewhere.
        device: as torch names it; None for a GPU where there is one.
        grammar: whether outputs are kept to well-formed graphs.
        prompt: a prompt file; None for that of the checkpoint's family.
        adapter: a LoRA adapter over the checkpoint.

    Raises:
        InputError: the dtype, device or prompt cannot be used.
        ModelFileError: files are missing or broken.
        MissingDependencyError: torch or transformers is not installed.
    """

    def __init__(
        self,
        source: str,
        *,
        dtype: str | None = None,
        device: str | None = None,
        grammar: bool = True,
        prompt: Path | None = None,
        adapter: str | None = None,
        address: str = "",
    ) -> None:
        self._source, self._dtype, self._device, self._adapter = source, dtype, device, adapter
        self._with_grammar = grammar
        self._address = address or f"transformers:{source}"
        self._prompt = load_prompt(prompt, family=family_of(source))
        # one batch at a time: torch's threads, or the GPU, are already all at work
        self._lock = threading.Lock()
        self._loaded = self._load()

    def _load(self) -> _Loaded:
        import torch

        device = self._device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = self._dtype or ("bfloat16" if device.startswith("cuda") else "float32")
        found = load_checkpoint(self._source, adapter=self._adapter, dtype=cast(Dtype, dtype))
        try:
            found.model.to(device)  # type: ignore[arg-type]  # transformers wraps torch's method
        except RuntimeError as error:
            raise GeneratorAddressError(f"device={device}: {error}", hint="device=cpu") from error
        return _Loaded(found, self._prompt, grammar=self._with_grammar, device=device)


class _Loaded(Writer):
    """A checkpoint on its device."""

    def __init__(self, found: Checkpoint, prompt: Prompt, *, grammar: bool, device: str) -> None:
        self._model: Any = found.model
        self._device = device
        super().__init__(
            found.tokenizer.backend_tokenizer,
            found.chat_template,
            prompt,
            context=found.model.config.max_position_embeddings,
            vocabulary=found.model.config.vocab_size,
            stop=found.stop_ids,
            grammar=grammar,
        )

    def write(
        self,
        prompts: list[list[int]],
        decoding: Decoding,
        limit: int,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd],
    ) -> list[list[Row]]:
        """``decoding.samples`` outputs of each prompt, all side by side; the prompt is read once."""
        import torch
        from transformers import DynamicCache

        stop_if(cancelled)
        groups = [self.rows(decoding, end) for _ in prompts]
        width = max(map(len, prompts))
        ids = torch.zeros((len(prompts), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for place, prompt in enumerate(prompts):  # padded on the left
            ids[place, width - len(prompt) :] = torch.tensor(prompt)
            mask[place, width - len(prompt) :] = 1
        cache: Any = DynamicCache()
        logits = self._forward(ids, mask, cache)
        cache.batch_repeat_interleave(decoding.samples)
        mask = mask.repeat_interleave(decoding.samples, dim=0)
        logits = logits.repeat(decoding.samples, axis=0)
        rows = [row for group in groups for row in group]
        limit = min(limit, self.context - width)
        for _ in range(limit):
            going = [i for i, row in enumerate(rows) if self.step(row, logits[i], decoding)]
            stop_if(cancelled)
            if not going:
                break
            if len(going) < len(rows):
                kept = torch.tensor(going)
                cache.batch_select_indices(kept.to(self._device))
                mask = mask[kept]
                rows = [rows[i] for i in going]
            ids = torch.tensor([[row.last] for row in rows])
            mask = torch.cat([mask, torch.ones((len(rows), 1), dtype=torch.long)], dim=1)
            logits = self._forward(ids, mask, cache)
        return groups

    def _forward(self, ids: Any, mask: Any, cache: Any) -> npt.NDArray[np.float32]:
        """Scores of what follows each row [rows, vocabulary]; ``cache`` grows."""
        import torch

        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        with torch.inference_mode():
            output = self._model(
                input_ids=ids.to(self._device),
                attention_mask=mask.to(self._device),
                position_ids=positions.to(self._device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        scores: npt.NDArray[np.float32] = output.logits[:, -1].float().cpu().numpy()
        return scores
