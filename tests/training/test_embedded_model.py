"""Making the embedded model, small: train, stop, resume, export, calibrate, and use it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from dagger_tools.errors import InputError
from dagger_tools.generators import Refusal
from dagger_tools.generators.nano import NanoGenerator
from dagger_tools.text import read_question
from dagger_tools.training.bmwp import read_bmwp
from dagger_tools.training.calibrate import calibrate, fit_logistic
from dagger_tools.training.nano import train_nano
from dagger_tools.training.nano_data import Mixture, disguise
from dagger_tools.training.nano_export import export_nano
from dagger_tools.training.nano_recipe import NanoRecipe
from tests.training.tiny_run import ROWS, TINY


def test_bmwp_rows_are_bound_or_left_out(bmwp: Path) -> None:
    """Equations become graphs over the text's numbers; rows that contradict themselves are dropped."""
    compacts = [problem.compact for problem in read_bmwp(bmwp)]
    # 4 * 7 computes with a number that is not in the text; 4** is no equation; 9 - 4 is not 6
    assert compacts == ["n1 - n2", "n1 * n2"]


def test_broken_bmwp_file_names_its_line(tmp_path: Path) -> None:
    """A line of another shape is an error with its place."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + '\n{"question": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"rows\.jsonl:2"):
        list(read_bmwp(path))


def test_disguised_problems_keep_their_graphs(bmwp: Path) -> None:
    """Other names for things move no number."""
    mixture = Mixture(seed=1, bmwp=bmwp, disguise_share=0.0)
    import random

    rng = random.Random(1)
    changed = 0
    for problem in islice(mixture, 60):
        other = disguise(problem, mixture.lexicon, rng)
        changed += other.question != problem.question
        assert other.compact == problem.compact
        before, after = (
            read_question(problem.question).numbers,
            read_question(other.question).numbers,
        )
        assert [n.value for n in before] == [n.value for n in after]
    assert changed > 20


def test_training_and_calibration_share_no_story(bmwp: Path) -> None:
    """What is held back for calibration is never trained on."""
    trained = {p.family.split("/")[0] for p in islice(Mixture(seed=1, bmwp=None), 800)}
    kept = {p.family.split("/")[0] for p in islice(Mixture(seed=1, bmwp=None, held_back=True), 200)}
    assert kept
    assert not trained & kept


class Stopped(Exception):
    """The power went off."""


def _stopped(out: Path, recipe: NanoRecipe, bmwp: Path) -> Path:
    """A run that was stopped with its last step, so that the checkpoint before it is there."""

    def stop(row: Mapping[str, float]) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        train_nano(out, recipe, bmwp=bmwp, save_every=2, report=stop)
    (saved,) = out.glob("step-*")
    assert saved.name == "step-4"
    return saved


def test_stopped_run_ends_where_an_unstopped_one_does(tmp_path: Path, bmwp: Path) -> None:
    """Weights, average and optimizers are put back, and the same batches follow (dropout is drawn anew)."""
    still = replace(TINY, dropout=0.0, token_dropout=0.0)
    whole = train_nano(tmp_path / "whole", still, bmwp=bmwp)
    _stopped(tmp_path / "run", still, bmwp)
    resumed = train_nano(tmp_path / "run", still, bmwp=bmwp, save_every=2)
    assert [path.name for path in (tmp_path / "run").glob("step-*")] == ["step-6"]
    one, other = (load_file(path / "model.safetensors") for path in (whole, resumed))
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


def test_stopped_run_begins_with_what_was_saved(tmp_path: Path, bmwp: Path) -> None:
    """What the saved average holds is what the finished one comes from."""
    still = replace(TINY, learning_rate=0.0, matrix_learning_rate=0.0, weight_decay=0.0)
    path = _stopped(tmp_path / "run", still, bmwp) / "state.safetensors"
    state = load_file(path)
    name = "model.embed_tokens.weight"
    for kind in ("model", "average"):
        state[f"{kind}.{name}"] = torch.full_like(state[f"{kind}.{name}"], 0.5)
    save_file(state, path, metadata={"step": "4"})
    done = train_nano(tmp_path / "run", still, bmwp=bmwp, save_every=2)
    found = load_file(done / "model.safetensors")[name]
    assert torch.allclose(found, torch.full_like(found, 0.5))


def test_folder_of_another_recipe_is_refused(tmp_path: Path, bmwp: Path) -> None:
    """Two recipes do not mix in one folder."""
    (tmp_path / "recipe.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="another run"):
        train_nano(tmp_path, TINY, bmwp=bmwp)


@pytest.mark.parametrize("quantisation", ["none", "w8", "w4"])
def test_export_agrees_with_torch_and_answers(
    tmp_path: Path, folder: Path, bmwp: Path, quantisation: str
) -> None:
    """The exported graph has torch's logits, and the folder opens as a generator."""
    question = ROWS[0]["question"]
    assert isinstance(question, str)
    out = tmp_path / "out"
    with warnings.catch_warnings():
        # torch's and optimum's exporters warn about their own tracing
        warnings.simplefilter("ignore")
        measured = export_nano(folder, out, quantisation=quantisation, questions=[question])  # type: ignore[arg-type]  # one of the three
    assert measured["logit_error"] < 1e-3
    assert 0.0 <= measured["same_output"] <= 1.0
    generator = NanoGenerator(out)
    (outcome,) = generator.generate([read_question(question)])
    assert not isinstance(outcome, Refusal)
    if quantisation == "none":
        result = calibrate(generator, out, bmwp=None, problems=40)
        assert 0.0 <= result["calibration_error"] <= 1.0
        assert "weights" in json.loads((out / "calibration.json").read_text(encoding="utf-8"))


def test_logistic_regression_finds_the_weights() -> None:
    """Probabilities that follow a logistic curve are recovered."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(4000, 2))
    chance = 1 / (1 + np.exp(-(2.0 * inputs[:, 0] - 1.0)))
    right = (rng.random(4000) < chance).astype(float)
    intercept, weights = fit_logistic(inputs, right)
    assert abs(intercept + 1.0) < 0.15
    assert abs(weights[0] - 2.0) < 0.2
    assert abs(weights[1]) < 0.15


def test_a_run_starts_from_an_earlier_ones_weights(
    tmp_path: Path, folder: Path, bmwp: Path
) -> None:
    """Weights and tokenizer are taken over, the schedule is new; another shape is refused."""
    still = replace(TINY, steps=1, learning_rate=0.0, matrix_learning_rate=0.0, weight_decay=0.0)
    done = train_nano(tmp_path / "run", still, bmwp=bmwp, start=folder)
    before, after = (load_file(path / "model.safetensors") for path in (folder, done))
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[name], after[name]) for name in before)
    assert (tmp_path / "run" / "tokenizer.json").read_text("utf-8") == (
        folder / "tokenizer.json"
    ).read_text("utf-8")
    with pytest.raises(InputError, match="another shape"):
        train_nano(tmp_path / "wide", replace(still, intermediate=64), bmwp=bmwp, start=folder)
