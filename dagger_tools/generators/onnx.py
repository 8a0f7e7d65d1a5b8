"""``onnx:DIR``: a checkpoint that ``dagger-tools export`` wrote, on ONNX Runtime, without torch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import GeneratorAddressError, ModelFileError
from dagger_tools.generators.address import read_options
from dagger_tools.generators.base import Decoding
from dagger_tools.generators.closing import GraphEnd
from dagger_tools.generators.exported import HINT, PROMPT, open_folder
from dagger_tools.generators.fused import FusedWriter
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.language_model import LanguageModelGenerator, Row, Writer
from dagger_tools.generators.manifest import open_tokenizer
from dagger_tools.generators.prompt import load_prompt
from dagger_tools.generators.sampling import stop_if
from dagger_tools.generators.session import CausalSession, OnnxSession

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["OnnxGenerator", "onnx_generator", "read_in_pieces"]

_PIECE = 128
"""Tokens of a prompt read at once: the graph gives scores for each, 128 MB at Gemma's vocabulary."""


def onnx_generator(rest: str) -> OnnxGenerator:
    """What ``onnx:DIR?engine=&grammar=&prompt=`` opens."""
    folder, _, query = rest.partition("?")
    options = read_options(query, {"engine": "own", "grammar": "on", "prompt": ""}, "onnx")
    if not folder:
        raise GeneratorAddressError("onnx: names no folder", hint="onnx:DIR, written by export")
    for name, values in (("grammar", ("on", "off")), ("engine", ("own", "optimum"))):
        if options[name] not in values:
            hint = " or ".join(f"{name}={value}" for value in values)
            raise GeneratorAddressError(f"{name}={options[name]}", hint=hint)
    return OnnxGenerator(
        Path(folder),
        grammar=options["grammar"] == "on",
        prompt=Path(options["prompt"]) if options["prompt"] else None,
        reference=options["engine"] == "optimum",
        address=f"onnx:{rest}",
    )


class OnnxGenerator(LanguageModelGenerator):
    """Questions to JSON graphs by an exported checkpoint.

    What all prompts begin with is read once, for all questions.  The fused graph writes the outputs
    of a call side by side, Optimum's graph one after the other.

    Args:
        folder: written by ``dagger-tools export``.
        grammar: whether outputs are kept to well-formed graphs.
        prompt: a prompt file; None for the one that was exported with the checkpoint.
        reference: Optimum's ``ORTModelForCausalLM`` instead of our own session.
        address: what made this generator; None for ``onnx:folder``.

    Raises:
        InputError: the prompt cannot be used.
        ModelFileError: a file of ``folder`` is missing or not the one that its manifest names.
        MissingDependencyError: ONNX Runtime is not installed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        grammar: bool = True,
        prompt: Path | None = None,
        reference: bool = False,
        address: str | None = None,
    ) -> None:
        self._folder, self._with_grammar, self._prompt = folder, grammar, prompt
        self._reference = reference
        self._address = address or f"onnx:{folder}"
        # one question at a time: the session's threads already use the machine
        self._lock = threading.Lock()
        self._exported = open_folder(folder)
        self._loaded = self._load()

    @property
    def providers(self) -> list[str]:
        """The execution providers that the session really uses, first choice first."""
        writer = self.writer
        assert isinstance(writer, _Exported | FusedWriter)
        return writer.session.providers

    def _load(self) -> _Exported | FusedWriter:
        exported = self._exported
        if exported.fused and self._reference:
            raise GeneratorAddressError(
                f"{self._folder} holds the fused graph, which Optimum does not run",
                hint="leave out engine=optimum, or export with --graph optimum",
            )
        tokenizer = open_tokenizer(self._folder, hint=HINT)
        found = load_prompt(self._prompt or self._folder / PROMPT)
        found.system = exported.system
        session = (
            FusedSession(self._folder, threads=0, spinning=True)
            if exported.fused
            else self._session()
        )
        if session.vocabulary not in (None, exported.vocabulary):
            raise ModelFileError(
                f"the graph of {self._folder} scores {session.vocabulary} tokens, "
                f"by its manifest {exported.vocabulary}",
                hint=HINT,
            )
        own: dict[str, Any] = {
            "tokenizer": tokenizer,
            "template": exported.template,
            "prompt": found,
            "context": exported.context,
            "vocabulary": exported.vocabulary,
            "stop": exported.stop,
            "grammar": self._with_grammar,
        }
        if isinstance(session, FusedSession):
            return FusedWriter(session, **own)
        return _Exported(session, **own)

    def _session(self) -> CausalSession:
        if self._reference:
            from dagger_tools.generators.optimum import OptimumSession

            return OptimumSession(self._folder)
        return OnnxSession(self._folder, threads=0)


class _Exported(Writer):
    """An open session with the cache of what all prompts begin with."""

    def __init__(self, session: CausalSession, **own: Any) -> None:
        super().__init__(**own)
        self.session = session
        self._begin = self.chat.prefix
        self._begun: Any = None

    def write(
        self,
        prompts: list[list[int]],
        decoding: Decoding,
        limit: int,
        cancelled: threading.Event | None,
        end: Callable[[], GraphEnd],
    ) -> list[list[Row]]:
        """The outputs of each prompt, one after the other; each prompt is read once."""
        groups = []
        for prompt in prompts:
            started = time.perf_counter()
            logits, past = self._read(prompt, cancelled)
            seconds = time.perf_counter() - started
            rows = self.rows(decoding, end)
            for row in rows:
                row.prefill_seconds = seconds / len(rows)
                room = min(limit, self.context - len(prompt))
                self._continue(row, logits, past, len(prompt), room, decoding, cancelled)
            groups.append(rows)
        return groups

    def _read(
        self, prompt: list[int], cancelled: threading.Event | None
    ) -> tuple[npt.NDArray[np.float32], Any]:
        """Scores of what follows the prompt [vocabulary], and its cache."""
        past, done = self.session.no_past, 0
        begin = self._begin
        if begin and len(prompt) > len(begin) and prompt[: len(begin)] == begin:
            if self._begun is None:
                _, self._begun = read_in_pieces(self.session, begin, 0, past, cancelled)
            past, done = self._begun, len(begin)
        logits, past = read_in_pieces(self.session, prompt[done:], done, past, cancelled)
        return logits[-1], past

    def _continue(
        self,
        row: Row,
        scores: npt.NDArray[np.float32],
        past: Any,
        length: int,
        limit: int,
        decoding: Decoding,
        cancelled: threading.Event | None,
    ) -> None:
        for written in range(1, limit + 1):
            stop_if(cancelled)
            if not self.step(row, scores, decoding) or written == limit:
                return
            logits, past = self.session.forward([row.last], length + written, past)
            scores = logits[-1]


def read_in_pieces(
    session: CausalSession,
    tokens: list[int],
    done: int,
    past: Any,
    cancelled: threading.Event | None = None,
) -> tuple[npt.NDArray[np.float32], Any]:
    """Read ``tokens`` after the ``done`` that ``past`` holds; the last piece's scores and the cache.

    Raises:
        CancelledError: ``cancelled`` was set.
    """
    logits: Any = None
    for at in range(0, len(tokens), _PIECE):
        stop_if(cancelled)
        piece = tokens[at : at + _PIECE]
        logits, past = session.forward(piece, done + at + len(piece), past)
    return logits, past
