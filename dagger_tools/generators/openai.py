"""``openai:URL#MODEL``: any server that speaks OpenAI's chat completions, over a stream."""

from __future__ import annotations

import ipaddress
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dagger_tools.errors import (
    GeneratorAddressError,
    GeneratorUnavailableError,
    InputError,
    MissingDependencyError,
)
from dagger_tools.generators.address import read_options
from dagger_tools.generators.base import (
    GREEDY,
    Calibration,
    Candidate,
    Completion,
    Decoding,
    Refusal,
)
from dagger_tools.generators.chat import Messages, chat_messages, repair_messages
from dagger_tools.generators.closing import GraphEnd, OpenEnd
from dagger_tools.generators.prompt import AS_IT_IS, family_of, load_prompt
from dagger_tools.generators.sampling import stop_if
from dagger_tools.graph.ops import OPERATIONS
from dagger_tools.text import Question

__all__ = ["OpenAIGenerator", "openai_generator"]

_MAX_OUTPUT = 1024
_MAX_CHARS = 100_000  # of an output, whatever the server thinks of the limit on tokens
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0  # seconds before a retry: doubled each time
_Guided = Literal["auto", "json_schema", "off"]


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


@dataclass(frozen=True, slots=True)
class _Extras:
    """What a server may not know: asked for until it refuses."""

    schema: bool
    log_probabilities: bool = True


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
        guided: _Guided = "auto",
        prompt: Path | None = None,
        address: str = "",
    ) -> None:
        if not (0 < timeout <= 3600 and 1 <= concurrency <= 256 and 0 <= max_retries <= 20):
            raise InputError(
                "openai wants a timeout up to 3600 s, 1 to 256 outputs at once, up to 20 retries"
            )
        self._url, self._model, self._timeout = url, model, timeout
        self._retries, self._guided = max_retries, guided
        self._concurrency = concurrency
        self._address = address or f"openai:{url}#{model}"
        self._prompt = load_prompt(prompt, family=family_of(model))
        self._extras = _Extras(schema=guided != "off")
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(concurrency)
        self._client: Any = self._connect()

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
        outputs = self._ask_all(asked, decoding, cancelled)
        outcomes: list[tuple[Candidate, ...] | Refusal] = []
        for at in range(0, len(outputs), decoding.samples):
            ended = tuple(out for out in outputs[at : at + decoding.samples] if out is not None)
            outcomes.append(ended or self._unended(decoding))
        return outcomes

    def repair(self, question: Question, candidate: Candidate, fault: str) -> Candidate | Refusal:
        """One more greedy output, after the candidate and its fault."""
        messages = repair_messages(self._prompt, question.text, candidate.text, fault)
        (output,) = self._ask_all([(messages, 0)], GREEDY, None)
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
        outputs = self._ask_all(asked, free, cancelled, OpenEnd)
        return [
            tuple(Completion.of(o) for o in outputs[at : at + decoding.samples] if o is not None)
            for at in range(0, len(outputs), decoding.samples)
        ]

    def close(self) -> None:
        """Close the connections; generating afterwards opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _unended(self, decoding: Decoding) -> Refusal:
        limit = decoding.max_new_tokens or _MAX_OUTPUT
        return Refusal(f"the output did not end within {limit} tokens", self._address)

    def _connect(self) -> Any:
        try:
            import httpx
            import openai
        except ImportError as error:
            raise MissingDependencyError(
                f"{error.name} is not installed", hint="pip install 'dagger-tools[openai]'"
            ) from error
        local = _is_loopback(urlsplit(self._url).hostname or "")
        key = os.environ.get("OPENAI_API_KEY") or ("-" if local else "")
        if not key:
            raise InputError("OPENAI_API_KEY is not set", hint="export OPENAI_API_KEY=...")
        # a proxy of the environment is for servers elsewhere; retries are done here, within one time-out
        limits = httpx.Limits(max_connections=self._concurrency)
        http = httpx.Client(trust_env=not local, limits=limits)
        client: Any = (
            http  # openai 3 takes a client of httpx as well as one of httpx2, its types do not
        )
        return openai.OpenAI(base_url=self._url, api_key=key, max_retries=0, http_client=client)

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _ask_all(
        self,
        asked: list[tuple[Messages, int]],
        decoding: Decoding,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd] = GraphEnd,
    ) -> list[Candidate | None]:
        """One output for each of the messages; the first fault stops them all."""
        stop_if(cancelled)
        client = self._connected()
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=max(1, min(self._concurrency, len(asked))))
        try:
            futures: list[Future[Candidate | None]] = [
                pool.submit(self._ask, client, messages, sample, decoding, stop, end)
                for messages, sample in asked
            ]
            open_ = set(futures)
            while open_:
                done, open_ = wait(open_, timeout=0.05, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                stop_if(cancelled)
            return [future.result() for future in futures]
        finally:
            # who cancels does not wait for a server that is silent: its thread ends with its time-out
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(
        self,
        client: Any,
        messages: Messages,
        sample: int,
        decoding: Decoding,
        stop: threading.Event,
        end: Callable[[], GraphEnd],
    ) -> Candidate | None:
        """One output, asked for again where that can help; None if it did not end."""
        import httpx
        import openai

        started = time.monotonic()
        deadline = started + self._timeout
        pause, tries = _FIRST_PAUSE, 0
        with self._slots:
            while True:
                tries += 1
                extras = self._extras
                try:
                    output = self._stream(
                        client, messages, sample, decoding, extras, stop, deadline, end()
                    )
                    return output and replace(output, seconds=time.monotonic() - started)
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    if (fewer := _fewer(extras, str(error), self._guided)) is None:
                        raise self._refused(error) from error
                    self._extras = fewer
                    tries -= 1
                    continue
                except openai.APIStatusError as error:
                    if error.status_code != 429 and error.status_code < 500:
                        raise self._refused(error) from error
                    fault: Exception = error
                    pause = max(pause, _asked_pause(error))
                except (openai.APIError, httpx.HTTPError, TimeoutError) as error:
                    fault = error
                pause = min(pause, _LONGEST_PAUSE)
                if tries > self._retries or time.monotonic() + pause >= deadline or stop.is_set():
                    raise self._unavailable(fault, tries) from fault
                stop.wait(pause * random.uniform(0.75, 1.0))
                pause *= 2

    def _stream(
        self,
        client: Any,
        messages: Messages,
        sample: int,
        decoding: Decoding,
        extras: _Extras,
        stop: threading.Event,
        deadline: float,
        end: GraphEnd,
    ) -> Candidate | None:
        import httpx

        left = max(0.01, deadline - time.monotonic())
        request: dict[str, Any] = {
            "model": self._model,
            "messages": messages,
            "stream": True,
            "max_tokens": decoding.max_new_tokens or _MAX_OUTPUT,
            "temperature": decoding.temperature if sample else 0.0,
            "timeout": httpx.Timeout(left, connect=min(left, 10.0)),
        }
        if sample:
            request |= {"top_p": decoding.top_p, "seed": decoding.seed + sample}
        if extras.schema and decoding.grammar:
            request["response_format"] = {"type": "json_schema", "json_schema": _SCHEMA}
        if extras.log_probabilities:
            request["logprobs"] = True
        told: list[float] = []
        pieces = size = 0
        with client.chat.completions.create(**request) as stream:
            finish: str | None = None
            for piece, log_probabilities, finish in _pieces(stream):
                told += log_probabilities
                pieces += bool(piece)
                size += len(piece)
                if end.feed(piece):
                    finish = "stop"
                    break
                if stop.is_set() or size > _MAX_CHARS:
                    return None
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"no end within {self._timeout:g} s")
        if finish is None:
            raise httpx.RemoteProtocolError("the stream broke off")
        if finish != "stop":
            return None
        return Candidate(
            text=end.text,
            notation="json",
            generator=self._address,
            output_tokens=len(told) or pieces,
            seconds=0.0,
            log_probability=sum(told) if told else None,
            least_log_probability=min(told) if told else None,
        )

    def _refused(self, error: Exception) -> GeneratorUnavailableError:
        return GeneratorUnavailableError(
            f"{self._url} refuses: {str(error)[:300]}",
            hint="check the address, the model's name and OPENAI_API_KEY",
        )

    def _unavailable(self, error: Exception, tries: int) -> GeneratorUnavailableError:
        why = f"{type(error).__name__}: {str(error)[:300]}"
        return GeneratorUnavailableError(
            f"{self._url} gave no answer in {tries} tries: {why}",
            hint="is the server running? try again later",
            retryable=True,
        )


def _pieces(stream: Any) -> Iterator[tuple[str, list[float], str | None]]:
    """Text, log-probabilities and finish reason of each chunk that has a choice."""
    for chunk in stream:
        for choice in chunk.choices[:1]:
            content = choice.logprobs.content if choice.logprobs else None
            told = [min(0.0, float(token.logprob)) for token in content or ()]
            yield choice.delta.content or "", told, choice.finish_reason


def _fewer(extras: _Extras, message: str, guided: _Guided) -> _Extras | None:
    """What to ask for once a server refused: without what it names, or else one extra less."""
    if extras.log_probabilities and ("logprobs" in message or not extras.schema):
        return replace(extras, log_probabilities=False)
    if extras.schema and guided == "auto":
        return replace(extras, schema=False)
    return replace(extras, log_probabilities=False) if extras.log_probabilities else None


def _asked_pause(error: Any) -> float:
    """Seconds that the server asks to wait."""
    try:
        return float(error.response.headers.get("retry-after", 0))
    except ValueError:  # a date
        return 0.0


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_SCHEMA = {
    "name": "computational_graph",
    "schema": {
        "type": "object",
        "properties": {
            "nodes": {
                "type": "array",
                "maxItems": 40,
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "maxLength": 40},
                        "op": {"enum": list(OPERATIONS)},
                        "val": {"type": "number"},
                        "args": {"type": "array", "items": {"type": "string"}, "maxItems": 16},
                        "distractor": {"type": "boolean"},
                        "label": {"type": "string", "maxLength": 80},
                    },
                    "required": ["id", "op", "distractor"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["nodes"],
        "additionalProperties": False,
    },
}
"""The published graph as JSON schema, as far as one can say it."""
