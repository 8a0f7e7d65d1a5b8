"""Train the router's classifier: ``python -m dagger_tools.training.router ROUTER_TRAIN.jsonl``.

What it learns from: the rows of that file (``{"text", "math", "kind"}``), problems of the bank, both
also in Latin letters, and the texts written for it by hand (``router_texts/*.tsv``: kind, text).
A table of n-grams is trained on all of them; one that has not seen a text says for each what the
network over the named features is trained on (``training.router_network``), and the curve that
turns the sum into a probability is fitted on texts that neither has seen.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.errors import InputError
from dagger_tools.router.classifier import read_classifier
from dagger_tools.router.language import language_of
from dagger_tools.router.named import NAMES, named_features
from dagger_tools.router.ngrams import BUCKETS, canonical_text, grams
from dagger_tools.text.romanise import romanise
from dagger_tools.training.calibrate import fit_logistic
from dagger_tools.training.router_made import after_others, amid_talk, joined, with_question
from dagger_tools.training.router_network import fit_network, network_logits

__all__ = ["LabelledText", "hand_written", "main", "train_router"]

OTHER_MATHS = frozenset({"proof", "algebra_symbolic", "math_proof"})
"""Kinds that are maths, but not arithmetic that the model does."""

_BANK = 2_500
_ROMANISED = 1_600
_MADE = 600
_LADEN = Wanted(distractors=("red", "oad", "need"))
_REPEAT_HAND = 3
_EPOCHS = 12
_BATCH = 128
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A message, whether it is for us, and what kind of message it is."""

    text: str
    math: bool
    kind: str


def hand_written() -> Iterator[LabelledText]:
    """The texts of ``router_texts``.

    Raises:
        InputError: a line is no ``kind<TAB>text``.
    """
    folder = resources.files("dagger_tools.training") / "router_texts"
    for name, math in (("question.tsv", True), ("other.tsv", False)):
        lines = (folder / name).read_text("utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            kind, tab, text = line.partition("\t")
            if not tab or not text.strip():
                raise InputError(f"{name}:{number}: {line[:40]!r}", hint="write kind<TAB>text")
            yield LabelledText(text, math, kind)


def train_router(path: Path, out: Path, *, seed: int = 0) -> dict[str, float]:
    """Train on ``path`` and everything of our own; write the weights into ``out``.

    Returns how many texts there were, and the accuracies on texts unseen (``other_maths`` is
    measured on those that it was trained on).
    """
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)
    texts = list(_texts(path, rng))
    letters = _letters_unseen(texts, rng)
    question, _, bias = _fit(texts, "question", (), rng)

    network, accuracy = _network_of(texts, letters, seed)
    # the table's bias goes into the network's
    network[-2] += bias * network[-3]

    other_maths, dense, bias = _fit(texts, "other_maths", NAMES, rng)
    guessed = [_logit(text.text, other_maths, dense, bias, NAMES) > 0 for text in texts]
    other = [
        guess == _label(text, "other_maths") for guess, text in zip(guessed, texts, strict=True)
    ]
    weights = {"bias": bias} | dict(zip(NAMES, dense.tolist(), strict=True))
    settings = {
        "names": NAMES,
        "other_maths": {name: round(weight, 4) for name, weight in weights.items()},
    }
    arrays: dict[str, NDArray[Any]] = {
        "question.npy": question.astype(np.float16),
        "other_maths.npy": other_maths.astype(np.float16),
        "network.npy": network,
    }
    _write(out, arrays, json.dumps(settings, indent=1) + "\n")
    return {
        "texts": float(len(texts)),
        "question_accuracy": accuracy,
        "other_maths_accuracy": sum(other) / len(other),
    }


def _write(out: Path, arrays: Mapping[str, NDArray[Any]], settings: str) -> None:
    """Write all files under other names first: a run cut off leaves the old weights as they were."""
    parts = {name: out / f"{name}.part" for name in (*arrays, "router.json")}
    for name, array in arrays.items():
        with parts[name].open("wb") as file:
            np.save(file, array, allow_pickle=False)
    parts["router.json"].write_text(settings, encoding="utf-8")
    read_classifier(out, suffix=".part")
    for name, part in parts.items():
        part.replace(out / name)


