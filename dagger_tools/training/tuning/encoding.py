"""Rows as the token ids of one checkpoint, in the very rendering that the generators use later.

The trainer sees ids only.  So a question that spells a control token trains on these letters, and
``<bos>`` stands once, whoever writes it: the chat template, or the tokenizer on encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from dagger_tools.errors import GraphError, InputError
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.nano_codec import EOS, SPECIAL_TOKENS, NanoCodec
from dagger_tools.generators.prompt import AS_IT_IS, Prompt, family_of, load_prompt
from dagger_tools.graph import Graph
from dagger_tools.graph.compact import read_compact
from dagger_tools.text import read_question
from dagger_tools.training.reward import dagger_reward, graph_reward, rewards
from dagger_tools.training.tuning.rows import TuningRow

__all__ = ["ChatEncoding", "CodecEncoding", "Encoding", "Reward", "open_encoding"]

Reward = Callable[..., list[float | None]]
"""As TRL calls it: completions, and the columns of ``extra`` by their names, to a reward each."""

_SYSTEMS = 64
"""System messages that are kept rendered."""


class Encoding(Protocol):
    """How one kind of checkpoint reads a row, writes a response, and is paid for it."""

    @property
    def end(self) -> str:
        """The token that ends an output."""
        ...

    def takes(self, row: TuningRow) -> bool:
        """Whether the row can be written in it at all."""
        ...

    def prompt(self, row: TuningRow) -> list[int]:
        """What the model reads, ``<bos>`` first and once."""
        ...

    def response(self, row: TuningRow) -> list[int]:
        """What it shall write, ``end`` last."""
        ...

    def extra(self, row: TuningRow) -> Mapping[str, Any]:
        """Columns that the reward is told."""
        ...

    def reward(self, flag_weight: float) -> Reward:
        """What a completion earns."""
        ...

    def earned(self, row: TuningRow) -> float:
        """What the row's own response earns, where the row has one and an answer; 0 to 2."""
        ...

    def show(self, ids: Sequence[int]) -> str:
        """Ids as text, control tokens written out."""
        ...


@dataclass
class _Shown:
    tokenizer: Any

    def show(self, ids: Sequence[int]) -> str:
        """Ids as text, control tokens written out."""
        text: str = self.tokenizer.decode(ids, skip_special_tokens=False)
        return text


@dataclass
class ChatEncoding(_Shown):
    """A checkpoint that is asked in a chat and answers with the JSON graph.

    Args:
        tokenizer: the checkpoint's, as transformers loads it.
        prompt_of: the prompt around each question, or None: the messages are the row's own.

    Raises:
        InputError: the tokenizer has no token that ends a turn, or the chat template cannot be used.
    """

    prompt_of: Prompt | None = None

    def __post_init__(self) -> None:
        known = "<end_of_turn>" in self.tokenizer.get_vocab()
        end = "<end_of_turn>" if known else self.tokenizer.eos_token
        if end is None:
            raise InputError(
                "the tokenizer has neither <end_of_turn> nor an eos_token, and nothing ends a response",
                hint="name the eos_token in the checkpoint's tokenizer_config.json",
            )
        self._end = str(end)
        template = self.tokenizer.chat_template
        self._asked = ChatPrompt(
            self.tokenizer.backend_tokenizer,
            template if isinstance(template, str) else None,
            AS_IT_IS if self.prompt_of is None else self.prompt_of,
        )
        # the rows of a set share their system messages, or have as many as there are rows
        self._told = lru_cache(maxsize=_SYSTEMS)(self._with_system)

    @property
    def end(self) -> str:
        """The token that ends a turn."""
        return self._end

    def takes(self, row: TuningRow) -> bool:
        """Every text can be."""
        return True

    def prompt(self, row: TuningRow) -> list[int]:
        """The chat up to where the model's turn begins.

        Raises:
            InputError: a prompt is to be written around the question, and the row has none; or its system
                message cannot be rendered.
        """
        if self.prompt_of is None:
            try:
                chat = self._told(row.system)
            except InputError as error:
                raise InputError(f"{row.place}: {error.message}", hint=error.hint) from error
            return chat.render(row.user)
        if row.question is None:
            raise InputError(
                f"{row.place}: column 'question' is missing, which the prompt is written around",
                hint="add it, or leave the messages as they are with --prompt data",
            )
        return self._asked.render(row.question)

    def response(self, row: TuningRow) -> list[int]:
        """The response as letters, and the end of the turn."""
        end: int = self.tokenizer.convert_tokens_to_ids(self.end)
        return [*self._asked.encode_output(row.response or ""), end]

    def extra(self, row: TuningRow) -> Mapping[str, Any]:
        """The gold answer, exactly."""
        return {"solution": str(row.answer)}

    def reward(self, flag_weight: float) -> Reward:
        """The published reward, and what flags are paid on top."""

        def dagger(
            completions: Sequence[Any], solution: Sequence[Any], **columns: Any
        ) -> list[float | None]:
            return [*rewards(completions, solution, flag_weight=flag_weight)]

        return dagger

    def earned(self, row: TuningRow) -> float:
        """What the JSON graph of the response earns."""
        return dagger_reward(row.response or "", row.answer or 0)

    def _with_system(self, system: str | None) -> ChatPrompt:
        return self._asked.with_prompt(Prompt(AS_IT_IS.text, system=system))


