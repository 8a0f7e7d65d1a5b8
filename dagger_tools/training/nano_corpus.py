"""Encoded problems on disk: made once, on any machine, and then trained on as fast as they are read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from dagger_tools.corpus.problem import Problem
from dagger_tools.errors import InputError
from dagger_tools.generators.manifest import hash_of
from dagger_tools.generators.nano_codec import NanoCodec
from dagger_tools.training.nano_data import Example, Mixture, encode_problem
from dagger_tools.training.nano_recipe import NanoRecipe

__all__ = ["Corpus", "examples", "length", "mixture", "read_corpora", "write_corpus"]

_TOKENIZER = "tokenizer_sha256"
_REPORTED = 1000
"""Examples between two reports."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples one after the other.

    ``tokens`` [all tokens] are ids; ``ends`` [examples] say where in it each example ends, and
    ``graphs`` [examples] how many of its last tokens are its graph.
    """

    tokens: np.ndarray
    ends: np.ndarray
    graphs: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each example, [examples]."""
        return np.diff(self.ends, prepend=0)


def mixture(recipe: NanoRecipe, bmwp: Path | None, *, seed: int) -> Mixture:
    """The recipe's stream of problems."""
    return Mixture(
        seed=seed,
        bmwp=bmwp,
        scene_share=recipe.scene_share,
        bank_share=recipe.bank_share,
        distractor_share=recipe.distractor_share,
        stray_share=recipe.stray_share,
    )


def examples(
    problems: Iterator[Problem] | Mixture, recipe: NanoRecipe, tokenizer: Path, *, seed: int
) -> Iterator[Example]:
    """The problems that the model can write and that are no longer than ``max_tokens``.

    With ``piece_dropout``, which merges are left out is drawn by the tokenizers library, which takes no
    seed: the problems are the same again, their pieces are not.
    """
    codecs = [NanoCodec(Tokenizer.from_file(str(tokenizer)))]
    if recipe.piece_dropout:
        broken = Tokenizer.from_file(str(tokenizer))
        broken.model.dropout = recipe.piece_dropout
        codecs.append(NanoCodec(broken))
    rng = random.Random(seed)
    for problem in problems:
        example = encode_problem(problem, rng.choice(codecs))
        if example is not None and length(example) <= recipe.max_tokens:
            yield example


def length(example: Example) -> int:
    """Tokens of the question and the graph."""
    return len(example.question) + len(example.graph)


def write_corpus(
    out: Path,
    recipe: NanoRecipe,
    tokenizer: Path,
    *,
    bmwp: Path | None,
    problems: int,
    report: Callable[[int], None] = lambda made: None,
) -> None:
    """Write ``problems`` examples of the recipe's stream into the file ``out``, as ``Corpus`` has them.

    ``report`` is told how many more are made, now and then.  The file names its tokenizer by its hash.

    Raises:
        InputError: less than one problem is wanted.
    """
    if problems < 1:
        raise InputError(f"{problems} problems make no corpus", hint="ask for 1 or more")
    found = examples(mixture(recipe, bmwp, seed=recipe.seed), recipe, tokenizer, seed=recipe.seed)
    pieces: list[np.ndarray] = []
    lengths: list[int] = []
    graphs: list[int] = []
    for example in islice(found, problems):
        pieces.append(np.array([*example.question, *example.graph], dtype=np.uint16))
        lengths.append(length(example))
        graphs.append(len(example.graph))
        if len(pieces) % _REPORTED == 0:
            report(_REPORTED)
    report(len(pieces) % _REPORTED)
    tensors = {
        "tokens": np.concatenate(pieces),
        "ends": np.cumsum(lengths, dtype=np.int64),
        "graphs": np.array(graphs, dtype=np.uint16),
    }
    part = out.with_name(out.name + ".part")
    save_file(tensors, part, metadata={_TOKENIZER: hash_of(tokenizer)})
    part.replace(out)


def read_corpora(paths: Sequence[Path], tokenizer: Path) -> Corpus:
    """The examples of several files as one.

    Raises:
        InputError: a file is none that ``write_corpus`` wrote, or was encoded with another tokenizer.
    """
    wanted = hash_of(tokenizer)
    parts = [_read(path, wanted) for path in paths]
    starts = np.cumsum([0, *(len(part.tokens) for part in parts)])
    return Corpus(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.ends + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.graphs for part in parts]),
    )


def _read(path: Path, tokenizer: str) -> Corpus:
    try:
        with safe_open(path, framework="numpy") as file:
            told = (file.metadata() or {}).get(_TOKENIZER)
        corpus = Corpus(**load_file(path))
        whole = len(corpus.ends) == len(corpus.graphs) and corpus.ends[-1] == len(corpus.tokens)
    except (OSError, SafetensorError, TypeError, IndexError):
        whole = False
    if not whole:
        raise InputError(f"{path} is no encoded corpus", hint="write it with `encode`")
    if told != tokenizer:
        raise InputError(
            f"{path} was encoded with another tokenizer than the run's",
            hint="encode it with the run's tokenizer.json, or start from a run that has its tokenizer",
        )
    return corpus
