"""Drawing the next token: greedy, and shaped by temperature, top-k and top-p."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from dagger_tools.errors import InputError
from dagger_tools.generators import Decoding
from dagger_tools.generators.sampling import draw, generators_of

SCORES = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))


def drawn(decoding: Decoding, count: int = 4000) -> Counter[int]:
    """How often each place comes up."""
    rng = np.random.default_rng(1)
    return Counter(draw(SCORES, decoding, rng)[0] for _ in range(count))


def test_without_chance_the_likeliest_is_taken_with_its_probability() -> None:
    """Greedy: the first of the best, and the log-probability among all."""
    place, log_probability = draw(SCORES, Decoding(), None)
    assert place == 0
    assert log_probability == pytest.approx(math.log(0.5), abs=1e-6)


def test_frequencies_follow_the_probabilities_at_temperature_one() -> None:
    """At temperature 1 and nothing cut, places come up as often as they are likely."""
    counts = drawn(Decoding(temperature=1.0, top_p=1.0, top_k=0))
    for place, chance in enumerate((0.5, 0.3, 0.15, 0.05)):
        assert abs(counts[place] / 4000 - chance) < 0.03


def test_low_temperature_sharpens() -> None:
    """Near 0 the likeliest is nearly always drawn."""
    assert drawn(Decoding(temperature=0.05, top_p=1.0, top_k=0))[0] == 4000


def test_top_k_and_top_p_cut_the_tail() -> None:
    """Only the k likeliest, only the likeliest that hold p of the probability."""
    assert set(drawn(Decoding(temperature=1.0, top_p=1.0, top_k=2))) == {0, 1}
    assert set(drawn(Decoding(temperature=1.0, top_p=0.79, top_k=0))) == {0, 1}
    assert set(drawn(Decoding(temperature=1.0, top_p=0.81, top_k=0))) == {0, 1, 2}


def test_what_may_not_follow_is_never_drawn() -> None:
    """A score of minus infinity has no chance, however hot."""
    scores = SCORES.copy()
    scores[0] = -np.inf
    rng = np.random.default_rng(2)
    hot = Decoding(temperature=5.0, top_p=1.0, top_k=0)
    assert all(draw(scores, hot, rng)[0] != 0 for _ in range(2000))


def test_the_told_probability_is_the_models_own() -> None:
    """Temperature shapes the draw, not the log-probability that is told."""
    place, log_probability = draw(SCORES, Decoding(temperature=4.0), np.random.default_rng(3))
    assert log_probability == pytest.approx(float(SCORES[place]), abs=1e-5)


def test_each_sample_has_its_own_chance() -> None:
    """The first sample has none, the others differ and come again with the seed."""
    first, *others = generators_of(Decoding(samples=4, seed=9))
    again = generators_of(Decoding(samples=4, seed=9))[1:]
    assert first is None
    values = [rng.random() for rng in others if rng is not None]
    assert len(set(values)) == 3
    assert values == [rng.random() for rng in again if rng is not None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"samples": 0},
        {"samples": 10_000},
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"top_k": -1},
        {"max_new_tokens": 0},
    ],
)
def test_values_out_of_range_are_named(wrong: dict[str, float]) -> None:
    """A setting that means nothing is refused by name."""
    with pytest.raises(InputError, match=next(iter(wrong))):
        Decoding(**wrong)  # type: ignore[arg-type]  # the wrong ones on purpose
