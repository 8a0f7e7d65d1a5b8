"""TRL's two trainers, set up for a plan; they see token ids only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from dagger_tools.errors import InputError, MissingDependencyError
from dagger_tools.training.tuning.encoding import Encoding
from dagger_tools.training.tuning.folder import RunFolder
from dagger_tools.training.tuning.plan import Batches, GrpoPlan, TuningPlan
from dagger_tools.training.tuning.rows import TuningRow

__all__ = ["libraries", "make_trainer", "total_steps"]


def libraries() -> None:
    """See that everything training needs is there, before anything is loaded.

    Raises:
        MissingDependencyError: a package is not installed.
    """
    try:
        import accelerate  # noqa: F401  # only looked for
        import datasets  # noqa: F401
        import peft  # noqa: F401
        import tensorboard  # noqa: F401
        import trl  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed", hint="pip install 'dagger-tools[train]'"
        ) from error


def total_steps(plan: TuningPlan, rows: int) -> int:
    """Updates of the whole run over so many rows.

    Raises:
        InputError: the rows do not fill one batch of GRPO.
    """
    if isinstance(plan, GrpoPlan):
        # a last batch of fewer prompts is left out by TRL's sampler
        an_epoch = rows // plan.prompts
        if not an_epoch:
            raise InputError(
                f"{rows} rows do not fill one update of {plan.prompts} prompts",
                hint="give more rows, or a smaller batch",
            )
    else:
        an_epoch = math.ceil(rows / plan.batch)
    steps = plan.epochs * an_epoch
    return steps if plan.max_steps is None else min(steps, plan.max_steps)


def make_trainer(
    plan: TuningPlan,
    model: Any,
    tokenizer: Any,
    encoding: Encoding,
    rows: Sequence[TuningRow],
    *,
    steps: int,
    batches: Batches,
    folder: RunFolder,
    bf16: bool,
    recompute: bool,
    callbacks: list[Any],
) -> Any:
    """A trainer of TRL that is ready to go."""
    import torch
    from transformers.trainer_callback import PrinterCallback

    common: dict[str, Any] = {
        "output_dir": str(folder.run),
        "per_device_train_batch_size": batches.device_batch,
        "gradient_accumulation_steps": batches.accumulation,
        "max_steps": steps,
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr": plan.final_learning_rate},
        "logging_steps": 1,
        "logging_dir": str(folder.run / "tensorboard"),
        "report_to": ["tensorboard"],
        "save_steps": plan.save_every,
        # the one before the last: a run may be killed while the last is being written
        "save_total_limit": 2,
        "seed": plan.seed,
        "bf16": bf16,
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "gradient_checkpointing": recompute,
        "ddp_find_unused_parameters": False,
        "disable_tqdm": True,
        "remove_unused_columns": False,
    }
    what = (common, model, tokenizer, encoding, rows, callbacks)
    trainer = _grpo(plan, *what) if isinstance(plan, GrpoPlan) else _sft(plan, *what)
    trainer.remove_callback(PrinterCallback)
    return trainer


def _adapter(plan: TuningPlan) -> Any:
    from peft import LoraConfig

    if plan.lora is None:
        return None
    return LoraConfig(
        r=plan.lora.rank,
        lora_alpha=plan.lora.alpha,
        target_modules=list(plan.lora.projections),
        task_type="CAUSAL_LM",
    )


def _sft(
    plan: TuningPlan,
    common: dict[str, Any],
    model: Any,
    tokenizer: Any,
    encoding: Encoding,
    rows: Sequence[TuningRow],
    callbacks: list[Any],
) -> Any:
    from datasets import Dataset
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    def encoded() -> Any:
        for row in rows:
            prompt, response = encoding.prompt(row), encoding.response(row)
            yield {
                "input_ids": prompt + response,
                "completion_mask": [0] * len(prompt) + [1] * len(response),
            }

    return SFTTrainer(
        model=model,
        args=SFTConfig(
            **common, max_length=None, completion_only_loss=True, packing=False, loss_type="nll"
        ),
        train_dataset=Dataset.from_list(list(encoded())),
        processing_class=tokenizer,
        callbacks=callbacks,
        peft_config=_adapter(plan),
    )


def _grpo(
    plan: GrpoPlan,
    common: dict[str, Any],
    model: Any,
    tokenizer: Any,
    encoding: Encoding,
    rows: Sequence[TuningRow],
    callbacks: list[Any],
) -> Any:
    from datasets import Dataset
    from torch.utils.data import Sampler
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    class ByEpoch(Sampler[int]):
        """TRL's sampler with an order that follows from the epoch alone.

        TRL draws one order after the other from one generator: a run that was killed would go on with the
        first epoch's order, see some rows of the epoch twice and others never.
        """

        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[int]:
            return iter(self._inner)

        def __len__(self) -> int:
            return len(self._inner)

        def set_epoch(self, epoch: int) -> None:
            self._inner.generator.manual_seed(plan.seed + epoch)

    class IdsTrainer(GRPOTrainer):
        """Takes prompts that are token ids already: no second encoding, no second ``<bos>``."""

        def _get_train_sampler(self, dataset: Any = None) -> Any:
            return ByEpoch(super()._get_train_sampler(dataset))

        def _tokenize_prompts(self, prompts: Any) -> tuple[Any, None, dict[str, Any]]:
            return prompts, None, {}

    return IdsTrainer(
        model=model,
        reward_funcs=encoding.reward(plan.flag_weight),
        args=GRPOConfig(
            **common,
            num_generations=plan.generations,
            max_completion_length=plan.max_new_tokens,
            temperature=plan.temperature,
            top_p=plan.top_p,
            top_k=plan.top_k,
            loss_type=plan.loss,
            beta=plan.beta,
            epsilon=plan.epsilon,
            epsilon_high=plan.epsilon_high,
            mask_truncated_completions=plan.mask_truncated,
        ),
        train_dataset=Dataset.from_list(
            [{"prompt": encoding.prompt(row), **encoding.extra(row)} for row in rows]
        ),
        processing_class=tokenizer,
        callbacks=callbacks,
        peft_config=_adapter(plan),
    )