@dataclass
class CodecEncoding(_Shown):
    """A checkpoint of the embedded model's kind, which reads slots and writes the compact notation.

    Args:
        tokenizer: the checkpoint's, as transformers loads it.
    """

    def __post_init__(self) -> None:
        self._codec = NanoCodec(self.tokenizer.backend_tokenizer)
        # a question comes once for each of its completions
        self._read = lru_cache(maxsize=1024)(read_question)

    @property
    def end(self) -> str:
        """The token that ends an output."""
        return EOS

    def takes(self, row: TuningRow) -> bool:
        """Whether the question may be one, and the model has slots for its numbers and tokens for the graph.

        Raises:
            InputError: a column is missing.
        """
        if row.question is None:
            raise InputError(f"{row.place}: column 'question' is missing", hint="add it")
        if row.response is not None and row.compact is None:
            raise InputError(
                f"{row.place}: column 'compact' is missing, which this checkpoint learns to write",
                hint="dagger-tools problems writes it",
            )
        try:
            self.prompt(row)
            if row.compact is not None:
                self._codec.encode_compact(row.compact)
        except InputError:
            return False
        return True

    def prompt(self, row: TuningRow) -> list[int]:
        """Question sentence and story, each number as its slot."""
        return self._codec.encode_question(self._read(row.question or ""))

    def response(self, row: TuningRow) -> list[int]:
        """The compact notation."""
        return self._codec.encode_compact(row.compact or "")

    def extra(self, row: TuningRow) -> Mapping[str, Any]:
        """The gold answer, exactly, and the question, whose numbers the graph is over."""
        return {"solution": str(row.answer), "question": row.question}

    def reward(self, flag_weight: float) -> Reward:
        """The published reward of the graph that the compact notation stands for."""

        def dagger(
            completion_ids: Sequence[Sequence[int]],
            solution: Sequence[str],
            question: Sequence[str],
            **columns: Any,
        ) -> list[float | None]:
            told = zip(completion_ids, solution, question, strict=True)
            return [
                graph_reward(self._graph(ids, asked), gold, flag_weight=flag_weight)
                for ids, gold, asked in told
            ]

        return dagger

    def earned(self, row: TuningRow) -> float:
        """What the compact notation earns, which is what is trained on here."""
        return graph_reward(self._graph(self.response(row), row.question or ""), row.answer or 0)

    def _graph(self, ids: Sequence[int], question: str) -> Graph | None:
        """The graph of a completion; None where it was cut off or is none."""
        if not ids or ids[-1] != self._codec.id(EOS):
            return None
        try:
            compact = self._codec.decode_compact(ids[:-1])
            return read_compact(compact, self._read(question).numbers)
        except (KeyError, GraphError):  # KeyError: a token that is no symbol of the notation
            return None


def open_encoding(tokenizer: Any, source: str, prompt: str) -> Encoding:
    """The encoding for the checkpoint of ``source``; ``prompt`` as in ``TuningPlan``.

    Raises:
        InputError: the prompt file cannot be used, or the checkpoint takes no prompt; the tokenizer has no
            token that ends a turn, or its chat template cannot be used.
    """
    known = tokenizer.get_vocab()
    if all(token in known for token in SPECIAL_TOKENS):
        if prompt != "data":
            raise InputError(
                f"{source} is of the embedded model's kind and takes no prompt",
                hint="leave --prompt out",
            )
        return CodecEncoding(tokenizer)
    if prompt == "data":
        return ChatEncoding(tokenizer)
    path = None if prompt == "family" else Path(prompt)
    return ChatEncoding(tokenizer, load_prompt(path, family=family_of(source)))
