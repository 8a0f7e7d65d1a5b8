"""One ONNX Runtime session over an Optimum-exported causal language model with a KV cache."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dagger_tools.errors import GeneratorError, MissingDependencyError, ModelFileError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CausalSession", "OnnxSession", "open_session", "typed_faults"]


_NEEDED = (1, 32)
"""First ONNX Runtime whose ``GroupQueryAttention`` reads rows of unequal length (its 17th input)."""


class CausalSession(Protocol):
    """A causal language model over a cache of what it has read; its caches are its own affair."""

    @property
    def providers(self) -> list[str]:
        """The execution providers that are really used, first choice first."""

    @property
    def vocabulary(self) -> int | None:
        """Logits after a token; None where the graph leaves that open."""

    @property
    def no_past(self) -> Any:
        """The cache before anything was read."""

    def forward(
        self, fresh: Sequence[int], length: int, past: Any
    ) -> tuple[npt.NDArray[np.float32], Any]:
        """Logits after each of ``fresh`` [fresh, vocabulary], and the grown cache.

        ``length`` counts what ``past`` holds and ``fresh`` together.  ``past`` stays as it is.
        """


class OnnxSession:
    """``model.onnx`` of a checkpoint folder, opened.

    Args:
        folder: holds ``model.onnx`` and ``config.json``.
        threads: intra-op threads; 0 leaves the number to ONNX Runtime.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        ModelFileError: a file is missing or cannot be loaded.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        config = _config(folder / "config.json")
        ort, session = open_session(folder / "model.onnx", threads=threads)
        self._ort = ort
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]
        inputs = [value.name for value in session.get_inputs()]
        self._past = [name for name in inputs if "past" in name]
        if (
            set(inputs) != {"input_ids", "attention_mask", *self._past}
            or not self._past
            or len(self._outputs) != 1 + len(self._past)
        ):
            raise ModelFileError(
                f"{folder / 'model.onnx'} is no graph of Optimum's with a cache",
                hint="export the checkpoint anew",
            )
        last = session.get_outputs()[0].shape[-1:]
        self.vocabulary: int | None = last[0] if last and type(last[0]) is int else None
        empty = (1, config["num_key_value_heads"], 0, config["head_dim"])  # no past yet
        nothing = ort.OrtValue.ortvalue_from_numpy(np.zeros(empty, dtype=np.float32))
        self._no_past = [nothing] * len(self._past)

    @property
    def providers(self) -> list[str]:
        """The execution providers that the session really uses, first choice first."""
        return list(self._session.get_providers())

    @property
    def no_past(self) -> list[Any]:
        """The cache before anything was read."""
        return list(self._no_past)

    def forward(
        self, fresh: Sequence[int], length: int, past: Sequence[Any]
    ) -> tuple[npt.NDArray[np.float32], list[Any]]:
        """Logits after each of ``fresh`` [fresh, vocabulary], and the grown cache.

        ``length`` counts what ``past`` holds and ``fresh`` together.  ``past`` stays as it is.
        """
        value = self._ort.OrtValue.ortvalue_from_numpy
        feeds = {
            "input_ids": value(np.array([fresh], dtype=np.int64)),
            "attention_mask": value(np.ones((1, length), dtype=np.int64)),
            **dict(zip(self._past, past, strict=True)),
        }
        with typed_faults():
            logits, *present = self._session.run_with_ort_values(self._outputs, feeds)
        return logits.numpy()[0], present


@contextmanager
def typed_faults() -> Iterator[None]:
    """Turn what ONNX Runtime raises while it runs a graph into a ``GeneratorError``."""
    try:
        yield
    except Exception as error:  # onnxruntime raises a class of its own for each kind of fault
        raise GeneratorError(
            f"ONNX Runtime cannot run the graph: {error}",
            hint="export the checkpoint anew; if that does not help, report this as a fault",
        ) from error


def open_session(
    path: Path,
    *,
    threads: int,
    providers: Sequence[str] | None = None,
    spinning: bool = False,
) -> tuple[Any, Any]:
    """The onnxruntime module, and a session over the graph at ``path``.

    ``providers``: those to use, first choice first; None for all that this machine has.
    ``spinning``: threads wait for each other by spinning while a call runs, which is faster where
    they have the machine to themselves.

    Raises:
        MissingDependencyError: ONNX Runtime is not installed.
        ModelFileError: the graph is missing or cannot be loaded.
    """
    ort = _onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if spinning else "0")
    # not between calls: a session that waits for its next question leaves the machine to others
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        session = ort.InferenceSession(
            str(path), options, providers=list(providers or ort.get_available_providers())
        )
    except Exception as error:  # onnxruntime raises a class of its own for each kind of damage
        raise ModelFileError(f"cannot load {path}: {error}", hint=_load_hint(ort)) from error
    return ort, session


def _load_hint(ort: Any) -> str:
    """What to do where a graph cannot be loaded; an old ONNX Runtime lacks operators of the fused one."""
    installed = tuple(int(part) for part in re.findall(r"\d+", ort.__version__)[:2])
    if installed < _NEEDED:
        return (
            f"ONNX Runtime {ort.__version__} is installed, and fused graphs (the embedded model's too) "
            f"need {'.'.join(map(str, _NEEDED))}: pip install 'dagger-tools[cpu]'"
        )
    return "reinstall dagger-tools, or export the checkpoint anew"


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError(
            "ONNX Runtime is not installed",
            hint="pip install 'dagger-tools[cpu]', or 'dagger-tools[gpu]' for CUDA",
        ) from error
    return onnxruntime


def _config(path: Path) -> dict[str, int]:
    """The shape of the cache, from the checkpoint's configuration."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        return {name: int(config[name]) for name in ("num_key_value_heads", "head_dim")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "reinstall dagger-tools, or export the checkpoint anew"
        raise ModelFileError(f"cannot read {path}: {error!r}", hint=hint) from error
