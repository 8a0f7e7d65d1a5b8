"""What the embedded model is trained on and by: corpora, held-back problems, recipes, commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from dagger_tools.checkpoint import load_checkpoint
from dagger_tools.errors import InputError
from dagger_tools.training.__main__ import main
from dagger_tools.training.nano import schedule, train_nano, written
from dagger_tools.training.nano_batches import held_back, read_batches
from dagger_tools.training.nano_corpus import examples, mixture, read_corpora, write_corpus
from dagger_tools.training.nano_recipe import changed
from tests.training.tiny_run import TINY


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
        (["vocabulary=70000"], "at most 65536"),
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
