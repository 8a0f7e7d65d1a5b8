"""``openai:`` against a real ``transformers serve`` on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from threading import Event

import pytest

from dagger_tools.errors import (
    CancelledError,
    GeneratorAddressError,
    GeneratorUnavailableError,
    InputError,
)
from dagger_tools.generators import GREEDY, Candidate, Decoding, Refusal, open_generator
from dagger_tools.generators.base import Generator, Repairer
from dagger_tools.text import read_question
from tests.servers import TransformersServer, free_port
from tests.taught import QUESTIONS, Taught, graph_of

READ = [read_question(question) for question in QUESTIONS]


_OPEN: list[Generator] = []


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    """No connection outlives its test."""
    yield
    while _OPEN:
        _OPEN.pop().close()


def opened(address: str) -> Generator:
    """A generator that is closed after the test."""
    _OPEN.append(open_generator(address))
    return _OPEN[-1]


def generator_at(server: TransformersServer, taught: Taught, options: str = "") -> Generator:
    """The generator of a server, with the prompt that was taught."""
    return opened(f"openai:{server.url}?prompt={taught.prompt}{options}#{server.model}")


def texts(outcomes: list[tuple[Candidate, ...] | Refusal]) -> list[str]:
    """The first candidate of each outcome."""
    found = []
    for outcome in outcomes:
        assert not isinstance(outcome, Refusal), outcome
        found.append(outcome[0].text)
    return found


def test_it_writes_what_the_process_itself_writes(
    server: TransformersServer, taught: Taught
) -> None:
    """Greedy graphs over HTTP are those of the same checkpoint in process."""
    own = opened(f"transformers:{taught.folder}?grammar=off&prompt={taught.prompt}")
    served = generator_at(server, taught, "&concurrency=2")
    outcomes = served.generate(READ)
    assert texts(outcomes) == texts(own.generate(READ)) == [graph_of(i) for i in range(3)]
    for outcome in outcomes:
        assert not isinstance(outcome, Refusal)
        assert outcome[0].log_probability is None  # this server does not tell
        assert outcome[0].output_tokens > 0
        assert outcome[0].seconds > 0


def test_samples_and_repairs(server: TransformersServer, taught: Taught) -> None:
    """Of several candidates the first is greedy; a fault gives one more or a refusal."""
    served = generator_at(server, taught)
    (outcome,) = served.generate(READ[:1], Decoding(samples=2, temperature=0.3))
    assert not isinstance(outcome, Refusal)
    assert outcome[0].text == graph_of(0)
    assert isinstance(served, Repairer)
    short = served.repair(READ[0], outcome[0], "units: টাকা")
    assert isinstance(short, Candidate | Refusal)


def test_cancelling_does_not_wait_for_the_server(
    server: TransformersServer, taught: Taught
) -> None:
    """A cancelled call raises at once, before and during the request."""
    served = generator_at(server, taught)
    cancelled = Event()
    threading.Timer(0.2, cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        served.generate(READ * 4, cancelled=cancelled)
    assert time.monotonic() - started < 5
    with pytest.raises(CancelledError):
        served.generate(READ, GREEDY, cancelled=cancelled)


def test_a_server_killed_in_the_middle_and_started_again(taught: Taught) -> None:
    """The death of a server is a typed error within the time-out; a restart on its port recovers.

    The second server refuses fields that it does not use, so guided JSON and log-probabilities are
    given up for once and all.
    """
    first = TransformersServer(taught.folder)
    first.wait()
    served = generator_at(first, taught, "&timeout=20&max_retries=2")
    served.generate(READ[:1])
    threading.Timer(0.4, first.kill).start()
    started = time.monotonic()
    with pytest.raises(GeneratorUnavailableError) as caught:
        served.generate(READ * 20)
    assert caught.value.retryable
    assert caught.value.hint
    assert time.monotonic() - started < 25
    second = TransformersServer(taught.folder, port=first.port, strict=True)
    try:
        second.wait()
        assert texts(served.generate(READ[:1])) == [graph_of(0)]
        served.close()
        assert texts(served.generate(READ[:1])) == [graph_of(0)]
        with pytest.raises(GeneratorUnavailableError) as refused:
            generator_at(second, taught, "&guided=json_schema").generate(READ[:1])
        assert not refused.value.retryable
    finally:
        second.kill()


def test_a_dead_port_is_a_typed_error(taught: Taught) -> None:
    """Nothing listens: after the retries, or the time-out, the error says so."""
    dead = opened(f"openai:http://127.0.0.1:{free_port()}/v1?timeout=2&max_retries=3#m")
    started = time.monotonic()
    with pytest.raises(GeneratorUnavailableError, match="no answer") as caught:
        dead.generate(READ[:1])
    assert caught.value.retryable
    assert time.monotonic() - started < 4


def test_a_key_is_needed_elsewhere_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on loopback needs no key; another does, and it is read from the environment."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    open_generator("openai:http://localhost:1/v1#m").close()
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        open_generator("openai:https://example.org/v1#m")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    generator = opened("openai:https://example.org/v1#m")
    assert "secret" not in generator.address
    generator.close()


@pytest.mark.parametrize(
    "rest",
    ["", "http://127.0.0.1/v1", "ftp://127.0.0.1/v1#m", "http://h/v1?timeout=soon#m",
     "http://h/v1?guided=perhaps#m", "http://h/v1?retries=3#m"],
)  # fmt: skip
def test_addresses_that_say_nothing_are_refused(rest: str) -> None:
    """No server, no model, an odd scheme, an unknown option or value."""
    with pytest.raises(GeneratorAddressError):
        open_generator(f"openai:{rest}")