def _letters_unseen(texts: Sequence[LabelledText], rng: random.Random) -> dict[str, float]:
    """What n-grams alone say of each text, by a table that was trained without it."""
    letters = {}
    for fold in range(_FOLDS):
        seen = [text for text in texts if _fold(text.text, "letters") != fold]
        table, _, bias = _fit(seen, "question", (), rng)
        for text in texts:
            if _fold(text.text, "letters") == fold and text.text not in letters:
                letters[text.text] = _logit(text.text, table, np.empty(0), bias, ())
    return letters


def _network_of(
    texts: Sequence[LabelledText], letters: Mapping[str, float], seed: int
) -> tuple[NDArray[np.float32], float]:
    """A calibrated network, and its accuracy on texts that it has not seen.

    Of the texts that are not written by hand every fourth is enough, and keeps the hard ones heard.
    """
    own = {text.text for text in hand_written()}
    texts = [
        text
        for place, text in enumerate(texts)
        if text.text in own or text.kind.startswith("made") or place % 4 == 0
    ]
    rows = {name: row for row, name in enumerate(NAMES)}
    inputs = np.zeros((len(texts), len(NAMES)), dtype=np.float32)
    for place, text in enumerate(texts):
        inputs[place, [rows[name] for name in _encode(text.text).named]] = 1.0
    said = np.array([letters[text.text] for text in texts], dtype=np.float32)
    right = np.array([text.math for text in texts], dtype=np.float32)
    folds = np.array([_fold(text.text, "network") for text in texts])
    logits = np.zeros(len(texts), dtype=np.float32)
    for fold in range(_FOLDS):
        kept = folds == fold
        if kept.any():
            network = fit_network(inputs[~kept], said[~kept], right[~kept], seed=seed)
            logits[kept] = network_logits(network, inputs[kept], said[kept])
    # the curve: probability = 1 / (1 + exp(-(shift + slope * logit)))
    shift, slope = fit_logistic(logits[:, None].astype(float), right.astype(float))
    network = fit_network(inputs, said, right, seed=seed)
    network[-1] *= np.float32(slope[0])
    # the direct way passes the bias on as it is
    network[-2, -1] += np.float32(shift / slope[0])
    guessed = shift + float(slope[0]) * logits > 0
    return network, float((guessed == (right > 0)).mean())


