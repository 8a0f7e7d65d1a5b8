"""Rows to train on, in the columns of ``dipta007/dagger``: from the hub, a folder or a file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from dagger_tools.errors import InputError
from dagger_tools.evaluation.files import SUFFIXES, Row, read_file, read_hub
from dagger_tools.training.reward import gold_value
from dagger_tools.training.tuning.plan import Stage

__all__ = ["TuningRow", "read_rows"]

_COLUMNS = {
    "sft": "an sft row has conversations and response, and may have english_answer and question",
    "grpo": "a grpo row has prompt, question and solution",
}
_ROLES = {"human": "user", "gpt": "assistant"}  # as ShareGPT files call them


@dataclass(frozen=True, slots=True)
class TuningRow:
    """One row of either stage.

    ``place`` is where it stands.  ``system`` and ``user`` are the messages before the model's turn.
    ``response`` is None for GRPO, ``question`` and ``answer`` may be None for SFT.  ``compact`` is the
    graph over the question's numbers, in rows of the bank.
    """

    place: str
    system: str | None
    user: str
    question: str | None
    response: str | None
    answer: Fraction | None
    compact: str | None = None


def read_rows(source: str, stage: Stage) -> tuple[TuningRow, ...]:
    """All rows of ``source``: a file, a folder, or a hub id ``owner/name[:config[:split]]``.

    In a folder, files with the stage's name in theirs are read, and of those the ones named ``train``;
    on the hub, the config of the stage's name, and its split ``train``.

    Raises:
        InputError: there is nothing there, or a row is at fault: with its place and its column.
        MissingDependencyError: the hub or Parquet is read, and ``datasets`` is not installed.
    """
    rows = tuple(_row(place, fields, stage) for place, fields in _rows(source, stage))
    if not rows:
        raise InputError(f"{source} holds no row", hint=_COLUMNS[stage])
    return rows


def _rows(source: str, stage: Stage) -> Iterator[Row]:
    path = Path(source)
    if path.is_dir():
        for file in _in_folder(path, stage):
            yield from read_file(file)
        return
    repository, _, rest = source.partition(":")
    if path.suffix in SUFFIXES or path.exists() or repository.count("/") != 1:
        yield from read_file(path)
        return
    config, _, split = rest.partition(":")
    yield from read_hub(repository, config or stage, split or "train")


def _in_folder(folder: Path, stage: Stage) -> list[Path]:
    """The files of a folder (and of those in it) that are for this stage, and for training."""
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in SUFFIXES and p.is_file()]
    for word in (stage, "train"):
        named = [p for p in files if word in str(p.relative_to(folder)).lower()]
        files = named or files
    if not files:
        raise InputError(f"{folder} holds no data", hint=f"files end with {', '.join(SUFFIXES)}")
    return files


def _row(place: str, fields: Mapping[str, Any], stage: Stage) -> TuningRow:
    column = "conversations" if stage == "sft" else "prompt"
    compact = fields.get("compact")
    try:
        system, user = _messages(_wanted(fields, column))
        for_sft = stage == "sft"
        column = "response"
        response = _text(_wanted(fields, column)) if for_sft else None
        column = "question"
        question = None
        if not for_sft or fields.get(column) is not None:
            question = _text(_wanted(fields, column))
        column = "english_answer" if for_sft else "solution"
        answer = None
        if not for_sft or fields.get(column) is not None:
            answer = _answer(_wanted(fields, column))
        column = "compact"
        if compact is not None:
            compact = _text(compact)
    except (InputError, ValueError, TypeError, KeyError, AttributeError) as error:
        told = error.message if isinstance(error, InputError) else str(error)
        raise InputError(f"{place}, column {column!r}: {told}", hint=_COLUMNS[stage]) from error
    return TuningRow(place, system, user, question, response, answer, compact)


def _wanted(fields: Mapping[str, Any], column: str) -> Any:
    if fields.get(column) is None:
        raise InputError("it is missing")
    return fields[column]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InputError("a text was expected")
    try:
        value.encode()
    except UnicodeEncodeError as error:  # JSON can spell it, and no tokenizer reads it
        raise InputError("half a character (a lone surrogate) in it") from error
    return value


def _answer(value: Any) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError("a number was expected")
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError("a number was expected")
    # repr: 0.1 is 1/10, as in graphs
    read = gold_value(value) if isinstance(value, str) else Fraction(repr(value))
    # rewards are told it as text again: what they would refuse in the middle of a run is refused here
    return gold_value(str(read))


def _messages(value: Any) -> tuple[str | None, str]:
    """System and user message of a conversation of one turn; what the model says in it is not read."""
    if isinstance(value, str):
        return None, _text(value)
    turns = [_turn(message) for message in value]
    # some files write a blank one where there is none
    system = [content for role, content in turns if role == "system" and content not in (None, "")]
    said = [content for role, content in turns if role == "user"]
    for name, found in (("user", said), ("system", system)):
        if len(found) > 1:
            raise InputError(f"{len(found)} {name} messages where there is room for one")
    if not said:
        raise InputError("0 user messages where one is needed")
    if turns[0][0] == "assistant":
        raise InputError("the model speaks before the user does")
    return _text(system[0]) if system else None, _text(said[0])


def _turn(message: Any) -> tuple[str, Any]:
    """Role and content; a blank text is empty."""
    if not isinstance(message, Mapping):
        raise InputError("a list of messages with role and content was expected")
    role = message.get("role", message.get("from"))
    role = _ROLES.get(role, role) if isinstance(role, str) else role
    if role not in ("system", "user", "assistant"):
        raise InputError(f"no role {role!r}")
    content = message.get("content", message.get("value"))
    return role, content.strip() and content if isinstance(content, str) else content
