"""``openai:URL#MODEL``: any server that speaks OpenAI's chat completions, over a stream."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from dagger_tools.errors import GeneratorAddressError, InputError
from dagger_tools.generators.address import read_options
from dagger_tools.generators.base import (
    GREEDY,
    MAX_NEW_TOKENS,
    Calibration,
    Candidate,
    Completion,
    Decoding,
    Refusal,
)
from dagger_tools.generators.chat import chat_messages, repair_messages
from dagger_tools.generators.chat_server import ChatServer, Guided
from dagger_tools.generators.closing import OpenEnd
from dagger_tools.generators.prompt import AS_IT_IS, family_of, load_prompt
from dagger_tools.text import Question

__all__ = ["OpenAIGenerator", "openai_generator"]


def openai_generator(rest: str) -> OpenAIGenerator:
    """What ``openai:http://host:port/v1?timeout=&concurrency=&max_retries=&guided=&prompt=#MODEL`` opens.

    The key is read from ``OPENAI_API_KEY``.
    """
    parts = urlsplit(rest)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.fragment:
        raise GeneratorAddressError(
            f"openai:{rest} names no server and model", hint="openai:http://host:port/v1#MODEL"
        )
    known = {
        "timeout": "120",
        "concurrency": "8",
        "max_retries": "4",
        "guided": "auto",
        "prompt": "",
    }
    options = read_options(parts.query, known, "openai")
    try:
        timeout, concurrency = float(options["timeout"]), int(options["concurrency"])
        retries = int(options["max_retries"])
    except ValueError as error:
        raise GeneratorAddressError(
            f"openai: {error}", hint="timeout=SECONDS&concurrency=8"
        ) from error
    guided = options["guided"]
    if guided not in ("auto", "json_schema", "off"):
        raise GeneratorAddressError(f"guided={guided}", hint="guided=auto, json_schema or off")
    return OpenAIGenerator(
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        parts.fragment,
        timeout=timeout,
        concurrency=concurrency,
        max_retries=retries,
        guided=guided,  # type: ignore[arg-type]  # one of the three, as checked
        prompt=Path(options["prompt"]) if options["prompt"] else None,
        address=f"openai:{rest}",
    )


class OpenAIGenerator:
    """Questions to JSON graphs by a model behind an OpenAI-compatible server.

    Args:
        url: up to and with ``/v1``.
        model: as the server names it.
        timeout: seconds that one output may take, with all of its retries.
        concurrency: outputs that are asked for side by side.
        max_retries: of an output, after a lost connection, a 429 or a 5xx.
        guided: ``json_schema`` asks the server to keep to the graph's schema, ``auto`` does until
            the server refuses, ``off`` never.
        prompt: a prompt file; None for that of the model's family.

    Raises:
        InputError: a number is out of its range, or there is no key for a server elsewhere.
        MissingDependencyError: the package openai is not installed.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        timeout: float = 120.0,
        concurrency: int = 8,
        max_retries: int = 4,
        guided: Guided = "auto",
        prompt: Path | None = None,
        address: str = "",
    ) -> None:
        if not (0 < timeout <= 3600 and 1 <= concurrency <= 256 and 0 <= max_retries <= 20):
            raise InputError(
                "openai wants a timeout up to 3600 s, 1 to 256 outputs at once, up to 20 retries"
            )
        self._address = address or f"openai:{url}#{model}"
        self._prompt = load_prompt(prompt, family=family_of(model))
        self._server = ChatServer(
            url,
            model,
            address=self._address,
            timeout=timeout,
            concurrency=concurrency,
            max_retries=max_retries,
            guided=guided,
        )

    @property
    def address(self) -> str:
        """The address that makes this generator again."""
        return self._address

    @property
    def calibration(self) -> Calibration | None:
        """None: it was not measured for this model."""
        return None

    def generate(
        self,
        questions: Sequence[Question],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Candidate, ...] | Refusal]:
        """Graphs of each question, the greedy one first, or why there is none.

        Raises:
            CancelledError: ``cancelled`` was set.
            GeneratorUnavailableError: the server is dead, too busy, or refuses.
        """
        asked = [
            (chat_messages(self._prompt, question.text), sample)
            for question in questions
            for sample in range(decoding.samples)
        ]
        outputs = self._server.ask_all(asked, decoding, cancelled)
        outcomes: list[tuple[Candidate, ...] | Refusal] = []
        for at in range(0, len(outputs), decoding.samples):
            ended = tuple(out for out in outputs[at : at + decoding.samples] if out is not None)
            outcomes.append(ended or self._unended(decoding))
        return outcomes

    def repair(self, question: Question, candidate: Candidate, fault: str) -> Candidate | Refusal:
        """One more greedy output, after the candidate and its fault."""
        messages = repair_messages(self._prompt, question.text, candidate.text, fault)
        (output,) = self._server.ask_all([(messages, 0)], GREEDY, None)
        return output or self._unended(GREEDY)

    def complete(
        self,
        prompts: Sequence[str],
        decoding: Decoding = GREEDY,
        *,
        cancelled: threading.Event | None = None,
    ) -> list[tuple[Completion, ...]]:
        """What the model writes to other prompts than the graph's; fewer where it did not end."""
        asked = [
            (chat_messages(AS_IT_IS, prompt), sample)
            for prompt in prompts
            for sample in range(decoding.samples)
        ]
        free = replace(decoding, grammar=False)
        outputs = self._server.ask_all(asked, free, cancelled, OpenEnd)
        return [
            tuple(Completion.of(o) for o in outputs[at : at + decoding.samples] if o is not None)
            for at in range(0, len(outputs), decoding.samples)
        ]

    def close(self) -> None:
        """Close the connections; generating afterwards opens new ones."""
        self._server.close()

    def _unended(self, decoding: Decoding) -> Refusal:
        limit = decoding.max_new_tokens or MAX_NEW_TOKENS
        return Refusal(f"the output did not end within {limit} tokens", self._address)
