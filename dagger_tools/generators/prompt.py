"""The prompt that asks a language model for a graph."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from dagger_tools.errors import InputError

__all__ = ["Prompt", "load_prompt"]

_PLACE = "{question}"


class Prompt:
    """A prompt text with one place for the question."""

    def __init__(self, text: str, *, name: str = "prompt") -> None:
        """Take ``text``.

        Raises:
            InputError: it does not hold ``{question}`` exactly once.
        """
        if text.count(_PLACE) != 1:
            raise InputError(
                f"{name} holds {_PLACE} {text.count(_PLACE)} times", hint="write it exactly once"
            )
        self.text = text.strip()
        self.name = name

    def render(self, question: str) -> str:
        """The prompt with ``question`` in its place, as it is."""
        return self.text.replace(_PLACE, question)


def load_prompt(path: Path | None = None) -> Prompt:
    """The prompt of a file, or the project's own.

    Raises:
        InputError: the file cannot be read or has no place for the question.
    """
    if path is None:
        text = (resources.files("dagger_tools.generators") / "prompts" / "graph.txt").read_text(
            "utf-8"
        )
        return Prompt(text, name="graph.txt")
    try:
        return Prompt(path.read_text("utf-8"), name=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read the prompt {path}: {error}", hint="check the path"
        ) from error
