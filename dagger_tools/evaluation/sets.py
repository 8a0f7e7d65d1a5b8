"""The sets by name: where each is found, and the distracted ones made where they are not at hand."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dagger_tools.errors import InputError
from dagger_tools.evaluation.files import SUFFIXES, Row, read_file, read_hub
from dagger_tools.evaluation.problem import Problem
from dagger_tools.evaluation.shapes import read_problems
from dagger_tools.text import read_question

__all__ = ["ProblemSet", "read_sets"]

_HUB = {
    "mgsm": ("juletxara/mgsm", "bn", "test"),
    "msvamp": ("Mathoctopus/MSVAMP", "bn", "test"),
    "mgsm+d": ("dipta007/DistractMath-Bn", "mgsm", None),
    "msvamp+d": ("dipta007/DistractMath-Bn", "msvamp", None),
    "dagger": ("dipta007/dagger", "grpo", "validation"),
}
"""Repository, config and split of the sets that have a name."""
_DISTRACTED = ("+d", "_d.", "distract")


@dataclass(frozen=True, slots=True)
class ProblemSet:
    """A set under its name; ``source`` says where it is from, ``made`` that the engine distracted it."""

    name: str
    problems: tuple[Problem, ...]
    source: str
    made: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 over questions and answers, in order: the same set gives the same."""
        rows = [[p.id, p.question, str(p.answer)] for p in self.problems]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def read_sets(
    names: Sequence[str], data: Path | None = None, *, limit: int | None = None
) -> tuple[ProblemSet, ...]:
    """The sets of ``names``, at most ``limit`` problems of each.

    A name is ``mgsm``, ``msvamp``, ``mgsm+d``, ``msvamp+d`` or ``dagger``, looked for in the folder
    ``data`` or, without one, on the hub; or ``NAME=SOURCE`` with a file, a folder, or a hub id
    ``owner/name:config:split``.  ``+d`` sets that are not found are made from their base set by the
    distractor engine, with sentences that training never drew.

    Raises:
        InputError: a set is not found, twice there, or a row of it cannot be read.
        MissingDependencyError: the hub is needed, and ``datasets`` is not installed.
    """
    found: dict[str, ProblemSet] = {}
    for name in names:
        label, _, source = name.partition("=")
        if label in found:
            raise InputError(f"the set {label!r} is named twice", hint="name it once")
        found[label] = _read_set(label, source, data, found, limit)
    if not found:
        raise InputError("no set is named", hint=f"known: {', '.join(_HUB)}")
    bases = {_plain(p.question): p for s in found.values() for p in s.problems if not p.kind}
    return tuple(replace(s, problems=_paired(s.problems, bases)) for s in found.values())


def _read_set(
    label: str, source: str, data: Path | None, found: dict[str, ProblemSet], limit: int | None
) -> ProblemSet:
    path: Path | None = None
    if source and Path(source).exists():
        path = Path(source)
        path = _in_folder(label, path) or _no_file(label, path) if path.is_dir() else path
    elif not source and data is not None:
        path = _in_folder(label, data)
        if path is None and label.endswith("+d"):
            base = found.get(label[:-2]) or _read_set(label[:-2], "", data, found, limit)
            return _made(label, base)
        path = path or _no_file(label, data)
    if path is not None:
        return _of(label, read_file(path), str(path), limit)
    if source:
        repository, _, rest = source.partition(":")
        config, _, split = rest.partition(":")
        if repository.count("/") != 1:
            raise InputError(f"there is no {source}", hint="give a file, a folder or a hub id")
        return _of(label, read_hub(repository, config or None, split or None), source, limit)
    if label not in _HUB:
        raise InputError(
            f"no set is called {label!r}",
            hint=f"known: {', '.join(_HUB)}; or write {label}=FILE",
        )
    return _of(label, read_hub(*_HUB[label]), _HUB[label][0], limit)


def _of(label: str, rows: Iterable[Row], source: str, limit: int | None) -> ProblemSet:
    problems: list[Problem] = []
    for problem in read_problems(rows, label):
        if limit is not None and len(problems) == limit:
            break
        problems.append(problem)
    if not problems:
        raise InputError(f"{source} holds no problem", hint="check the file")
    return ProblemSet(label, tuple(problems), source)


def _in_folder(label: str, folder: Path) -> Path | None:
    """The one file of a folder (or of a folder in it) that is named for the set."""
    base = label.removesuffix("+d")
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in SUFFIXES and p.is_file()]
    matching = [
        path
        for path in files
        if base in str(path.relative_to(folder)).lower()
        and any(mark in str(path.relative_to(folder)).lower() for mark in _DISTRACTED)
        is label.endswith("+d")
    ]
    if len(matching) > 1:
        names = ", ".join(str(p.relative_to(folder)) for p in matching[:5])
        raise InputError(
            f"{folder} holds {len(matching)} files for {label!r}: {names}",
            hint=f"write {label}=FILE",
        )
    return matching[0] if matching else None


def _no_file(label: str, folder: Path) -> Path:
    raise InputError(f"{folder} holds no file for {label!r}", hint=f"write {label}=FILE")


def _made(label: str, base: ProblemSet) -> ProblemSet:
    """``base`` with one more sentence, once for each kind that a question takes."""
    from dagger_tools.corpus.augment import Augmenter
    from dagger_tools.corpus.distract import KINDS

    augmenter = Augmenter(kinds=KINDS, unseen=True)
    problems = []
    for number, problem in enumerate(base.problems, start=1):
        for row in augmenter.rows(number, {"question": problem.question}):
            if "error" in row:
                continue
            added = [n.value for s in row["added_sentences"] for n in read_question(s).numbers]
            problems.append(
                replace(
                    problem,
                    set=label,
                    id=f"{problem.id}-{row['augmentation_type']}",
                    question=row["modified_question"],
                    kind=row["augmentation_type"],
                    base_question=problem.question,
                    unused=None if problem.unused is None else (*problem.unused, *added),
                )
            )
    return ProblemSet(label, tuple(problems), f"the distractor engine, from {base.source}", True)


def _paired(problems: Sequence[Problem], bases: dict[str, Problem]) -> tuple[Problem, ...]:
    """Distracted problems with the id of their base, where a base set holds it."""
    paired = []
    for problem in problems:
        base = bases.get(_plain(problem.base_question)) if problem.base_question else None
        paired.append(replace(problem, base_id=f"{base.set}/{base.id}") if base else problem)
    return tuple(paired)


def _plain(text: str) -> str:
    """A text as it is compared: one normal form, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())
