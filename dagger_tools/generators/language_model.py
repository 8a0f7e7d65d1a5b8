"""What generators over a language model's own tokens share, whatever runtime gives the scores."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dagger_tools.generators.base import (
    GREEDY,
    MAX_NEW_TOKENS,
    Calibration,
    Candidate,
    Completion,
    Decoding,
    Refusal,
)
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.closing import GraphEnd, OpenEnd
from dagger_tools.generators.json_grammar import JsonGraphConstraint, JsonGraphGrammar
from dagger_tools.generators.prompt import AS_IT_IS, Prompt
from dagger_tools.generators.sampling import draw, generators_of
from dagger_tools.text import Question

if TYPE_CHECKING:
    import numpy.typing as npt
    from tokenizers import Tokenizer

__all__ = ["LanguageModelGenerator", "Row", "Writer"]

_MAX_ROWS = 64
"""Outputs that are written side by side."""


@dataclass
class Row:
    """One output that is being written."""

    rng: np.random.Generator | None
    constraint: JsonGraphConstraint | None
    stream: Any
    end: GraphEnd
    log_probabilities: list[float] = field(default_factory=list)
    last: int = -1
    complete: bool = False
    prefill_seconds: float | None = None


class Writer(ABC):
    """A loaded model with all that writing needs; a runtime adds ``write``.

    Args:
        tokenizer: a plain ``tokenizers.Tokenizer``.
        template: the checkpoint's chat template; None for Gemma's turns.
        prompt: the text around a question.
        context: tokens that the model reads and writes together.
        vocabulary: size of its logits.
        stop: ids that end its turn, beside those that the tokenizer knows.
        grammar: whether outputs are kept to well-formed graphs.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: str | None,
        prompt: Prompt,
        *,
        context: int,
        vocabulary: int,
        stop: Iterable[int],
        grammar: bool,
    ) -> None:
        self._tokenizer = tokenizer
        self.chat = ChatPrompt(tokenizer, template, prompt)
        self.free = ChatPrompt(tokenizer, template, AS_IT_IS)
        self.context = context
        self._stop = self.chat.stop_ids | set(stop)
        self._grammar = JsonGraphGrammar(tokenizer, vocabulary) if grammar else None

    @abstractmethod
    def write(
        self,
        prompts: list[list[int]],
        decoding: Decoding,
        limit: int,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd],
    ) -> list[list[Row]]:
        """``decoding.samples`` outputs of each prompt, at most ``limit`` tokens each.

        Raises:
            CancelledError: ``cancelled`` was set.
        """

    def rows(self, decoding: Decoding, end: Callable[[], GraphEnd]) -> list[Row]:
        """The outputs of one prompt, of which nothing is written yet; the first is greedy."""
        return [self._row(rng, decoding, end) for rng in generators_of(decoding)]

    def _row(
        self,
        rng: np.random.Generator | None,
        decoding: Decoding,
        end: Callable[[], GraphEnd],
    ) -> Row:
        from tokenizers.decoders import DecodeStream

        held = self._grammar is not None and decoding.grammar
        constraint = self._grammar.constraint() if held and self._grammar else None
        return Row(rng, constraint, DecodeStream(skip_special_tokens=True), end())

    def step(self, row: Row, scores: npt.NDArray[np.float32], decoding: Decoding) -> bool:
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


class LanguageModelGenerator(ABC):
    """Questions to JSON graphs by a model that a subclass loads."""

    _address: str
    _lock: threading.Lock
    _loaded: Writer | None

    @abstractmethod
    def _load(self) -> Writer:
        """Open the model."""

    @property
    def address(self) -> str:
        """The address that makes this generator again."""
        return self._address

    @property
    def calibration(self) -> Calibration | None:
        """None: it was not measured for this checkpoint."""
        return None

    @property
    def writer(self) -> Writer:
        """The loaded model; loaded anew after ``close``."""
        with self._lock:
            return self._opened()

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

    def _opened(self) -> Writer:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _batch(
        self,
        loaded: Writer,
        prompts: list[list[int]],
        decoding: Decoding,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd] = GraphEnd,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        started = time.perf_counter()
        limit = min(decoding.max_new_tokens or MAX_NEW_TOKENS, MAX_NEW_TOKENS)
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

    def _candidate(self, row: Row, seconds: float) -> Candidate:
        return Candidate(
            text=row.end.text,
            notation="json",
            generator=self._address,
            output_tokens=len(row.log_probabilities),
            seconds=seconds,
            log_probability=sum(row.log_probabilities),
            least_log_probability=min(row.log_probabilities),
            prefill_seconds=row.prefill_seconds,
        )
