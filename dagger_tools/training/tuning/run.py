"""A run from the checkpoint and the rows to the finished checkpoint."""

from __future__ import annotations

import gc
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from dagger_tools.checkpoint import (
    Dtype,
    adapter_base,
    find_checkpoint,
    load_checkpoint,
    load_tokenizer,
    merge_adapter,
    read_config,
    save_model,
)
from dagger_tools.errors import InputError
from dagger_tools.training.reward import EXECUTES, RIGHT, VALID
from dagger_tools.training.tuning.encoding import Encoding, open_encoding
from dagger_tools.training.tuning.folder import RunFolder, read_metrics, write_whole
from dagger_tools.training.tuning.memory import Memory, estimate_memory
from dagger_tools.training.tuning.plan import AnyPlan, Batches, GrpoPlan
from dagger_tools.training.tuning.plots import draw_metrics
from dagger_tools.training.tuning.rows import TuningRow, read_rows
from dagger_tools.training.tuning.trainers import libraries, make_trainer, total_steps

__all__ = ["Prepared", "Tuned", "prepare", "tune"]

_READ = (".json", ".safetensors", ".jinja", ".model")
_TORCH_WRITER = re.compile(r"inline_container\.cc|PytorchStreamWriter")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that is known before a weight is loaded.

    ``length`` is the longest sequence in tokens.  ``left_out`` counts rows that are too long, or hold
    what the checkpoint has no token for; ``wrong`` the responses whose graph does not give the row's own
    answer.
    """

    plan: AnyPlan
    source: str
    tokenizer: Path
    rows: tuple[TuningRow, ...]
    encoding: Encoding
    batches: Batches
    steps: int
    length: int
    left_out: int
    wrong: int
    dtype: Dtype
    recompute: bool
    memory: Memory
    fingerprint: dict[str, Any]

    def first_example(self) -> tuple[str, str]:
        """The first row as the model sees it, control tokens written out: what it reads and writes."""
        row = self.rows[0]
        prompt = self.encoding.show(self.encoding.prompt(row))
        if row.response is None:
            return prompt, f"(earns most with {row.answer})"
        return prompt, self.encoding.show(self.encoding.response(row))


@dataclass(frozen=True, slots=True)
class Tuned:
    """A finished run: updates done, and its figures' means over the first and the last tenth of them.

    One update has other rows than the next, so that two single ones say little about a run.
    """

    out: Path
    steps: int
    first: dict[str, float]
    last: dict[str, float]


def prepare(source: str, data: str, plan: AnyPlan) -> Prepared:
    """Read the data and the checkpoint's configuration and tokenizer, and count.

    Raises:
        InputError: the data, the plan or the prompt cannot be used.
        ModelFileError: the checkpoint's files are missing or broken.
        MissingDependencyError: a package is not installed.
    """
    libraries()
    import torch

    batches = plan.batches(int(os.environ.get("WORLD_SIZE", "1")))
    rows = read_rows(data, plan.stage)
    checkpoint, _ = find_checkpoint(source, None)
    named = adapter_base(checkpoint)
    base = checkpoint if named is None else find_checkpoint(named, None)[0]
    config = read_config(base)
    tokenizer_folder = checkpoint if (checkpoint / "tokenizer.json").exists() else base
    tokenizer = load_tokenizer(tokenizer_folder)
    encoding = open_encoding(tokenizer, source, plan.prompt)
    kept, length, tokens = _fitting(rows, encoding, plan)
    gpu = torch.cuda.is_available()
    dtype: Dtype = plan.dtype or ("bfloat16" if gpu else "float32")
    recompute = gpu if plan.recompute is None else plan.recompute
    memory = estimate_memory(config, plan, batches, length, dtype, recompute=recompute)
    wrong = sum(
        row.response is not None
        and row.answer is not None
        and encoding.earned(row) < VALID + EXECUTES + RIGHT
        for row in kept
    )
    told = hashlib.sha256(repr([asdict(row) | {"place": ""} for row in kept]).encode())
    fingerprint = {
        "stage": plan.stage,
        "checkpoint": str(checkpoint.resolve()),
        "checkpoint_files": _files(checkpoint, base),
        **asdict(plan),
        "dtype": dtype,
        "rows": len(kept),
        "data": told.hexdigest(),
        # a prompt file or chat template of the same name may say something else by now
        "prompts_and_responses": tokens,
    }
    return Prepared(
        plan, source, tokenizer_folder, kept, encoding, batches, total_steps(plan, len(kept)), length,
        len(rows) - len(kept), wrong, dtype, recompute, memory, fingerprint,
    )  # fmt: skip


def _files(*folders: Path) -> dict[str, list[int]]:
    """What a checkpoint is read from, each file with its size and when it was written."""
    found = {p for folder in folders for p in folder.iterdir() if p.suffix in _READ}
    seen = {str(path.resolve()): path.stat() for path in sorted(found)}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in seen.items()}


def _fitting(
    rows: tuple[TuningRow, ...], encoding: Encoding, plan: AnyPlan
) -> tuple[tuple[TuningRow, ...], int, str]:
    """Rows that the checkpoint takes and that are not too long; tokens of the longest one; a hash of all."""
    kept = []
    hashed = hashlib.sha256()
    longest = 0
    most, written = (
        (plan.max_prompt, plan.max_new_tokens)
        if isinstance(plan, GrpoPlan)
        else (plan.max_length, 0)
    )
    for row in rows:
        if not encoding.takes(row):
            continue
        prompt = encoding.prompt(row)
        response = [] if row.response is None else encoding.response(row)
        length = len(prompt) + len(response)
        if length <= most:
            kept.append(row)
            hashed.update(repr((prompt, response)).encode())
            longest = max(longest, length)
    if not kept:
        raise InputError(
            f"all {len(rows)} rows are over {most} tokens, or cannot be written",
            hint="allow longer ones",
        )
    return tuple(kept), longest + written, hashed.hexdigest()


def tune(
    prepared: Prepared, out: Path, *, tell: Callable[[str], None] = lambda line: None
) -> Tuned:
    """Train, merge, and leave a checkpoint in ``out`` that ``load_checkpoint`` reads.

    Started again after it was killed, it goes on from the last whole checkpoint.

    Raises:
        InputError: ``out`` holds something else, or a run of another plan; another process trains into
            it; or it cannot be written.
        ModelFileError: the checkpoint's files are missing or broken.
    """
    import torch
    from accelerate import PartialState

    # told, for without a GPU it takes the processes of a launcher for runs of their own
    processes = PartialState(cpu=not torch.cuda.is_available())
    folder = RunFolder(out)
    first = processes.is_main_process
    with _disk_faults(out), folder.held(prepared.fingerprint) if first else nullcontext():
        processes.wait_for_everyone()
        if not folder.finished:
            if first:
                step = folder.clean()
                tell("from the beginning" if step is None else f"going on after update {step}")
            processes.wait_for_everyone()
            _train(prepared, folder, folder.last_checkpoint())
            processes.wait_for_everyone()
            if first:
                _finish(prepared, folder)
            processes.wait_for_everyone()
        rows = read_metrics(folder.metrics)
    tenth = max(1, len(rows) // 10)
    return Tuned(
        out=out,
        steps=rows[-1]["step"] if rows else 0,
        first=_means(rows[:tenth]),
        last=_means(rows[-tenth:]),
    )


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Of every figure that these rows have; what was not finite counts for nothing."""
    names = {name for row in rows for name in row}
    found = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {name: fmean(values) for name, values in found.items() if values}


