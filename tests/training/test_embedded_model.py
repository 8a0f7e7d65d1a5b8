"""Making the embedded model, small: train, stop, resume, export, calibrate, and use it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from dagger_tools.checkpoint import load_checkpoint
from dagger_tools.errors import InputError
from dagger_tools.generators import Refusal
from dagger_tools.generators.nano import NanoGenerator
from dagger_tools.text import read_question
from dagger_tools.training.__main__ import main
from dagger_tools.training.bmwp import read_bmwp
from dagger_tools.training.calibrate import calibrate, fit_logistic
from dagger_tools.training.nano import schedule, train_nano, written
from dagger_tools.training.nano_batches import held_back, read_batches
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


def test_encoded_corpora_hold_the_streams_problems(
    tmp_path: Path, folder: Path, bmwp: Path
) -> None:
    """What is encoded is what would have been made on the way, and a run trains on several files."""
    tokenizer = folder / "tokenizer.json"
    recipe = replace(TINY, batch=40, seed=3)
    paths = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for path, seed in zip(paths, (3, 4), strict=True):
        write_corpus(path, replace(recipe, seed=seed), tokenizer, bmwp=bmwp, problems=60)
    corpus = read_corpora(paths, tokenizer)
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
    # what is trained on is what is given: a run on other files is another run
    with pytest.raises(InputError, match="another run"):
        train_nano(
            tmp_path / "run", replace(TINY, steps=2), bmwp=bmwp, start=folder, corpora=paths[:1]
        )


def test_corpus_of_another_tokenizer_is_refused(tmp_path: Path, folder: Path, bmwp: Path) -> None:
    """Its ids would mean other words."""
    tokenizer, path = folder / "tokenizer.json", tmp_path / "a.safetensors"
    write_corpus(path, TINY, tokenizer, bmwp=bmwp, problems=8)
    other = tmp_path / "tokenizer.json"
    other.write_text(tokenizer.read_text("utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="another tokenizer"):
        read_corpora([path], other)


def test_file_that_is_no_corpus_is_refused(tmp_path: Path, folder: Path) -> None:
    """Another file, or too few examples for a batch, is an error that says what to do."""
    path = tmp_path / "x.safetensors"
    path.write_text("no corpus", encoding="utf-8")
    with pytest.raises(InputError, match="no encoded corpus"):
        read_corpora([path], folder / "tokenizer.json")
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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["heads=4", "key_value_heads=3"], "divide heads"),
        (["heads=3", "key_value_heads=1"], "divide hidden"),
        (["heads=32", "key_value_heads=1"], "even sizes"),
        (["cooldown=0"], "cooldown above 0"),
        (["batch=0"], "batch of 1 or more"),
        (["dropout=2"], "dropout from 0"),
        (["question_loss=1"], "question_loss from 0"),
        (["scene_share=0.8", "bank_share=0.4"], "at most 1 together"),
        (["vocabulary=100"], "vocabulary above"),
        (["max_tokens=10"], "max_tokens from 64"),
    ],
)
def test_recipe_that_makes_no_model_is_refused(settings: list[str], message: str) -> None:
    """A value out of its range is one error that names it, before anything is written."""
    with pytest.raises(InputError, match=message):
        changed(TINY, settings)


def test_device_that_is_not_there_leaves_no_run_behind(tmp_path: Path, bmwp: Path) -> None:
    """Nothing is written, so the folder is free for the next try; nor by a start that is none."""
    out = tmp_path / "run"
    with pytest.raises(InputError, match="no device 'typewriter'"):
        train_nano(out, TINY, bmwp=bmwp, device="typewriter")
    with pytest.raises(InputError, match="cannot take over"):
        train_nano(out, TINY, bmwp=bmwp, start=tmp_path)
    assert not (out / "recipe.json").exists()


def test_written_counts_whole_graphs(folder: Path) -> None:
    """A held-back problem counts where every token of its graph is the likeliest one."""
    model = load_checkpoint(str(folder)).model
    tokenizer = folder / "tokenizer.json"
    unseen = held_back(replace(TINY, batch=8), tokenizer, bmwp=None, problems=8)["scenes"]
    ((ids, weights),) = unseen
    graph = weights == 1.0
    # what the model itself would write, token by token, instead of the graphs that are right
    for place in range(1, ids.shape[1]):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            best = model(input_ids=ids[:, :place]).logits[:, -1].float().argmax(-1)
        ids[:, place] = torch.where(graph[:, place], best, ids[:, place])
    assert written(model, [(ids, weights)]) == 1.0
    ids[:4] = torch.where(graph[:4], (ids[:4] + 1) % 700, ids[:4])
    assert written(model, [(ids, weights)]) == 0.5


def test_commands_make_tokenizer_corpus_and_model(tmp_path: Path, bmwp: Path) -> None:
    """The way of docs/embedded-model.md for a GPU, small; a bad setting is one message and status 2."""
    run, corpus = tmp_path / "run", tmp_path / "part.safetensors"
    sizes = [f"--set={name}={getattr(TINY, name)}" for name in asdict(TINY) if name != "seed"]

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--bmwp", str(bmwp)])

    assert call("tokenizer", str(run), *sizes).exit_code == 0
    pieces = str(run / "tokenizer.json")
    made = call("encode", str(corpus), "--tokenizer", pieces, "--problems", "20", *sizes)
    assert made.exit_code == 0, made.output
    trained = call("train", str(run), "--corpus", str(corpus), "--validation", "4", *sizes)
    assert trained.exit_code == 0, trained.output
    assert (run / "checkpoint" / "model.safetensors").exists()
    refused = call("train", str(tmp_path / "other"), "--set", "heads=7")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: the recipe wants")
