"""Training examples of the embedded model: problems as token ids."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagger_tools.corpus.bank import Lexicon, held_out, load_bank, load_lexicon
from dagger_tools.corpus.distract import KINDS, add_distractors, by_kind, load_families
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.problem import DistractorKind, Draft, Problem
from dagger_tools.corpus.realise import bind, compose
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.corpus.strays import stray_sentences
from dagger_tools.errors import InputError
from dagger_tools.generators.nano_codec import SPECIAL_TOKENS, UNKNOWN, NanoCodec, question_pieces
from dagger_tools.text import normalised, read_question
from dagger_tools.training.bmwp import read_bmwp

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Example", "Mixture", "encode_problem", "train_tokenizer"]

_ENDINGS = r"(?:গুলি|গুলো|টি|টা|ের|র|কে|ে|য়|তে|ও|ই)?(?:র|কে)?(?![\u0980-\u09e5])"


@dataclass(frozen=True, slots=True)
class Example:
    """What the model reads, and what it shall write."""

    question: tuple[int, ...]
    graph: tuple[int, ...]


class Mixture:
    """An endless, seeded stream of problems: scenes, the bank, BMWP, and distractors added to all.

    Args:
        bmwp: the file, or None to do without its problems.
        scene_share: share of problems that are put together from scenes.
        bank_share: share of problems drawn from the bank; the others are BMWP's.
        distractor_share: share of problems that get one more distractor (and of those, a second).
        stray_share: share of these whose distractors are sentences of other scenes.
        disguise_share: share of problems whose things get other names, half of them invented ones,
            so that the model matches what is asked with what is counted and learns no nouns by heart.
        held_back: draw from what training leaves out, to calibrate on, instead.
    """

    def __init__(
        self,
        *,
        seed: int,
        bmwp: Path | None,
        scene_share: float = 0.45,
        bank_share: float = 0.35,
        distractor_share: float = 0.4,
        stray_share: float = 0.4,
        disguise_share: float = 0.35,
        held_back: bool = False,
    ) -> None:
        self._rng = random.Random(seed)
        self.lexicon = load_lexicon()
        self._sentences = by_kind(load_families(unseen=False))
        scenes = load_scenes()
        self._strays = stray_sentences(
            (s for s in scenes if held_out(s.name) == held_back), self.lexicon, self._rng
        )
        stories = [s for s in load_bank() if held_out(s.name) == held_back]
        # every question of the bank is one family, and all families weigh the same
        self._families = [(story, ask) for story in stories for ask in story.asks]
        foreign = read_bmwp(bmwp) if bmwp else ()
        self._foreign = tuple(p for p in foreign if held_out(p.family) == held_back)
        self._scenes = [s for s in scenes if held_out(s.name) == held_back]
        # a scene makes many problems: each weighs as much as the questions it can ask, and a frame as
        # much as the root of its scenes, so that a frame of few is met often enough
        frames = Counter(s.frame for s in self._scenes)
        self._weights = [
            sum(r.startswith("ask") for r in s.roles) / math.sqrt(frames[s.frame])
            for s in self._scenes
        ]
        self._shares = (scene_share, bank_share, 1 - scene_share - bank_share)
        if not self._foreign:
            self._shares = (scene_share, 1 - scene_share, 0.0)
        self._distractor_share = distractor_share
        self._stray_share = stray_share
        self._disguise_share = disguise_share

    @property
    def sizes(self) -> dict[str, int]:
        """How many scenes, families and foreign problems there are to draw from."""
        return {
            "scenes": len(self._scenes),
            "bank_families": len(self._families),
            "bmwp": len(self._foreign),
        }

    def __iter__(self) -> Iterator[Problem]:
        rng = self._rng
        while True:
            draft = self._draft()
            if draft is None:
                continue
            count = 0
            while count < 2 and rng.random() < self._distractor_share:
                count += 1
            # few problems can take RED, and it is what misleads most
            red = draft.names_owner and rng.random() < 0.5
            kinds: tuple[DistractorKind, ...] = ("red",) if red else KINDS
            sentences = self._sentences
            if rng.random() < self._stray_share:
                sentences, kinds = self._strays, ("red",) if red else ("red", "oad")
            try:
                problem = bind(
                    add_distractors(draft, sentences, self.lexicon, rng, kinds=kinds, count=count)
                )
            except InputError:
                continue  # a sentence ran together with its neighbour
            if rng.random() < self._disguise_share:
                problem = disguise(problem, self.lexicon, rng)
            yield problem

    def _draft(self) -> Draft | None:
        rng = self._rng
        source = rng.choices((self._scenes, self._families, self._foreign), self._shares)[0]
        if source is self._scenes:
            scene = rng.choices(self._scenes, self._weights)[0]
            return compose_scene(scene, self.lexicon, rng)
        if source is self._families:
            story, ask = rng.choice(self._families)
            return compose(story, ask, self.lexicon, rng)
        return rng.choice(self._foreign).draft


def disguise(problem: Problem, lexicon: Lexicon, rng: random.Random) -> Problem:
    """The same problem about other things; endings stay, the graph does not change."""
    text = normalised(problem.question)
    numbers = problem.read.numbers
    things = lexicon.lists["countable"]
    for noun in sorted({n.noun for n in numbers if n.noun and len(n.noun) > 1}):
        other = rng.choice(things) if rng.random() < 0.5 else _invented(rng)
        text = re.sub(rf"(?<![\u0980-\u09e5]){re.escape(noun)}(?={_ENDINGS})", other, text)
    read = read_question(text)
    # a new name that holds a number word would move the slots
    if [n.value for n in read.numbers] != [n.value for n in numbers]:
        return problem
    return replace(problem, read=read)


def _invented(rng: random.Random) -> str:
    """A word of two or three syllables that Bangla could have."""
    return "".join(
        rng.choice("কখগঘচছজঝটডতথদধনপফবভমরলশসহ") + rng.choice(["", "া", "ি", "ু", "ে", "ো"])
        for _ in range(rng.choice((2, 3)))
    )


def encode_problem(problem: Problem, codec: NanoCodec) -> Example | None:
    """The problem as ids, or None if it needs a symbol or a slot that the model lacks."""
    try:
        question = codec.encode_question(problem.read)
        return Example(tuple(question), tuple(codec.encode_compact(problem.compact)))
    except InputError:
        return None


def train_tokenizer(problems: Sequence[Problem], *, size: int) -> Tokenizer:
    """A byte-pair tokenizer in Gemma's manner (spaces as ``▁``, unknown characters as bytes)."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        trainers,
    )

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    # a piece is a word with the space before it, or one punctuation mark
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(r"▁?[^▁।?!,;:.()\-]+|▁|[।?!,;:.()\-]"), "isolated"
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[*SPECIAL_TOKENS, *bytes_], show_progress=False
    )
    texts = (
        piece
        for problem in problems
        for piece in question_pieces(problem.read)
        if isinstance(piece, str)
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in SPECIAL_TOKENS])
    return tokenizer
