"""Distractors: what is put in changes no answer, fits where it stands, and is flagged."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

from dagger_tools.corpus.bank import load_bank, load_lexicon
from dagger_tools.corpus.distract import (
    KINDS,
    add_distractors,
    by_kind,
    load_families,
    read_families,
)
from dagger_tools.corpus.foreign import foreign_draft
from dagger_tools.corpus.generate import prove
from dagger_tools.corpus.problem import Draft
from dagger_tools.corpus.realise import bind, compose
from dagger_tools.corpus.similarity import jaccard, masked_grams
from dagger_tools.errors import InputError
from dagger_tools.graph.expression import parse_expression

LEXICON = load_lexicon()
FAMILIES = load_families()
SENTENCES = by_kind(FAMILIES)
MINA = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"


def mina() -> Draft:
    """The question of the published model card, as a foreign text."""
    return foreign_draft(
        MINA,
        LEXICON,
        answer=Fraction(500),
        family="card",
        expression=parse_expression("n1 * n2"),
    )


def test_there_are_families_enough_and_none_is_told_twice() -> None:
    """At least 120 of each kind, alike in less than 0.7; some of each are kept out of training."""
    for kind in KINDS:
        assert len(SENTENCES[kind]) >= 120
        assert 15 <= sum(f.unseen for f in SENTENCES[kind]) < len(SENTENCES[kind]) / 3
    grams = [(f.template, masked_grams(f.template)) for f in FAMILIES]
    for i, (one, here) in enumerate(grams):
        for other, there in grams[:i]:
            assert jaccard(here, there) < 0.7, (one, other)


def test_every_family_can_be_put_in_and_holds() -> None:
    """Each sentence, whatever its slots, leaves answer and checks as they were, and is flagged."""
    rng = random.Random(3)
    for family in FAMILIES:
        one = dict.fromkeys(KINDS, (family,))
        for _ in range(3):
            draft = add_distractors(mina(), one, LEXICON, rng, kinds=(family.kind,))
            assert draft.distractors, family.template
            problem = bind(draft)
            assert prove(problem) == "", (family.template, prove(problem))
            assert len(problem.read.numbers) == 3, problem.question
            assert sum(node.distractor for node in problem.graph.nodes) == 1
            assert problem.answer == 500


def test_bank_problems_take_up_to_four() -> None:
    """Up to four sentences, of the kinds asked for, none twice, and the problem still holds."""
    rng = random.Random(5)
    stories = load_bank()
    kinds: Counter[str] = Counter()
    for _ in range(300):
        story = rng.choice(stories)
        draft = compose(story, rng.choice(story.asks), LEXICON, rng)
        assert draft is not None
        harder = add_distractors(draft, SENTENCES, LEXICON, rng, count=4)
        kinds.update(distractor.kind for distractor in harder.distractors)
        families = [distractor.family for distractor in harder.distractors]
        assert len(families) == len(set(families)) <= 4
        assert prove(bind(harder)) == "", harder.text
        assert all(distractor.sentence in harder.text for distractor in harder.distractors)
    assert all(kinds[kind] > 60 for kind in ("oad", "need"))
    # RED needs a countable thing and a question that says whose, which one problem in eight has
    assert kinds["red"] > 60


def test_related_objects_need_an_owner_in_the_question() -> None:
    """Where a question asks for everybody's things, or says nobody's, RED would change the answer."""
    rng = random.Random(1)
    for text in (
        "রাজুর ৫টি আম আছে। সুমির ৭টি আম আছে। তাদের একত্রে কতটি আম আছে?",
        "ঝুড়িতে ৫টি আম ছিল। আরও ৭টি আম রাখা হলো। ঝুড়িতে মোট কতটি আম আছে?",
    ):
        draft = foreign_draft(
            text, LEXICON, answer=Fraction(12), family="t", expression=parse_expression("n1 + n2")
        )
        assert not add_distractors(draft, SENTENCES, LEXICON, rng, kinds=("red",)).distractors
        assert add_distractors(draft, SENTENCES, LEXICON, rng, kinds=("oad",)).distractors


def test_no_stranger_stands_between_a_name_and_its_pronoun() -> None:
    """Before a sentence with সে or তার nobody else is spoken of, so that the pronoun stays clear."""
    rng = random.Random(4)
    text = "রাজুর ১৫টি আম ছিল। সে ৭টি আম খেল। তার কাছে এখন কতটি আম আছে?"
    draft = foreign_draft(
        text, LEXICON, answer=Fraction(8), family="t", expression=parse_expression("n1 - n2")
    )
    for _ in range(200):
        harder = add_distractors(draft, SENTENCES, LEXICON, rng, kinds=("red", "need"))
        for distractor in harder.distractors:
            family = next(f for f in FAMILIES if f.template == distractor.family)
            if "q" in family.slots:
                assert harder.text.startswith(distractor.sentence), harder.text


def test_new_numbers_are_none_of_the_problems_own() -> None:
    """A distractor of the same value as a number that is used could not be told from it."""
    rng = random.Random(6)
    for _ in range(300):
        numbers = bind(add_distractors(mina(), SENTENCES, LEXICON, rng, count=3)).read.numbers
        assert len({number.value for number in numbers}) == len(numbers)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("blue: {q:র} {n}টি {x} আছে।", "f.txt:1"),
        ("red: {q:র} {x} আছে।", "f.txt:1"),
        ("red: {q:র} {n}টি {x} আর {n}টি {x} আছে।", "f.txt:1"),
    ],
)
def test_faulty_families_name_their_line(line: str, words: str) -> None:
    """An unknown kind, and a sentence without its one number, are errors with their place."""
    with pytest.raises(InputError, match=words):
        read_families(line, source="f.txt")
