"""Training the router's classifier, small: what it learns from, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagger_tools.router.classifier import load_classifier
from dagger_tools.router.language import language_of
from dagger_tools.router.named import NAMES, named_features
from dagger_tools.router.ngrams import BUCKETS, ORDERS, canonical_text, grams
from dagger_tools.text.romanise import romanise
from dagger_tools.training.router_data import hand_written


def test_there_are_hand_written_texts_enough() -> None:
    """At least 400 of each class, none twice, and none in both."""
    texts = list(hand_written())
    ours = {text.text for text in texts if text.math}
    others = {text.text for text in texts if not text.math}
    assert len(ours) >= 400
    assert len(others) >= 400
    assert len(ours) + len(others) == len(texts)


def test_hand_written_texts_are_learned() -> None:
    """The shipped classifier judges what it was trained on nearly without fault."""
    classifier = load_classifier()
    right = total = 0
    for text in hand_written():
        canonical = canonical_text(text.text)
        found = grams(canonical)
        named = named_features(canonical, language_of(text.text), found)
        right += (classifier.judge(found, named).logit > 0) == text.math
        total += 1
    assert right / total > 0.95


def test_digits_and_spellings_do_not_change_the_ngrams() -> None:
    """Bangla and ASCII digits, both spellings of য়, and blanks give one view."""
    one = canonical_text("৫টি  আম,\u00a0২৩ টাকায়")
    other = canonical_text("7টি আম, 41 টাকা\u09df")
    assert one == other
    found = grams(one)
    assert found.places.shape == (len(ORDERS), len(one))
    assert 0 <= int(found.places.min()) <= int(found.places.max()) < BUCKETS
    start, end = found.asking
    of_all, of_asking = found.scales
    assert 0 <= start < end <= len(one)
    assert of_all**2 * found.places.size == pytest.approx(1.0)
    assert of_asking**2 * found.places[:, start:end].size == pytest.approx(1.0)


def test_romanised_bangla_reads_as_people_type_it() -> None:
    """The commonest spelling; with a generator, one of several."""
    assert romanise("আমার কাছে ৫টি কলম আছে।") == "amar kache 5ti kolom ache."


@pytest.mark.filterwarnings("ignore:Converting a tensor")
def test_a_small_run_writes_weights_that_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From rows to a folder of weights, which tells its own two classes apart."""
    from dagger_tools.training import router, router_data, router_table

    rows = [
        {
            "text": f"রিনার {i}টি ফুল ছিল। সে {i + 3}টি আরও তুলল। মোট কতটি ফুল হলো?",
            "math": True,
            "kind": "q",
        }
        for i in range(2, 60)
    ] + [
        {"text": f"আজকের বাস ছাড়বে {i}টায়, গেট নম্বর {i + 1}।", "math": False, "kind": "o"}
        for i in range(2, 60)
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    # fewer questions than texts are wanted in Latin letters
    monkeypatch.setattr(router_data, "_BANK", 24)
    monkeypatch.setattr(router_data, "_SCENES", 24)
    monkeypatch.setattr(router_data, "_STORIES", 8)
    monkeypatch.setattr(router_data, "_REPEAT_HAND", 1)
    monkeypatch.setattr(router_table, "_EPOCHS", 2)
    out = tmp_path / "weights"
    out.mkdir()
    measured = router.train_router(path, out)
    assert measured["question_accuracy"] > 0.8
    assert {p.name for p in out.iterdir()} == {
        "network.npy",
        "question.npy",
        "other_maths.npy",
        "router.json",
    }
    settings = json.loads((out / "router.json").read_text("utf-8"))
    assert settings["names"] == list(NAMES)
    assert settings["other_maths"].keys() == {"bias", *NAMES}
    shipped = load_classifier()
    assert shipped.rows.keys() == set(NAMES)
    assert len(shipped.network) == len(NAMES) + 3