@contextmanager
def _disk_faults(out: Path) -> Iterator[None]:
    """No space, no permission: as an error of ours, whatever library came upon it."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        # PyTorch's writer raises what its arithmetic raises, and is known by its name only
        if isinstance(error, RuntimeError) and not _TORCH_WRITER.search(str(error)):
            raise
        told = error.strerror if isinstance(error, OSError) else None
        raise InputError(
            f"cannot write {out}: {told or str(error)[:200]}",
            hint="mend it and run the same command again: it goes on from the last whole checkpoint",
        ) from error


def _train(prepared: Prepared, folder: RunFolder, resumed: Path | None) -> None:
    from transformers import set_seed

    from dagger_tools.training.tuning.reports import Reports

    plan = prepared.plan
    set_seed(plan.seed)
    # weights that are trained themselves stay in float32: AdamW's small steps would be rounded away
    dtype = "float32" if plan.lora is None else prepared.dtype
    found = load_checkpoint(prepared.source, dtype=dtype)
    # TRL stops and counts at this one token
    found.tokenizer.eos_token = prepared.encoding.end
    if found.tokenizer.pad_token is None:
        found.tokenizer.pad_token = "<pad>"
    # with a name PEFT would look for the base's vocabulary, on the hub too, at every save
    found.model.config._name_or_path = ""
    reports = Reports(folder, f"train {plan.stage}")
    trainer = make_trainer(
        plan,
        found.model,
        found.tokenizer,
        prepared.encoding,
        prepared.rows,
        steps=prepared.steps,
        batches=prepared.batches,
        folder=folder,
        bf16=prepared.dtype == "bfloat16",
        recompute=prepared.recompute,
        callbacks=[reports],
    )
    try:
        trainer.train(resume_from_checkpoint=None if resumed is None else str(resumed))
    finally:
        reports.close()
    if trainer.is_world_process_zero():
        model = trainer.accelerator.unwrap_model(trainer.model)
        shutil.rmtree(folder.adapter, ignore_errors=True)
        if plan.lora is not None:
            model.peft_config["default"].base_model_name_or_path = prepared.source
            model.save_pretrained(folder.adapter, save_embedding_layers=False)
    del trainer, found
    gc.collect()


def _finish(prepared: Prepared, folder: RunFolder) -> None:
    """Merge the adapter, and put the checkpoint in its place, its configuration last."""
    part = folder.part
    if prepared.plan.lora is not None:
        merged = load_checkpoint(prepared.source, dtype=prepared.dtype)
        merge_adapter(merged.model, folder.adapter)
    else:
        last = folder.last_checkpoint()
        assert last is not None  # the trainer saves after its last update
        merged = load_checkpoint(str(last), dtype=prepared.dtype)
    # not the trainer's copy: that one calls the end of a turn the end of a text
    tokenizer = load_tokenizer(prepared.tokenizer)
    end: Any = tokenizer.convert_tokens_to_ids(prepared.encoding.end)
    save_model(merged, part, stop_ids=sorted({*merged.stop_ids, end}))
    tokenizer.save_pretrained(part)
    drawn = draw_metrics(read_metrics(folder.metrics))
    if drawn is not None:
        write_whole(folder.run / "metrics.svg", drawn)
    for path in sorted(part.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(folder.out / path.name)
    part.rmdir()
