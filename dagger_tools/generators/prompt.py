"""The prompt that asks a language model for a graph, and which family of checkpoints wants which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from dagger_tools.errors import InputError

__all__ = ["AS_IT_IS", "FAMILIES", "Family", "Prompt", "family_of", "load_prompt"]

_PLACE = "{question}"


@dataclass(frozen=True, slots=True)
class Family:
    """What a family of checkpoints wants to be told: a file of ``prompts``, a system message."""

    prompt: str
    system: str | None = None


FAMILIES: Mapping[str, Family] = {
    # the system message of the published model cards
    "dagger": Family(
        "graph.txt",
        "You are an expert Bangla Math Reasoner. Solve by constructing a Computational Graph.",
    ),
    "other": Family("graph.txt"),
}
"""By a word of the checkpoint's name; ``other`` for all that have none of these in theirs."""


class Prompt:
    """A prompt text with one place for the question, and the system message that goes before it."""

    def __init__(self, text: str, *, name: str = "prompt", system: str | None = None) -> None:
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
        self.system = system

    def render(self, question: str) -> str:
        """The prompt with ``question`` in its place, as it is."""
        return self.text.replace(_PLACE, question)


def family_of(source: str) -> Family:
    """The family whose name the last part of ``source`` (a hub id, folder or model name) holds."""
    name = source.rstrip("/").rpartition("/")[2].casefold()
    return next((family for word, family in FAMILIES.items() if word in name), FAMILIES["other"])


def load_prompt(path: Path | None = None, *, family: Family = FAMILIES["other"]) -> Prompt:
    """The prompt of a file, or of the family; the system message is the family's either way.

    Raises:
        InputError: the file cannot be read or has no place for the question.
    """
    if path is None:
        file = resources.files("dagger_tools.generators") / "prompts" / family.prompt
        return Prompt(file.read_text("utf-8"), name=family.prompt, system=family.system)
    try:
        return Prompt(path.read_text("utf-8"), name=str(path), system=family.system)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"cannot read the prompt {path}: {error}", hint="check the path"
        ) from error


AS_IT_IS = Prompt("{question}", name="the prompt as it is")
"""For who brings a whole prompt (see ``Completer``)."""
