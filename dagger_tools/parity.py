"""How near an exported graph comes to torch, and how fast it is, on rendered Bangla questions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.onnx import read_in_pieces
from dagger_tools.generators.prompt import Prompt
from dagger_tools.generators.session import OnnxSession

if TYPE_CHECKING:
    import numpy.typing as npt

    from dagger_tools.checkpoint import Checkpoint

__all__ = ["Parity", "compared_texts", "measure_parity", "measure_speed", "torch_logits"]

_DECODED = 16
"""Tokens of each compared text that are read one at a time, over the cache."""
_COMPARED = 48
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


def compared_texts(found: Checkpoint, prompt: Prompt) -> list[list[int]]:
    """Rendered questions, each as often as it takes to leave the sliding window."""
    chat = ChatPrompt(found.tokenizer.backend_tokenizer, found.chat_template, prompt)
    config: Any = found.model.config
    longest = min(config.max_position_embeddings, _LONGEST)
    wanted = (config.sliding_window or 0) + 2 * _DECODED
    texts = []
    for question in _QUESTIONS:
        one = chat.render(question)
        texts.append((one * (1 + wanted // len(one)))[:longest])
    return texts


def torch_logits(model: Any, text: Sequence[int]) -> npt.NDArray[np.float32]:
    """Scores after each of the last tokens, [at most _COMPARED, vocabulary], read in one go."""
    import torch

    with torch.inference_mode():
        ids = torch.tensor([list(text)])
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=_COMPARED).logits
    scores: npt.NDArray[np.float32] = logits[0].float().numpy()
    return scores


def measure_parity(
    session: OnnxSession, texts: list[list[int]], expected: list[npt.NDArray[np.float32]]
) -> Parity:
    """Both kinds of step: the texts read in pieces, their last tokens one at a time."""
    worst = largest = 0.0
    same = compared = 0
    for text, theirs in zip(texts, expected, strict=True):
        read = len(text) - _DECODED
        logits, past = read_in_pieces(session, text[:read], 0, session.no_past)
        rows = [logits[-(_COMPARED - _DECODED) :]]
        for place in range(read, len(text)):
            logits, past = session.forward([text[place]], place + 1, past)
            rows.append(logits)
        ours = np.concatenate(rows)
        theirs = theirs[-len(ours) :]
        worst = max(worst, float(np.abs(ours - theirs).max()))
        largest = max(largest, float(np.abs(theirs).max()))
        same += int((ours.argmax(axis=1) == theirs.argmax(axis=1)).sum())
        compared += len(ours)
    return Parity(worst / largest, same / compared, compared)


def measure_speed(session: OnnxSession, text: list[int]) -> tuple[float, float]:
    """Tokens a second of reading and of writing, one output at a time."""
    started = time.perf_counter()
    logits, past = read_in_pieces(session, text, 0, session.no_past)
    read = time.perf_counter()
    for step in range(_SPEED):
        logits, past = session.forward([int(logits[-1].argmax())], len(text) + step + 1, past)
    return len(text) / (read - started), _SPEED / (time.perf_counter() - read)
