"""The recipe of a training run of the embedded model: sizes, rates, data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_codec import SPECIAL_TOKENS

__all__ = ["NanoRecipe", "changed"]

_LEAST_VOCABULARY = len(SPECIAL_TOKENS) + 256
"""What every vocabulary holds: the codec's own tokens, and one for each byte."""
_MOST_VOCABULARY = 65_536
"""Encoded corpora hold ids of 16 bits."""


@dataclass(frozen=True, slots=True)
class NanoRecipe:
    """Everything that decides what comes out of a run.

    Raises:
        InputError: a value out of its range, or sizes that do not fit each other.
    """

    seed: int = 1
    steps: int = 3000
    batch: int = 64
    learning_rate: float = 1.2e-3
    """Peak rate of AdamW, which moves the embedding and the vectors."""
    matrix_learning_rate: float = 4e-3
    """Peak rate of Muon, which moves the layers' matrices (Jordan et al., "Muon", 2024); its updates
    are scaled to the size of AdamW's (Liu et al., arXiv:2502.16982)."""
    warmup: int = 200
    cooldown: float = 1.0
    """Share of the steps after the warm-up in which the rates fall; before, they stay at the peak."""
    weight_decay: float = 0.05
    average_decay: float = 0.998
    """The exported weights are an exponential average of the trained ones."""
    question_loss: float = 0.1
    """Weight of predicting the question itself, beside predicting the graph."""
    token_dropout: float = 0.08
    """Share of the question's ordinary tokens that are hidden in training, on average; each example
    draws its own share, up to twice this."""
    piece_dropout: float = 0.0
    """Share of merges that are left out when half of the questions are cut into tokens, so that the
    model meets words in other pieces too (BPE-dropout; Provilkov et al., arXiv:1910.13267)."""
    dropout: float = 0.1
    vocabulary: int = 3200
    tokenizer_problems: int = 30_000
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    key_value_heads: int = 2
    intermediate: int = 704
    max_tokens: int = 224
    scene_share: float = 0.45
    bank_share: float = 0.35
    distractor_share: float = 0.55
    stray_share: float = 0.4

    def __post_init__(self) -> None:
        counts = ("steps", "batch", "tokenizer_problems", "hidden", "layers", "heads",
                  "key_value_heads", "intermediate")  # fmt: skip
        shares = ("token_dropout", "piece_dropout", "dropout", "question_loss", "weight_decay",
                  "average_decay", "distractor_share", "stray_share")  # fmt: skip
        ranges = {
            **{f"{name} of 1 or more": getattr(self, name) >= 1 for name in counts},
            **{f"{name} from 0 and below 1": 0 <= getattr(self, name) < 1 for name in shares},
            "a warmup of 0 or more": self.warmup >= 0,
            "a cooldown above 0 and at most 1": 0 < self.cooldown <= 1,
            "rates of 0 or more": min(self.learning_rate, self.matrix_learning_rate) >= 0,
            "scene_share and bank_share of 0 or more, at most 1 together": (
                min(self.scene_share, self.bank_share) >= 0
                and self.scene_share + self.bank_share <= 1 + 1e-9
            ),
            f"a vocabulary above {_LEAST_VOCABULARY} and at most {_MOST_VOCABULARY}": (
                _LEAST_VOCABULARY < self.vocabulary <= _MOST_VOCABULARY
            ),
            "max_tokens from 64 to 512": 64 <= self.max_tokens <= 512,
        }
        if not (wrong := [name for name, holds in ranges.items() if not holds]):
            sizes = {
                "key_value_heads that divide heads": self.heads % self.key_value_heads == 0,
                "heads that divide hidden into even sizes": self.hidden % (2 * self.heads) == 0,
            }
            wrong = [name for name, holds in sizes.items() if not holds]
        if wrong:
            raise InputError(f"the recipe wants {wrong[0]}", hint="see NanoRecipe")


def changed(recipe: NanoRecipe, settings: Iterable[str]) -> NanoRecipe:
    """``recipe`` with ``NAME=VALUE`` settings applied.

    Raises:
        InputError: a setting has no such name, or a value of another kind.
    """
    kinds = {field.name: type(getattr(recipe, field.name)) for field in fields(NanoRecipe)}
    values: dict[str, int | float] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or name not in kinds:
            raise InputError(
                f"{setting!r} is no setting of the recipe",
                hint=f"NAME is one of {', '.join(kinds)}",
            )
        try:
            values[name] = kinds[name](value)
        except ValueError:
            raise InputError(
                f"{name} cannot be {value!r}", hint=f"it is {kinds[name].__name__}"
            ) from None
    return replace(recipe, **values)  # type: ignore[arg-type]  # each value has its field's type
