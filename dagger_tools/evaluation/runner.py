"""From sets and generators to rows on the disk: batched, resumable, nothing generated twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from dagger_tools.errors import InputError
from dagger_tools.evaluation.asking import Asker, open_asker
from dagger_tools.evaluation.run import Record, Run, open_run, read_records, record_line
from dagger_tools.evaluation.sets import ProblemSet
from dagger_tools.generators import Decoding, Generator
from dagger_tools.memory import peak_bytes
from dagger_tools.progress import Progress
from dagger_tools.rowfile import append_line, lock_file

__all__ = ["Plan", "evaluate"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the sets are asked.

    ``generators`` (addresses, or generators themselves) go cheap to strong, as in ``Solver``;
    ``routing`` asks the router first, as a host would.  ``prompt`` is ``graph``, or one of the
    peers ``cot`` and ``pal``, for one generator that takes any prompt.
    """

    generators: tuple[str | Generator, ...] = ("nano",)
    prompt: Literal["graph", "cot", "pal"] = "graph"
    decoding: Decoding | None = None
    routing: bool = False
    batch: int = 16


def evaluate(sets: Sequence[ProblemSet], plan: Plan, folder: Path) -> Run:
    """Ask every problem that ``folder`` holds no row for yet; the run when all are there.

    Each row is on its way to the disk before the next batch is asked; a line that an interruption
    cut off is dropped and asked again.

    Raises:
        InputError: the folder holds another run, or cannot be written.
        GeneratorError: a generator cannot be opened, or is at fault.
        MissingDependencyError: a generator needs a package that is not installed.
    """
    problems = [problem for one in sets for problem in one.problems]
    opened = open_asker(plan.generators, plan.prompt, plan.decoding, routing=plan.routing)
    with closing(opened) as asker:
        config = _config(sets, plan, asker)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            rows = folder / "rows.jsonl"
            with FileIO(rows, "r+b" if rows.exists() else "xb") as out:
                lock_file(out, rows)
                _check_config(folder / "config.json", config, empty=not rows.stat().st_size)
                records, good = read_records(rows)
                _check_order(records, sets, folder)
                out.seek(good)
                out.truncate()
                todo = iter(problems[len(records) :])
                title = ", ".join(one.name for one in sets)
                with Progress(title, len(problems), done=len(records)) as tick:
                    while chunk := list(islice(todo, plan.batch)):
                        outcomes = asker.ask([problem.question for problem in chunk])
                        peak = peak_bytes()
                        for problem, outcome in zip(chunk, outcomes, strict=True):
                            line = record_line(problem, {**outcome, "peak_bytes": peak})
                            append_line(out, line)
                            tick(1)
        except OSError as error:
            raise InputError(
                f"cannot write {folder}: {error.strerror}",
                hint="what is written is whole; mend it and run the same command again",
            ) from error
    return open_run(folder)


def _config(sets: Sequence[ProblemSet], plan: Plan, asker: Asker) -> dict[str, Any]:
    """Everything that decides what a run's rows are; compared on resuming."""
    described = [
        {"name": s.name, "rows": len(s.problems), "source": s.source, "made": s.made,
         "sha256": s.digest}
        for s in sets
    ]  # fmt: skip
    config = {
        "sets": described,
        "generators": list(asker.addresses),
        "prompt": plan.prompt,
        "decoding": {address: asdict(one) for address, one in asker.decodings.items()},
        "routing": plan.routing,
        "calibration": {
            address: None if c is None else {"intercept": c.intercept, "weights": dict(c.weights)}
            for address, c in asker.calibrations.items()
        },
    }
    value: dict[str, Any] = json.loads(json.dumps(config))
    return value


def _check_config(path: Path, config: Mapping[str, Any], *, empty: bool) -> None:
    """Write the configuration of a new run; hold that of an old one against it."""
    text = json.dumps(config, ensure_ascii=False, indent=1)
    if empty or not path.exists():
        if not empty:
            raise InputError(f"{path.parent} holds rows of no run", hint="name another folder")
        part = path.with_name("config.json.part")
        part.write_text(text, "utf-8")
        part.replace(path)
        return
    try:
        before = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}", hint="name another folder") from error
    if before != config:
        keys = [key for key in config if before.get(key) != config[key]]
        raise InputError(
            f"{path.parent} holds another run: {', '.join(keys) or 'its version'} differ",
            hint="name another folder with --out",
        )


def _check_order(records: Sequence[Record], sets: Sequence[ProblemSet], folder: Path) -> None:
    problems = [problem for one in sets for problem in one.problems]
    if [r.problem for r in records] != problems[: len(records)]:
        raise InputError(f"the rows of {folder} are of other problems", hint="name another folder")
