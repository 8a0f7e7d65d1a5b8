"""What a run tells while it goes: a progress bar, a row of figures an update, and what is whole."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from dagger_tools.progress import Progress
from dagger_tools.training.tuning.folder import RunFolder, metrics_line

__all__ = ["Reports"]


class Reports(TrainerCallback):
    """Called by the trainer in every process; the first one of them writes.

    Args:
        folder: where figures and checkpoints go.
        title: what the progress bar says.
    """

    def __init__(self, folder: RunFolder, title: str) -> None:
        self._folder = folder
        self._title = title
        self._bar: Progress | None = None
        self._advance: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Open the bar where an earlier run stopped."""
        if state.is_world_process_zero:
            self._bar = Progress(self._title, state.max_steps, done=state.global_step)
            self._advance = self._bar.__enter__()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """One update is done."""
        if self._advance is not None:
            self._advance(1)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Append the figures of an update."""
        # the last row of a run sums it up, and has no loss of its own
        if state.is_world_process_zero and logs and "train_runtime" not in logs:
            with self._folder.metrics.open("a", encoding="utf-8") as file:
                file.write(metrics_line({"step": state.global_step, **logs}))

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Every process has written its part of the checkpoint: it is whole."""
        from accelerate import PartialState

        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            self._folder.mark_whole(state.global_step)

    def close(self) -> None:
        """Take the bar away; the trainer tells of an end, but not of an error."""
        if self._bar is not None:
            self._bar.__exit__()
