"""The embedded model: a small Gemma 3 that ships inside the package and runs offline."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from dagger_tools.errors import InputError, ModelFileError
from dagger_tools.generators.base import GREEDY, Calibration, Candidate, Decoding, Refusal
from dagger_tools.generators.decoder import Decoded, OnnxDecoder
from dagger_tools.generators.manifest import checked_manifest, open_tokenizer
from dagger_tools.generators.nano_codec import NanoCodec
from dagger_tools.generators.nano_grammar import CompactConstraint
from dagger_tools.text import Question

__all__ = ["EMBEDDED", "NanoGenerator", "nano_generator"]

EMBEDDED = Path(__file__).parent.parent / "models" / "nano"
"""The folder of the checkpoint that ships with the package."""

_MAX_PROMPT = 512
"""Tokens of a question; the window within which every layer of the model sees all of it."""
_MAX_OUTPUT = 96
_USUAL = Decoding(samples=8, temperature=2.0)
"""On held-back problems the vote of eight is right more often than the greedy output alone, by about
one in a hundred, and how they agree tells how sure to be: at this temperature better than at a lower one
(docs/embedded-model.md)."""
_HINT = "reinstall dagger-tools, or export the checkpoint anew"


def nano_generator(folder: str = "") -> NanoGenerator:
    """What the address ``nano`` opens, or ``nano:DIR`` for another checkpoint of that layout."""
    return NanoGenerator(Path(folder) if folder else EMBEDDED)


class NanoGenerator:
    """Questions to compact graphs by the embedded model, decoded under the grammar.

    Raises:
        ModelFileError: a file of ``folder`` is missing or not the one that its manifest names.
        MissingDependencyError: ONNX Runtime is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        checked_manifest(
            folder, needed=("model.onnx", "model.onnx.data", "tokenizer.json"), hint=_HINT
        )
        self._calibration = _calibration(folder / "calibration.json")
        self._codec = _codec(folder)
        self._decoder: OnnxDecoder | None = OnnxDecoder(folder)
        # one question at a time: the session's threads already use the machine
        self._lock = threading.Lock()

    @property
    def calibration(self) -> Calibration | None:
        """The folder's own, from ``calibration.json``; None where there is none."""
        return self._calibration

    @property
    def address(self) -> str:
        """``nano``, or ``nano:DIR`` for another folder than the embedded one."""
        return "nano" if self._folder == EMBEDDED else f"nano:{self._folder}"

    @property
    def usual(self) -> Decoding:
        """Eight candidates, who vote."""
        return _USUAL

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        """Graphs of each question, the likeliest first, or why the model does not take it.

        The grammar is always on: the model knows nothing else.
        """
        return [self._generate_one(question, decoding, cancelled) for question in questions]

    def close(self) -> None:
        """Give the session back; generating afterwards opens it anew."""
        with self._lock:
            self._decoder = None

    def _generate_one(
        self, question: Question, decoding: Decoding, cancelled: threading.Event | None
    ) -> tuple[Candidate, ...] | Refusal:
        started = time.perf_counter()
        try:
            prompt = self._codec.encode_question(question)
        except InputError as error:
            return Refusal(str(error), self.address)
        if len(prompt) > _MAX_PROMPT:
            reason = f"the question takes {len(prompt)} tokens; this model reads {_MAX_PROMPT}"
            return Refusal(reason, self.address)
        numbers = len(question.numbers)
        constraints = [CompactConstraint(self._codec, numbers) for _ in range(decoding.samples)]
        limit = min(decoding.max_new_tokens or _MAX_OUTPUT, _MAX_OUTPUT)
        with self._lock:
            if self._decoder is None:
                self._decoder = OnnxDecoder(self._folder)
            outputs = self._decoder.decode(
                prompt, constraints, decoding, limit=limit, cancelled=cancelled
            )
        seconds = (time.perf_counter() - started) / len(outputs)
        candidates = tuple(
            self._candidate(out, seconds, len(outputs)) for out in outputs if out.complete
        )
        if not candidates:
            return Refusal(f"the output did not end within {limit} tokens", self.address)
        return candidates

    def _candidate(self, output: Decoded, seconds: float, samples: int) -> Candidate:
        return Candidate(
            text=self._codec.decode_compact(output.tokens),
            notation="compact",
            generator=self.address,
            output_tokens=len(output.tokens) + 1,
            seconds=seconds,
            log_probability=sum(output.log_probabilities),
            least_log_probability=min(output.log_probabilities),
            prompt_log_probability=output.prompt_log_probability,
            # the prompt is read once for all samples, as ``seconds`` is shared by them
            prefill_seconds=output.prefill_seconds / samples,
        )


def _codec(folder: Path) -> NanoCodec:
    tokenizer = open_tokenizer(folder, hint=_HINT)
    try:
        return NanoCodec(tokenizer)
    except InputError as error:
        raise ModelFileError(
            f"cannot load {folder / 'tokenizer.json'}: {error}", hint=_HINT
        ) from error


def _calibration(path: Path) -> Calibration | None:
    if not path.exists():
        return None
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            float(row["intercept"]), {k: float(v) for k, v in row["weights"].items()}
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "reinstall dagger-tools, or calibrate the checkpoint anew"
        raise ModelFileError(f"cannot read {path}: {error!r}", hint=hint) from error
