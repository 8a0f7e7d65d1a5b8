"""``transformers:CHECKPOINT``: a Gemma 3 checkpoint in torch, on the GPU where there is one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from dagger_tools.checkpoint import Checkpoint, Dtype, load_checkpoint
from dagger_tools.errors import GeneratorAddressError
from dagger_tools.generators.address import read_options
from dagger_tools.generators.base import (
    GREEDY,
    Calibration,
    Candidate,
    Completion,
    Decoding,
    Refusal,
)
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.closing import GraphEnd, OpenEnd
from dagger_tools.generators.json_grammar import JsonGraphConstraint, JsonGraphGrammar
from dagger_tools.generators.prompt import AS_IT_IS, family_of, load_prompt
from dagger_tools.generators.sampling import draw, generators_of, stop_if
from dagger_tools.text import Question

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["TransformersGenerator", "transformers_generator"]

_MAX_OUTPUT = 1024  # the published evaluation's limit
_MAX_ROWS = 64
"""Outputs that are written side by side."""


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


class TransformersGenerator:
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
        self._loaded: _Loaded | None = self._load()

    @property
    def address(self) -> str:
        """The address that makes this generator again."""
        return self._address

    @property
    def calibration(self) -> Calibration | None:
        """None: it was not measured for this checkpoint."""
        return None

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        """Graphs of each question, the greedy one first, or why there is none."""
        outcomes: list[tuple[Candidate, ...] | Refusal] = []
        batch = max(1, _MAX_ROWS // decoding.samples)
        with self._lock:
            loaded = self._opened()
            for at in range(0, len(questions), batch):
                prompts = [loaded.chat.render(q.text) for q in questions[at : at + batch]]
                outcomes += self._batch(loaded, prompts, decoding, cancelled)
        return outcomes

    def repair(self, question: Question, candidate: Candidate, fault: str) -> Candidate | Refusal:
        """One more greedy output, after the candidate and its fault."""
        with self._lock:
            loaded = self._opened()
            prompt = loaded.chat.render_repair(question.text, candidate.text, fault)
            outcome = self._batch(loaded, [prompt], GREEDY, None)[0]
        return outcome if isinstance(outcome, Refusal) else outcome[0]

    def complete(
        self,
        prompts: Sequence[str],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Completion, ...]]:
        """What the model writes to other prompts than the graph's; fewer where it did not end."""
        free = replace(decoding, grammar=False)
        written: list[tuple[Completion, ...]] = []
        batch = max(1, _MAX_ROWS // decoding.samples)
        with self._lock:
            loaded = self._opened()
            for at in range(0, len(prompts), batch):
                rendered = [loaded.free.render(prompt) for prompt in prompts[at : at + batch]]
                for outcome in self._batch(loaded, rendered, free, cancelled, OpenEnd):
                    candidates = () if isinstance(outcome, Refusal) else outcome
                    written.append(tuple(map(Completion.of, candidates)))
        return written

    def close(self) -> None:
        """Give the model back; generating afterwards loads it anew."""
        with self._lock:
            self._loaded = None

    def _opened(self) -> _Loaded:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

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

    def _batch(
        self,
        loaded: _Loaded,
        prompts: list[list[int]],
        decoding: Decoding,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd] = GraphEnd,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        started = time.perf_counter()
        limit = min(decoding.max_new_tokens or _MAX_OUTPUT, _MAX_OUTPUT)
        readable = [len(prompt) < loaded.context for prompt in prompts]
        taken = [prompt for prompt, fits in zip(prompts, readable, strict=True) if fits]
        written = iter(loaded.write(taken, decoding, limit, cancelled, end) if taken else [])
        seconds = (time.perf_counter() - started) / max(1, len(taken) * decoding.samples)
        outcomes: list[tuple[Candidate, ...] | Refusal] = []
        for prompt, fits in zip(prompts, readable, strict=True):
            if not fits:
                reason = f"the prompt takes {len(prompt)} tokens; the model reads {loaded.context}"
                outcomes.append(Refusal(reason, self._address))
                continue
            rows = next(written)
            candidates = tuple(self._candidate(row, seconds) for row in rows if row.complete)
            reason = f"the output did not end within {limit} tokens"
            outcomes.append(candidates or Refusal(reason, self._address))
        return outcomes

    def _candidate(self, row: _Row, seconds: float) -> Candidate:
        return Candidate(
            text=row.end.text,
            notation="json",
            generator=self._address,
            output_tokens=len(row.log_probabilities),
            seconds=seconds,
            log_probability=sum(row.log_probabilities),
            least_log_probability=min(row.log_probabilities),
        )


@dataclass
class _Row:
    """One output that is being written."""

    rng: np.random.Generator | None
    constraint: JsonGraphConstraint | None
    stream: Any
    end: GraphEnd
    log_probabilities: list[float] = field(default_factory=list)
    last: int = -1
    complete: bool = False


class _Loaded:
    """A checkpoint on its device with all that writing needs."""

    def __init__(self, found: Checkpoint, prompt: Any, *, grammar: bool, device: str) -> None:
        self._model: Any = found.model
        self._device = device
        self._tokenizer = found.tokenizer.backend_tokenizer
        template = found.tokenizer.chat_template
        self.chat = ChatPrompt(
            self._tokenizer, template if isinstance(template, str) else None, prompt
        )
        self.free = ChatPrompt(
            self._tokenizer, template if isinstance(template, str) else None, AS_IT_IS
        )
        self.context: int = found.model.config.max_position_embeddings
        eos = getattr(found.model.generation_config, "eos_token_id", None)
        listed = eos if isinstance(eos, list) else [] if eos is None else [eos]
        self._stop = self.chat.stop_ids | set(listed)
        vocabulary = found.model.config.vocab_size
        self._grammar = JsonGraphGrammar(self._tokenizer, vocabulary) if grammar else None

    def write(
        self,
        prompts: list[list[int]],
        decoding: Decoding,
        limit: int,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd],
    ) -> list[list[_Row]]:
        """``decoding.samples`` outputs of each prompt, all side by side; the prompt is read once."""
        import torch
        from transformers import DynamicCache

        stop_if(cancelled)
        groups = [
            [self._row(rng, decoding, end) for rng in generators_of(decoding)] for _ in prompts
        ]
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
            going = [i for i, row in enumerate(rows) if self._step(row, logits[i], decoding)]
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

    def _row(
        self,
        rng: np.random.Generator | None,
        decoding: Decoding,
        end: Callable[[], GraphEnd],
    ) -> _Row:
        from tokenizers.decoders import DecodeStream

        held = self._grammar is not None and decoding.grammar
        constraint = self._grammar.constraint() if held and self._grammar else None
        return _Row(rng, constraint, DecodeStream(skip_special_tokens=True), end())

    def _step(self, row: _Row, scores: npt.NDArray[np.float32], decoding: Decoding) -> bool:
        """Write a row's next token; False once its output has ended."""
        if row.constraint is not None:
            scores = np.where(row.constraint.allowed(), scores, -np.inf)
        row.last, log_probability = draw(scores, decoding, row.rng)
        row.log_probabilities.append(log_probability)
        if row.constraint is None and row.last in self._stop:
            row.complete = True
            return False
        closed = row.end.feed(row.stream.step(self._tokenizer, row.last) or "")
        if row.constraint is not None:
            closed = not row.constraint.accept(row.last)
        row.complete = closed
        return not closed

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
