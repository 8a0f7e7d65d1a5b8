"""How near an exported graph comes to torch, and how fast it is, on rendered Bangla questions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dagger_tools.errors import ExportError, ModelFileError
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.fused import read_pieces
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.onnx import read_in_pieces
from dagger_tools.generators.prompt import Prompt
from dagger_tools.generators.session import OnnxSession

if TYPE_CHECKING:
    import numpy.typing as npt

    from dagger_tools.checkpoint import CheckpointFiles

__all__ = ["COMPARED", "Parity", "compared_texts", "measure_parity", "measure_speed"]

_DECODED = 16
"""Tokens of each compared text that are read one at a time, over the cache."""
COMPARED = 48
"""Last tokens of each text whose scores are compared."""
_LONGEST = 4096
_SPEED = 32
_QUESTIONS = (
    "মিনার কাছে ১২টি আপেল ছিল। সে ৫টি আপেল ভাইকে দিল। তার কাছে কয়টি আপেল রইল?",
    "একটি খাতার দাম ৩৫ টাকা। রফিক ৪টি খাতা ও ২০ টাকার একটি কলম কিনল। সে মোট কত টাকা খরচ করল?",
    "একটি বাগানে ১৫ সারি গাছ আছে, প্রতি সারিতে ৮টি। এর মধ্যে ২৩টি গাছ মরে গেছে। কয়টি গাছ বেঁচে আছে?",
)


@dataclass(frozen=True, slots=True)
class Parity:
    """A graph against torch: ``error``, the largest difference of a logit as a share of the largest
    logit; ``same_top``, the share of places where both put the same token first."""

    error: float
    same_top: float
    compared: int


def compared_texts(found: CheckpointFiles, prompt: Prompt) -> list[list[int]]:
    """Rendered questions, each as often as it takes to leave the sliding window, and a short one.

    They leave room in the context for what ``measure_speed`` writes.

    Raises:
        ExportError: the context is too short to compare anything in it.
        ModelFileError: the tokenizer gives an id that the model has no embedding for.
    """
    chat = ChatPrompt(found.tokenizer.backend_tokenizer, found.chat_template, prompt)
    config = found.config
    longest = min(config.max_position_embeddings, _LONGEST) - _SPEED
    if longest < 2 * _DECODED:
        raise ExportError(
            f"a context of {config.max_position_embeddings} tokens is too short to be compared",
            hint=f"{_SPEED + 2 * _DECODED} are the least",
        )
    wanted = (config.sliding_window or 0) + 2 * _DECODED
    texts = []
    for question in _QUESTIONS:
        one = chat.render(question)
        texts.append((one * (1 + wanted // len(one)))[:longest])
    # and a short one: some ways to scale rope treat the beginning of long and short texts differently
    texts.append(texts[0][: COMPARED + _DECODED])
    if max(map(max, texts)) >= config.vocab_size:
        raise ModelFileError(
            f"{found.source}: its tokenizer knows more tokens than its {config.vocab_size} embeddings",
            hint="are both of the same checkpoint?",
        )
    return texts


def measure_parity(
    session: OnnxSession | FusedSession,
    texts: list[list[int]],
    expected: list[npt.NDArray[np.float32]],
) -> Parity:
    """Both kinds of step: the texts read in pieces, their last tokens one at a time.

    ``expected``: torch's scores after each of the last ``COMPARED`` tokens of each text.

    Raises:
        ModelFileError: torch's own scores are not finite, or all zero.
        ExportError: only ours are not finite.
    """
    worst = largest = 0.0
    same = compared = 0
    for text, theirs in zip(texts, expected, strict=True):
        begun = len(text) - _DECODED
        read = _reader(session, len(text))
        rows = [read(text[:begun])[-(COMPARED - _DECODED) :].copy()]
        rows += [read([token]).copy() for token in text[begun:]]
        ours = np.concatenate(rows)
        theirs = theirs[-len(ours) :]
        # a comparison with NaN is never true: it would pass for no difference at all
        if not (np.isfinite(theirs).all() and theirs.any()):
            raise ModelFileError(
                "the checkpoint's logits are not finite, or all zero, in torch too",
                hint="its weights are damaged: get them anew",
            )
        if not np.isfinite(ours).all():
            raise ExportError(
                "the exported graph's logits are not finite; torch's are",
                hint="nothing was written; try another quantisation or graph",
            )
        worst = max(worst, float(np.abs(ours - theirs).max()))
        largest = max(largest, float(np.abs(theirs).max()))
        same += int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum())
        compared += len(ours)
    return Parity(worst / largest, same / compared, compared)


def measure_speed(session: OnnxSession | FusedSession, text: list[int]) -> tuple[float, float]:
    """Tokens a second of reading and of writing, one output at a time."""
    read = _reader(session, len(text) + _SPEED)
    started = time.perf_counter()
    logits = read(text)
    begun = time.perf_counter()
    for _ in range(_SPEED):
        logits = read([int(logits[-1].argmax())])
    return len(text) / (begun - started), _SPEED / (time.perf_counter() - begun)


def _reader(
    session: OnnxSession | FusedSession, capacity: int
) -> Callable[[list[int]], npt.NDArray[np.float32]]:
    """Reads tokens after all that it read before; scores of the last ones."""
    if isinstance(session, FusedSession):
        cache = session.cache(1, capacity)
        return lambda tokens: read_pieces(session, cache, [tokens], last=COMPARED)
    past, done = session.no_past, 0

    def read(tokens: list[int]) -> npt.NDArray[np.float32]:
        nonlocal past, done
        logits, past = read_in_pieces(session, tokens, done, past)
        done += len(tokens)
        return logits

    return read
