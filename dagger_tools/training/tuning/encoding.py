"""Rows as the token ids of one checkpoint, in the very rendering that the generators use later.

The trainer sees ids only.  So a question that spells a control token trains on these letters, and
``<bos>`` stands once, whoever writes it: the chat template, or the tokenizer on encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dagger_tools.errors import InputError
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.prompt import AS_IT_IS, Prompt, family_of, load_prompt
from dagger_tools.training.reward import rewards
from dagger_tools.training.tuning.rows import TuningRow

__all__ = ["ChatEncoding", "Encoding", "Reward", "open_encoding"]

Reward = Callable[..., list[float | None]]
"""As TRL calls it: completions, and the columns of ``extra`` by their names, to a reward each."""


class Encoding(Protocol):
    """How one kind of checkpoint reads a row, writes a response, and is paid for it."""

    @property
    def end(self) -> str:
        """The token that ends an output."""
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

    def show(self, ids: Sequence[int]) -> str:
        """Ids as text, control tokens written out."""
        ...


@dataclass
class ChatEncoding:
    """A checkpoint that is asked in a chat and answers with the JSON graph.

    Args:
        tokenizer: the checkpoint's, as transformers loads it.
        prompt_of: the prompt around each question, or None: the messages are the row's own.
    """

    tokenizer: Any
    prompt_of: Prompt | None = None
    _chats: dict[tuple[str, str | None], ChatPrompt] = field(default_factory=dict)

    @property
    def end(self) -> str:
        """The token that ends a turn."""
        known = self.tokenizer.get_vocab()
        return "<end_of_turn>" if "<end_of_turn>" in known else str(self.tokenizer.eos_token)

    def prompt(self, row: TuningRow) -> list[int]:
        """The chat up to where the model's turn begins.

        Raises:
            InputError: a prompt is to be written around the question, and the row has none.
        """
        if self.prompt_of is None:
            return self._chat(Prompt(AS_IT_IS.text, system=row.system)).render(row.user)
        if row.question is None:
            raise InputError(
                f"{row.place}: column 'question' is missing, which the prompt is written around",
                hint="add it, or leave the messages as they are with --prompt data",
            )
        return self._chat(self.prompt_of).render(row.question)

    def response(self, row: TuningRow) -> list[int]:
        """The response as letters, and the end of the turn."""
        chat = self._chat(Prompt(AS_IT_IS.text, system=row.system))
        end: int = self.tokenizer.convert_tokens_to_ids(self.end)
        return [*chat.encode_output(row.response or ""), end]

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

    def show(self, ids: Sequence[int]) -> str:
        """Ids as text, control tokens written out."""
        text: str = self.tokenizer.decode(ids, skip_special_tokens=False)
        return text

    def _chat(self, prompt: Prompt) -> ChatPrompt:
        key = (prompt.text, prompt.system)
        if key not in self._chats:
            template = self.tokenizer.chat_template
            self._chats[key] = ChatPrompt(
                self.tokenizer.backend_tokenizer,
                template if isinstance(template, str) else None,
                prompt,
            )
        return self._chats[key]


def open_encoding(tokenizer: Any, source: str, prompt: str) -> Encoding:
    """The encoding for the checkpoint of ``source``; ``prompt`` as in ``TuningPlan``.

    Raises:
        InputError: the prompt file or the chat template cannot be used.
    """
    if prompt == "data":
        return ChatEncoding(tokenizer)
    path = None if prompt == "family" else Path(prompt)
    return ChatEncoding(tokenizer, load_prompt(path, family=family_of(source)))
