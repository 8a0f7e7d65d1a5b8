"""Fine-tuning of Gemma 3 checkpoints on TRL and PEFT: SFT on graphs, then GRPO on their rewards.

One file a job: ``plan`` what is asked for, ``rows`` the data, ``encoding`` rows to token ids, ``memory``
an estimate, ``folder`` what a run leaves on disk, ``reports`` what it tells while it goes,
``trainers`` the two trainers of TRL, ``run`` the order of it all, ``plots``.
"""

from dagger_tools.training.tuning.plan import GrpoPlan, LoraPlan, SftPlan, TuningPlan
from dagger_tools.training.tuning.run import Prepared, prepare, tune

__all__ = ["GrpoPlan", "LoraPlan", "Prepared", "SftPlan", "TuningPlan", "prepare", "tune"]
