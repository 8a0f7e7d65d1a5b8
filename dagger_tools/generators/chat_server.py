"""A server that speaks OpenAI's chat completions: asked over streams, side by side, with retries."""

from __future__ import annotations

import ipaddress
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from dagger_tools.errors import GeneratorUnavailableError, InputError, MissingDependencyError
from dagger_tools.generators.base import MAX_NEW_TOKENS, Candidate, Decoding
from dagger_tools.generators.chat import Messages
from dagger_tools.generators.closing import GraphEnd
from dagger_tools.generators.json_grammar import MAX_ID, MAX_LABEL, MAX_NODES, MAX_OPERANDS
from dagger_tools.generators.sampling import stop_if
from dagger_tools.graph.ops import OPERATIONS

__all__ = ["ChatServer", "Guided"]

Guided = Literal["auto", "json_schema", "off"]

_MAX_CHARS = 100_000  # of an output, whatever the server thinks of the limit on tokens
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0  # seconds before a retry: doubled each time


@dataclass(frozen=True, slots=True)
class _Extras:
    """What a server may not know: asked for until it refuses."""

    schema: bool
    log_probabilities: bool = True


class ChatServer:
    """One model of one server; the arguments are those of ``OpenAIGenerator``.

    ``address`` goes into the candidates.

    Raises:
        InputError: there is no key for a server elsewhere.
        MissingDependencyError: the package openai is not installed.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        address: str,
        timeout: float,
        concurrency: int,
        max_retries: int,
        guided: Guided,
    ) -> None:
        self._url, self._model, self._address = url, model, address
        self._timeout, self._retries, self._guided = timeout, max_retries, guided
        self._concurrency = concurrency
        self._extras = _Extras(schema=guided != "off")
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(concurrency)
        self._client: Any = self._connect()

    def close(self) -> None:
        """Close the connections; asking afterwards opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def ask_all(
        self,
        asked: list[tuple[Messages, int]],
        decoding: Decoding,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd] = GraphEnd,
    ) -> list[Candidate | None]:
        """One output for each of the messages and places among the samples (0 is greedy); None where
        it did not end.  The first fault stops them all.

        Raises:
            CancelledError: ``cancelled`` was set.
            GeneratorUnavailableError: the server is dead, too busy, or refuses.
        """
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
            "max_tokens": decoding.max_new_tokens or MAX_NEW_TOKENS,
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


def _pieces(stream: Any) -> Iterator[tuple[str, list[float], str | None]]:
    """Text, log-probabilities and finish reason of each chunk that has a choice."""
    for chunk in stream:
        for choice in chunk.choices[:1]:
            content = choice.logprobs.content if choice.logprobs else None
            told = [min(0.0, float(token.logprob)) for token in content or ()]
            yield choice.delta.content or "", told, choice.finish_reason


def _fewer(extras: _Extras, message: str, guided: Guided) -> _Extras | None:
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
                "maxItems": MAX_NODES,
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "maxLength": MAX_ID},
                        "op": {"enum": list(OPERATIONS)},
                        "val": {"type": "number"},
                        "args": {
                            "type": "array",
                            "items": {"type": "string"},
                            "maxItems": MAX_OPERANDS,
                        },
                        "distractor": {"type": "boolean"},
                        "label": {"type": "string", "maxLength": MAX_LABEL},
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
