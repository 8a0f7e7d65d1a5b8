"""The fused graph's writer at its edges: cancelled calls, the end of the context, mixed batches."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from dagger_tools.errors import CancelledError, GeneratorError, ModelFileError
from dagger_tools.export import export_checkpoint
from dagger_tools.generators import Decoding
from dagger_tools.generators import fused as writing
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.closing import OpenEnd
from dagger_tools.generators.fused import PIECE, FusedWriter
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.onnx import onnx_generator
from tests.checkpoints import make_checkpoint

CONTEXT = 256
SHORT = Decoding(max_new_tokens=12)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint of 256 places, of which the prompt's beginning takes more than half."""
    folder = tmp_path_factory.mktemp("fused")
    make_checkpoint(folder / "model", layout="causal", max_position_embeddings=CONTEXT)
    (folder / "prompt.txt").write_text("যোগ কর। " * 21 + "{question}", "utf-8")
    export_checkpoint(
        str(folder / "model"),
        folder / "out",
        graph="fused",
        quantisation="none",
        prompt=folder / "prompt.txt",
    )
    return folder / "out"


def opened(exported: Path, rest: str = "") -> FusedWriter:
    """The writer of a generator that has answered nothing yet."""
    writer = onnx_generator(f"{exported}?grammar=off{rest}").writer
    assert isinstance(writer, FusedWriter)
    return writer


def written(writer: FusedWriter, prompts: list[list[int]], limit: int = 12) -> list[list[float]]:
    """The log-probabilities of each prompt's greedy output."""
    groups = writer.write(prompts, SHORT, limit, None, OpenEnd)
    return [row.log_probabilities for (row,) in groups]


def of_length(chat: ChatPrompt, length: int) -> list[int]:
    """A rendered prompt of exactly so many tokens."""
    ids, after = chat.render("a b c"), len(chat.suffix)
    return [*ids[:-after], *[ids[-after - 1]] * (length - len(ids)), *ids[-after:]]


def test_a_cancelled_first_call_leaves_the_answers_right(exported: Path) -> None:
    """What prompts begin with is read anew after a call that was cut short while reading it."""
    writer = opened(exported)
    assert len(writer.chat.prefix) > PIECE
    prompt = writer.chat.render("৫ + ৩ কত?")
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        writer.write([prompt], SHORT, 12, cancelled, OpenEnd)
    expected = written(opened(exported), [prompt])
    assert written(writer, [prompt])[0] == pytest.approx(expected[0], abs=1e-5)


def test_rows_with_and_without_the_beginning_are_written_together(exported: Path) -> None:
    """A row that took its beginning from the cache waits, padded, while a longer one is read."""
    writer = opened(exported)
    near = of_length(writer.chat, CONTEXT - 20)
    prompts = [near, of_length(writer.free, CONTEXT - 15), writer.chat.render("৭")]
    alone = [written(writer, [prompt])[0] for prompt in prompts]
    for ours, theirs in zip(written(writer, prompts), alone, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_a_row_at_the_end_of_the_context_lets_the_others_go_on(exported: Path) -> None:
    """It ends with the last token that the context holds, and its neighbours are unchanged."""
    writer = opened(exported)
    prompts = [of_length(writer.chat, CONTEXT - 3), *map(writer.chat.render, "৫৭")]
    alone = [written(writer, [prompt])[0] for prompt in prompts]
    found = written(writer, prompts)
    assert list(map(len, found)) == [3, 12, 12]
    for ours, theirs in zip(found, alone, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-4)


def test_a_beginning_beyond_the_context_hinders_no_other_prompt(
    exported: Path, tmp_path: Path
) -> None:
    """It is read only for a prompt that begins with it."""
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("অঙ্ক " * 300 + "{question}", "utf-8")
    expected = written(opened(exported), [opened(exported).free.render("hello")])
    writer = opened(exported, f"&prompt={prompt}")
    assert len(writer.chat.prefix) > CONTEXT
    assert written(writer, [writer.free.render("hello")]) == expected
    assert writer._begun is None


def test_a_fault_of_the_runtime_is_typed_and_keeps_no_memory(exported: Path) -> None:
    """A token that the vocabulary lacks ends in a GeneratorError, and the cache is let go."""
    writer = opened(exported)
    with pytest.raises(GeneratorError, match="cannot run the graph"):
        writer.write([[2, 10**6]], SHORT, 12, None, OpenEnd)
    assert writer.session._bound is None


def test_a_call_that_is_cancelled_while_writing_keeps_no_memory(exported: Path) -> None:
    """The buffers of the last step are let go however the call ends."""

    class Later(Event):
        """Set when it is asked for the tenth time."""

        asked = 0

        def is_set(self) -> bool:
            self.asked += 1
            return self.asked > 9

    writer = opened(exported)
    with pytest.raises(CancelledError):
        writer.write([writer.chat.render("৫")] * 8, SHORT, 12, Later(), OpenEnd)
    assert writer.session._bound is None


def test_memory_stays_within_its_bound(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copying the rows that go on is counted: the arrays of all caches together keep to the bound."""
    import tracemalloc

    writer = opened(exported)
    prompt = writer.chat.render("৫ + ৩ কত?")
    written(writer, [prompt])
    bound = 16 * writer.session.row_bytes(CONTEXT + PIECE)
    monkeypatch.setattr(writing, "_CACHE_BYTES", bound)
    ended = set(range(0, 32, 2))  # half of the rows end at their third token
    rows, step = [], writer.step

    def begun(*arguments: object) -> object:
        made = FusedWriter.rows(writer, *arguments)  # type: ignore[arg-type]  # handed through
        rows.extend(made)
        return made

    def early(row: object, *rest: object) -> bool:
        on = step(row, *rest)  # type: ignore[arg-type]  # handed through
        place = next(at for at, one in enumerate(rows) if one is row)
        return on and not (place in ended and len(rows[place].log_probabilities) > 2)

    monkeypatch.setattr(writer, "rows", begun)
    monkeypatch.setattr(writer, "step", early)
    tracemalloc.start()
    try:
        writer.write([list(prompt) for _ in range(32)], SHORT, 8, None, OpenEnd)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bound * 1.15  # logits and what Python itself holds are not counted


def test_an_old_runtime_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a graph cannot be loaded, the hint says which ONNX Runtime is there and which is needed."""
    import onnxruntime

    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelFileError) as current:
        FusedSession(tmp_path, threads=1)
    assert "needs" not in current.value.hint
    monkeypatch.setattr(onnxruntime, "__version__", "1.31.1")
    with pytest.raises(ModelFileError) as old:
        FusedSession(tmp_path, threads=1)
    assert "1.31.1" in old.value.hint
    assert "1.32" in old.value.hint