def _texts(path: Path, rng: random.Random) -> Iterator[LabelledText]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    public = [LabelledText(str(r["text"]), bool(r["math"]), str(r["kind"])) for r in rows]
    bank = [
        LabelledText(problem.question, True, "bank")
        for wanted, count in ((Wanted(), _BANK), (_LADEN, _BANK // 4))
        for problem in islice(generate(wanted, seed=rng.randrange(1000)), count)
    ]
    questions = [text for text in (*public, *bank) if text.math]
    romanised = [
        LabelledText(romanise(text.text, rng), True, "romanised")
        for text in rng.sample(questions, min(len(questions), _ROMANISED))
    ]
    own = list(hand_written())
    made = _made([*public, *own], bank, rng)
    yield from (*public, *bank, *romanised, *made, *own * _REPEAT_HAND)


def _made(
    texts: Sequence[LabelledText], bank: Sequence[LabelledText], rng: random.Random
) -> Iterator[LabelledText]:
    """Passages with questions after them, long letters to a doctor, and problems amid talk."""

    def of(*kinds: str) -> list[str]:
        return [text.text for text in texts if text.kind in kinds and not text.math]

    bangla = of("news", "wiki_passage", "tts_prompt"), of("factoid", "news_question", "count_fact")
    latin = of("romanised_passage", "passage_romanised_plain"), of("factoid_romanised")
    for (passages, questions), word, count in ((bangla, "কত", _MADE), (latin, "koto", _MADE // 6)):
        if passages and questions:
            for text in with_question(passages, questions, word, count, rng):
                yield LabelledText(text, False, "made_passage")
    letters = of("health_forum", "dosage_health")
    for _ in range(_MADE // 4 if letters else 0):
        text = joined(letters, rng.randrange(150, 500), rng)
        yield LabelledText(text, False, "made_health")
    # questions as long as the passages, or length alone would speak against one
    problems = [text.text for text in texts if text.kind == "word_problem"]
    for stories in (problems, [text.text for text in bank]):
        for _ in range(_MADE // 3 if stories else 0):
            yield LabelledText(after_others(stories, rng), True, "made_long")
    for problem in rng.sample(bank, min(len(bank), _MADE)):
        latin_script = rng.random() < 0.4
        text = romanise(problem.text, rng) if latin_script else problem.text
        yield LabelledText(amid_talk(text, rng, latin=latin_script), True, "made_chatty")


def _fold(text: str, of: str) -> int:
    """Which fifth a text belongs to, the same for all its copies."""
    return zlib.crc32(f"{of} {text}".encode()) % _FOLDS


def _label(text: LabelledText, verdict: str) -> bool:
    return text.math if verdict == "question" else text.kind in OTHER_MATHS


class _Encoded(NamedTuple):
    """A text as the classifier sees it: places in the table with their scale, and named features."""

    places: NDArray[np.int64]
    scale: NDArray[np.float32]
    named: tuple[str, ...]


@cache
def _encode(text: str) -> _Encoded:
    canonical = canonical_text(text)
    found = grams(canonical)
    named = named_features(canonical, language_of(text), found)
    start, end = found.asking
    asking = found.places[:, start:end].ravel() + np.int64(BUCKETS)
    sizes = found.places.size, asking.size
    return _Encoded(
        np.concatenate([found.places.ravel(), asking]),
        np.repeat(np.array(found.scales, dtype=np.float32), sizes),
        named,
    )


def _fit(
    texts: Sequence[LabelledText], verdict: str, names: Sequence[str], rng: random.Random
) -> tuple[np.ndarray, np.ndarray, float]:
    """Table [BUCKETS], dense weights [names], bias: logistic regression by sparse Adam."""
    import torch

    table = torch.nn.EmbeddingBag(2 * BUCKETS, 1, mode="sum", sparse=True)
    torch.nn.init.zeros_(table.weight)
    dense = torch.zeros(len(names), requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizers = (
        torch.optim.SparseAdam([table.weight], lr=0.005),
        torch.optim.AdamW([dense, bias], lr=0.01, weight_decay=0.01),
    )
    order = list(texts)
    rng.shuffle(order)
    batches = [
        _tensors(order[i : i + _BATCH], verdict, names) for i in range(0, len(order), _BATCH)
    ]
    taken: list[tuple[np.ndarray, np.ndarray, float]] = []
    for _ in range(_EPOCHS):
        rng.shuffle(batches)
        for places, scales, offsets, named, labels in batches:
            logits = table(places, offsets, scales)[:, 0] + named @ dense + bias
            # a little smoothing: some rows of the public sets are labelled wrongly
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, labels * 0.98 + 0.01
            )
            for optimizer in optimizers:
                optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            for optimizer in optimizers:
                optimizer.step()  # type: ignore[no-untyped-call]  # as above
        taken.append(
            (
                table.weight.detach().numpy()[:, 0].copy(),
                dense.detach().numpy().copy(),
                float(bias.detach()),
            )
        )
    # the average of the later epochs' ends: Adam's last step is a noisy one (Polyak and Juditsky, 1992)
    tables, weights, biases = zip(*taken[_EPOCHS // 2 :], strict=True)
    return np.mean(tables, axis=0), np.mean(weights, axis=0), float(np.mean(biases))


def _tensors(texts: Sequence[LabelledText], verdict: str, names: Sequence[str]) -> tuple[Any, ...]:
    import torch

    encoded = [_encode(text.text) for text in texts]
    counts = [len(text.places) for text in encoded]
    named = [[float(name in text.named) for name in names] for text in encoded]
    return (
        torch.from_numpy(np.concatenate([text.places for text in encoded])),
        torch.from_numpy(np.concatenate([text.scale for text in encoded])),
        torch.tensor([0, *np.cumsum(counts[:-1]).tolist()]),
        torch.tensor(named).reshape(len(texts), len(names)),
        torch.tensor([float(_label(text, verdict)) for text in texts]),
    )


def _logit(
    text: str, table: np.ndarray, dense: np.ndarray, bias: float, names: Sequence[str]
) -> float:
    seen = _encode(text)
    total = float(table[seen.places] @ seen.scale) + bias
    return total + sum(
        float(w) for name, w in zip(names, dense.tolist(), strict=True) if name in seen.named
    )


def main(arguments: Sequence[str]) -> None:
    """Train into the package, and print what was measured on the texts kept aside."""
    out = Path(str(resources.files("dagger_tools.router"))) / "weights"
    for name, value in train_router(Path(arguments[0]), out).items():
        print(f"{name}: {value:.4g}")


if __name__ == "__main__":
    main(sys.argv[1:])
