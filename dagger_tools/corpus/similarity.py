"""How near two problems are in wording, whatever their names, things and numbers.

Masked character 5-grams under the Jaccard index: two stories with the nouns swapped come out at 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from dagger_tools.corpus.bank import Story
from dagger_tools.text import find_numbers, normalised

__all__ = ["family_texts", "jaccard", "masked_grams", "nearest_pairs"]

_GRAM = 5
_CHOICE = re.compile(r"\[([^\[\]|]*)(?:\|[^\[\]]*)?\]")
_SLOT = re.compile(r"\{([a-z][a-z0-9]*)(?::[^}]*)?\}")
_MASKS = {"person": "P", "thing": "X", "number": "#"}


def masked_grams(text: str) -> frozenset[str]:
    """The character 5-grams of ``text`` without spaces, its numbers masked."""
    text = normalised(text)
    for number in reversed(find_numbers(text)):
        text = f"{text[: number.start]}#{text[number.end :]}"
    text = re.sub(r"\s+", "", text)
    return frozenset(text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared grams over all grams, 0 to 1."""
    return len(one & other) / max(1, len(one | other))


def family_texts(story: Story) -> Iterator[tuple[str, str]]:
    """Family name and masked text, for each question in each wording of the story.

    Slots are masked by their kind; of a free choice the first part is taken.
    """
    kinds = {name: "person" for name, _ in story.people}
    kinds |= {name: "thing" for name, _ in story.things}

    def mask(text: str) -> str:
        while (plain := _CHOICE.sub(r"\1", text)) != text:
            text = plain
        return _SLOT.sub(lambda match: _MASKS[kinds.get(match[1], "number")], text)

    for index, ask in enumerate(story.asks, start=1):
        for wording in story.wordings:
            yield f"{story.name}/{index}", mask(f"{wording} {ask.wordings[0]}")


def nearest_pairs(
    texts: Sequence[frozenset[str]], groups: Sequence[str]
) -> Mapping[int, tuple[int, float]]:
    """For each text (as grams) the nearest text of another group: its place and the Jaccard index."""
    places = {gram: i for i, gram in enumerate(sorted(set(chain.from_iterable(texts))))}
    numbered = [np.array([places[gram] for gram in text], dtype=np.int64) for text in texts]
    sizes = np.array([len(text) for text in texts])
    owners: list[list[int]] = [[] for _ in places]
    for index, text in enumerate(numbered):
        for gram in text.tolist():
            owners[gram].append(index)
    holders = [np.array(indices, dtype=np.int64) for indices in owners]
    group_ids = np.unique(np.array(groups), return_inverse=True)[1]
    found: dict[int, tuple[int, float]] = {}
    for index, text in enumerate(numbered):
        if not len(text):
            continue
        shared = np.bincount(np.concatenate([holders[g] for g in text]), minlength=len(texts))
        index_of = shared / (sizes + sizes[index] - shared)
        index_of[group_ids == group_ids[index]] = -1.0
        best = int(index_of.argmax())
        found[index] = best, float(index_of[best])
    return found
