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
from safetensors.torch import load_file

from dagger_tools.errors import InputError
from dagger_tools.generators import Refusal
from dagger_tools.generators.nano import NanoGenerator
from dagger_tools.text import read_question
from dagger_tools.training.bmwp import read_bmwp
from dagger_tools.training.calibrate import calibrate, fit_logistic
from dagger_tools.training.nano import schedule, train_nano
from dagger_tools.training.nano_batches import read_batches
from dagger_tools.training.nano_corpus import examples, mixture, read_corpora, write_corpus
from dagger_tools.training.nano_data import Mixture, disguise
from dagger_tools.training.nano_export import export_nano
from dagger_tools.training.nano_recipe import NanoRecipe, changed

TINY = NanoRecipe(
    steps=6,
    batch=4,
    warmup=2,
    vocabulary=700,
    tokenizer_problems=400,
    hidden=32,
    layers=2,
    heads=2,
    key_value_heads=1,
    intermediate=48,
)
ROWS = [
    {"question": question, "equation": equation, "answer": answer}
    for question, equation, answer in (
        ("রবির ১২টি লাটিম ছিল। ৫টি হারাল। কয়টি রইল?", "12-5", 7.0),
        ("৪টি থালায় ৬টি করে পিঠা। মোট কতটি পিঠা?", "4*6", 24.0),
        ("৪টি থালায় ৬টি করে পিঠা। মোট কতটি পিঠা?", "4*7", 28.0),
        ("৪টি থালা আছে। কয়টি?", "4**", 4.0),
        ("৯টি আম আর ৪টি জাম আছে। আম কয়টি বেশি?", "9-4", 6.0),
    )
]


@pytest.fixture(scope="module")
def bmwp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of BMWP's shape, with rows that cannot be used among them."""
    path = tmp_path_factory.mktemp("data") / "bmwp.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, bmwp: Path) -> Path:
    """A finished tiny checkpoint."""
    return train_nano(tmp_path_factory.mktemp("run"), TINY, bmwp=bmwp, save_every=2)


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


def test_stopped_run_goes_on_where_it_was(tmp_path: Path, bmwp: Path) -> None:
    """A run that is stopped in the middle ends with every step done once."""

    class Stopped(Exception):
        """The power went off."""

    def stop(row: Mapping[str, float]) -> None:
        raise Stopped

    out = tmp_path / "run"
    # the report comes with the last step; stopping there leaves the checkpoint before it
    with pytest.raises(Stopped):
        train_nano(out, TINY, bmwp=bmwp, save_every=2, report=stop)
    assert [path.name for path in out.glob("step-*")] == ["step-4"]
    train_nano(out, TINY, bmwp=bmwp, save_every=2)
    assert [path.name for path in out.glob("step-*")] == ["step-6"]
    assert (out / "checkpoint" / "model.safetensors").exists()


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


def test_encoded_corpora_hold_the_streams_problems(
    tmp_path: Path, folder: Path, bmwp: Path
) -> None:
    """What is encoded is what would have been made on the way, and a run trains on several files."""
    tokenizer = folder / "tokenizer.json"
    recipe = replace(TINY, batch=40, seed=3)
    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for path, seed in zip(paths, (3, 4), strict=True):
        write_corpus(path, replace(recipe, seed=seed), tokenizer, bmwp=bmwp, problems=60)
    corpus = read_corpora(paths)
    assert len(corpus) == 120
    wanted = examples(mixture(recipe, bmwp, seed=3), recipe, tokenizer, seed=3)
    first = next(wanted)
    assert corpus.tokens[: corpus.ends[0]].tolist() == [*first.question, *first.graph]
    assert corpus.graphs[0] == len(first.graph)
    batches = list(islice(read_batches(recipe, tokenizer, paths), 3))
    assert [len(ids) for ids, _ in batches] == [40, 40, 40]
    # an order of all has each example once
    seen = {tuple(row[row != 0].tolist()) for ids, _ in batches for row in ids}
    stops = zip(corpus.ends - corpus.lengths, corpus.ends, strict=True)
    assert seen == {tuple(corpus.tokens[a:b].tolist()) for a, b in stops}
    train_nano(tmp_path / "run", replace(TINY, steps=2), bmwp=bmwp, start=folder, corpora=paths)


def test_file_that_is_no_corpus_is_refused(tmp_path: Path, folder: Path) -> None:
    """Another file, or too few examples for a batch, is an error that says what to do."""
    path = tmp_path / "x.safetensors"
    path.write_text("no corpus", encoding="utf-8")
    with pytest.raises(InputError, match="no encoded corpus"):
        read_corpora([path])
    write_corpus(path, TINY, folder / "tokenizer.json", bmwp=None, problems=3)
    with pytest.raises(InputError, match="less than a batch"):
        next(read_batches(TINY, folder / "tokenizer.json", [path]))


def test_held_back_problems_are_tried_at_every_checkpoint(tmp_path: Path) -> None:
    """The metrics have a share for each kind of source."""
    rows: list[Mapping[str, float]] = []
    train_nano(
        tmp_path, TINY, bmwp=None, save_every=3, validation=6, report=lambda row: rows.append(row)
    )
    tried = [row for row in rows if "stories" in row]
    assert [row["step"] for row in tried] == [3, 6]
    assert tried[0].keys() - {"step"} == {
        "stories",
        "stories_distracted",
        "scenes",
        "scenes_distracted",
    }


def test_rates_stay_at_the_peak_until_the_cooldown() -> None:
    """With a cooldown of a half, the second half of the steps is the one in which rates fall."""
    recipe = replace(TINY, steps=102, warmup=2, cooldown=0.5)
    assert [schedule(step, recipe) for step in (1, 2, 52)] == [0.5, 1.0, 1.0]
    assert 0.4 < schedule(77, recipe) < 0.6
    assert schedule(102, recipe) == pytest.approx(0.02)


def test_recipe_takes_settings_by_name() -> None:
    """Each has its field's type; an unknown name or another type is an error that names it."""
    recipe = changed(TINY, ["hidden=64", "dropout=0.2"])
    assert (recipe.hidden, recipe.dropout) == (64, 0.2)
    with pytest.raises(InputError, match="no setting"):
        changed(TINY, ["hiden=64"])
    with pytest.raises(InputError, match="cannot be 'wide'"):
        changed(TINY, ["hidden=wide"])
