"""Train the router's classifier: ``python -m dagger_tools.training.router ROUTER_TRAIN.jsonl``.

What it learns from: the rows of that file (``{"text", "math", "kind"}``), problems of the bank, both
also in Latin letters, and the texts written for it by hand (``router_texts/*.tsv``: kind, text).
One text in ten is kept aside: the curve that turns the sum into a probability is fitted on it.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from collections.abc import Iterator, Sequence
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
from dagger_tools.router.language import language_of
from dagger_tools.router.named import named_features
from dagger_tools.router.ngrams import BUCKETS, canonical_text, grams
from dagger_tools.text.romanise import romanise
from dagger_tools.training.calibrate import fit_logistic

__all__ = ["LabelledText", "hand_written", "main", "train_router"]

OTHER_MATHS = frozenset({"proof", "algebra_symbolic", "math_proof"})
"""Kinds that are maths, but not arithmetic that the model does."""

_VERDICTS = ("question", "other_maths")
_BANK = 2_500
_ROMANISED = 1_600
_REPEAT_HAND = 3
_EPOCHS = 12
_BATCH = 128


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
    """Train on ``path`` and everything of our own; write the weights into ``out``."""
    import torch

    torch.manual_seed(seed)
    rng = random.Random(seed)
    texts = list(_texts(path, rng))
    kept = [text for text in texts if _kept(text.text)]
    seen = [text for text in texts if not _kept(text.text)]
    names = sorted({name for text in texts for name in _encode(text.text).named})
    settings: dict[str, Any] = {"weights": {}}
    measured: dict[str, float] = {"texts": float(len(seen)), "kept": float(len(kept))}
    for verdict in _VERDICTS:
        table, dense, bias = _fit(seen, verdict, names, rng)
        logits = np.array([_logit(text.text, table, dense, bias, names) for text in kept])
        right = np.array([_label(text, verdict) for text in kept], dtype=float)
        # the curve: probability = 1 / (1 + exp(-(shift + slope * logit)))
        shift, slope = fit_logistic(logits[:, None], right)
        scale = float(slope[0])
        weights = {"bias": bias * scale + shift}
        weights |= {name: float(w) * scale for name, w in zip(names, dense, strict=True)}
        settings["weights"][verdict] = {name: round(w, 4) for name, w in weights.items()}
        guess = shift + scale * logits > 0
        measured[f"{verdict}_accuracy"] = float((guess == (right > 0)).mean())
        np.save(out / f"{verdict}.npy", (table * scale).astype(np.float16), allow_pickle=False)
    part = out / "router.part"
    part.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    part.replace(out / "router.json")
    return measured


def _texts(path: Path, rng: random.Random) -> Iterator[LabelledText]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    public = [LabelledText(str(r["text"]), bool(r["math"]), str(r["kind"])) for r in rows]
    bank = [
        LabelledText(problem.question, True, "bank")
        for problem in islice(generate(Wanted(), seed=rng.randrange(1000)), _BANK)
    ]
    questions = [text for text in (*public, *bank) if text.math]
    romanised = [
        LabelledText(romanise(text.text, rng), True, "romanised")
        for text in rng.sample(questions, _ROMANISED)
    ]
    own = list(hand_written()) * _REPEAT_HAND
    yield from (*public, *bank, *romanised, *own)


def _kept(text: str) -> bool:
    return zlib.crc32(text.encode()) % 10 == 0


def _label(text: LabelledText, verdict: str) -> bool:
    return text.math if verdict == "question" else text.kind in OTHER_MATHS


class _Encoded(NamedTuple):
    """A text as the classifier sees it: places in the table with their scale, and named features."""

    places: NDArray[np.int64]
    scale: NDArray[np.float32]
    named: frozenset[str]


@cache
def _encode(text: str) -> _Encoded:
    canonical = canonical_text(text)
    found = grams(canonical)
    named = named_features(canonical, language_of(text))
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
    dense = torch.nn.Linear(len(names), 1)
    torch.nn.init.zeros_(dense.weight)
    optimizers = (
        torch.optim.SparseAdam([table.weight], lr=0.005),
        torch.optim.AdamW(dense.parameters(), lr=0.01, weight_decay=0.01),
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
            logits = table(places, offsets, scales)[:, 0] + dense(named)[:, 0]
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
                dense.weight.detach().numpy()[0].copy(),
                float(dense.bias.detach()),
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
        torch.tensor(named),
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
