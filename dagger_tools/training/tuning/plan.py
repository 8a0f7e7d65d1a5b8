"""What a run shall do, with the published values as defaults (``docs/training.md`` lists them)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from dagger_tools.checkpoint import Dtype
from dagger_tools.errors import InputError

__all__ = ["AnyPlan", "Batches", "GrpoPlan", "LoraPlan", "SftPlan", "Stage", "TuningPlan"]

Stage = Literal["sft", "grpo"]

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")

_SEEDS = 2**32
"""NumPy, which ``set_seed`` of transformers seeds as well, takes no more."""


def _one_or_more(plan: Any, *names: str) -> None:
    for name in names:
        if getattr(plan, name) < 1:
            raise InputError(f"{name} is {getattr(plan, name)}", hint="1 or more")


def _in_range(name: str, value: float, *, right: bool, hint: str) -> None:
    # infinity is in many a range, and NaN is on neither side of anything
    if not (math.isfinite(value) and right):
        raise InputError(f"{name} is {value}", hint=hint)


@dataclass(frozen=True, slots=True)
class LoraPlan:
    """A low-rank adapter (Hu et al., 2021) on these projections of every layer."""

    rank: int = 64
    alpha: int = 128
    projections: tuple[str, ...] = PROJECTIONS

    def __post_init__(self) -> None:
        """Refuse an adapter of nothing.

        Raises:
            InputError: rank or alpha is below 1.
        """
        _one_or_more(self, "rank", "alpha")


@dataclass(frozen=True, slots=True)
class Batches:
    """A global batch as so many examples a device at a time, accumulated so many times."""

    devices: int
    device_batch: int
    accumulation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPlan:
    """What both stages have.

    ``batch`` is global: one update of the weights, on however many devices.  ``device_batch`` is the
    most examples that one device holds at a time.  ``lora`` None trains every weight.  ``prompt``:
    ``data`` for the messages as the rows have them, ``family`` for the prompt that the generators put to
    this checkpoint, or a file with ``{question}`` in it.  The learning rate falls along half a cosine to
    ``final_learning_rate``.  ``max_steps`` ends before the epochs do.
    """

    stage: ClassVar[Stage]

    lora: LoraPlan | None = field(default_factory=LoraPlan)
    batch: int
    device_batch: int = 4
    epochs: int = 4
    max_steps: int | None = None
    learning_rate: float = 1e-5
    final_learning_rate: float = 1e-6
    save_every: int = 50
    seed: int = 0
    dtype: Dtype | None = None
    prompt: str = "data"
    recompute: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            InputError: a number is out of its range.
        """
        _one_or_more(self, "batch", "device_batch", "epochs", "save_every")
        if self.max_steps is not None:
            _one_or_more(self, "max_steps")
        seeds = 0 <= self.seed < _SEEDS
        _in_range("seed", self.seed, right=seeds, hint=f"from 0 to {_SEEDS - 1}")
        rates = 0 < self.final_learning_rate <= self.learning_rate
        if not (rates and math.isfinite(self.learning_rate)):
            raise InputError(
                f"the learning rate would go from {self.learning_rate} to {self.final_learning_rate}",
                hint="it starts above 0 and does not rise",
            )

    def batches(self, devices: int) -> Batches:
        """The global batch on ``devices``.

        Raises:
            InputError: it cannot be shared out evenly.
        """
        if self.batch % devices:
            raise InputError(
                f"a batch of {self.batch} cannot be shared by {devices} devices",
                hint="choose a multiple of the number of devices",
            )
        share = self.batch // devices
        most = min(share, self.device_batch)
        device_batch = next(size for size in range(most, 0, -1) if share % size == 0)
        return Batches(devices, device_batch, share // device_batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class SftPlan(TuningPlan):
    """Supervised fine-tuning; the loss is on the response alone.

    ``max_length``: tokens of prompt and response; longer rows are left out, and counted.
    """

    stage = "sft"

    batch: int = 256
    max_length: int = 4096

    def __post_init__(self) -> None:
        """As above, and a row may have a token.

        Raises:
            InputError: a number is out of its range.
        """
        TuningPlan.__post_init__(self)
        _one_or_more(self, "max_length")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpoPlan(TuningPlan):
    """Group relative policy optimisation (Shao et al., 2024).

    ``batch`` counts completions, as TRL does: 32 are four prompts with ``generations`` 8 of each.
    ``flag_weight`` is paid on top of the published reward for flags that agree with the answer path.
    """

    stage = "grpo"

    batch: int = 32
    generations: int = 8
    max_new_tokens: int = 1024
    max_prompt: int = 3072
    temperature: float = 1.0
    top_p: float = 0.95
    top_k: int = 64
    loss: str = "bnpo"
    beta: float = 0.0
    epsilon: float = 0.2
    epsilon_high: float = 0.28
    mask_truncated: bool = True
    flag_weight: float = 0.0

    def __post_init__(self) -> None:
        """As above, and groups must fill the batch.

        Raises:
            InputError: a number is out of its range.
        """
        TuningPlan.__post_init__(self)
        if self.generations < 2:
            raise InputError(
                "a group of one has nothing to be compared with", hint="2 generations or more"
            )
        if self.batch % self.generations:
            raise InputError(
                f"a batch of {self.batch} completions does not hold whole groups of {self.generations}",
                hint="choose a multiple of the generations",
            )
        _one_or_more(self, "max_new_tokens", "max_prompt")
        for name, right, hint in (
            ("temperature", self.temperature > 0, "above 0"),
            ("top_p", 0 < self.top_p <= 1, "above 0, at most 1"),
            ("top_k", self.top_k >= 0, "1 or more, or 0 for all tokens"),
            ("beta", self.beta >= 0, "0 or more"),
            ("epsilon", self.epsilon > 0, "above 0"),
            ("epsilon_high", self.epsilon_high > 0, "above 0"),
            ("flag_weight", self.flag_weight >= 0, "0 or more"),
        ):
            _in_range(name, getattr(self, name), right=right, hint=hint)

    @property
    def prompts(self) -> int:
        """Prompts of one update."""
        return self.batch // self.generations


AnyPlan = SftPlan | GrpoPlan
