"""``onnx:DIR?engine=optimum``: Optimum's ``ORTModelForCausalLM`` as the reference for our own loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagger_tools.errors import MissingDependencyError, ModelFileError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["OptimumSession"]


class OptimumSession:
    """An exported folder in ``ORTModelForCausalLM``, used like ``OnnxSession``.

    Raises:
        MissingDependencyError: torch or Optimum is not installed.
        ModelFileError: a file is missing or cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from optimum.onnxruntime import ORTModelForCausalLM
        except ImportError as error:
            raise MissingDependencyError(
                f"{error.name} is not installed", hint="pip install 'dagger-tools[cpu,onnx]'"
            ) from error
        try:
            self._model: Any = ORTModelForCausalLM.from_pretrained(folder)
        except Exception as error:  # onnxruntime raises a class of its own for each kind of damage
            raise ModelFileError(
                f"Optimum cannot load {folder}: {error}", hint="export the checkpoint anew"
            ) from error

    @property
    def providers(self) -> list[str]:
        """The execution providers that the session really uses, first choice first."""
        return list(self._model.providers)

    @property
    def vocabulary(self) -> int:
        """Logits after a token."""
        return int(self._model.config.vocab_size)

    @property
    def no_past(self) -> Any:
        """The cache before anything was read."""
        return None

    def forward(
        self, fresh: Sequence[int], length: int, past: Any
    ) -> tuple[npt.NDArray[np.float32], Any]:
        """Logits after each of ``fresh`` [fresh, vocabulary], and the grown cache."""
        import torch

        output = self._model(
            input_ids=torch.tensor([list(fresh)]),
            attention_mask=torch.ones((1, length), dtype=torch.long),
            past_key_values=past,
        )
        logits: npt.NDArray[np.float32] = output.logits[0].numpy()
        return logits, output.past_key_values
