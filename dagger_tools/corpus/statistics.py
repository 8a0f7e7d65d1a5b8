"""What the bank holds, as a page of the docs.

``python -m dagger_tools.corpus.statistics PAGE [FILE.jsonl ...]`` writes the page; the files
(rows ``{"question"}``) stand beside the bank in the table of lengths.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from dagger_tools.corpus.bank import Ask, Story, load_bank, load_lexicon
from dagger_tools.corpus.distract import KINDS, SentenceFamily, load_families
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.corpus.scenes import Scene, load_scenes
from dagger_tools.graph.expression import operations, references
from dagger_tools.text import read_question

__all__ = ["counts", "lengths", "main", "scene_counts"]

_SAMPLE = 4_000
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def counts(stories: Sequence[Story], sentences: Sequence[SentenceFamily]) -> str:
    """The tables that depend on the bank's text alone, in Markdown."""
    families = [(story, ask) for story in stories for ask in story.asks]
    wordings = sum(len(story.wordings) for story in stories)
    aside = sum(_sets_aside(story, ask) for story, ask in families)
    parts = [
        f"{len(stories):,} stories in {wordings:,} wordings, {len(families):,} question families. "
        f"In {aside / len(families):.0%} of the families the story shows a number that the answer "
        "does not need, before any distractor is added.",
        _table(
            ("topic", "stories", "families", "grades", "steps"),
            [
                (
                    topic,
                    str(sum(story.topic == topic for story in stories)),
                    str(len(own)),
                    _span(story.grade for story, _ in own),
                    _span(_steps(ask) for _, ask in own),
                )
                for topic in sorted({story.topic for story in stories})
                if (own := [(story, ask) for story, ask in families if story.topic == topic])
            ],
        ),
        _table(
            ("steps", "families"),
            _rows(Counter(_steps(ask) for _, ask in families), len(families)),
        ),
        _table(
            ("operation", "families that use it"),
            _rows(
                Counter(op for _, ask in families for op in set(operations(ask.expression))),
                len(families),
            ),
        ),
        _table(
            ("distractors", "sentence families", "of them kept out of training"),
            [
                (
                    kind.upper(),
                    str(sum(s.kind == kind for s in sentences)),
                    str(sum(s.kind == kind and s.unseen for s in sentences)),
                )
                for kind in KINDS
            ],
        ),
    ]
    return "\n\n".join(parts)


def scene_counts(scenes: Sequence[Scene]) -> str:
    """How many scenes there are of each frame, and what they can say and ask, in Markdown."""
    rows = []
    for frame in sorted({scene.frame for scene in scenes}):
        roles = [scene.roles for scene in scenes if scene.frame == frame]
        asking = sum(role.startswith("ask") for own in roles for role in own)
        wordings = sum(len(texts) for own in roles for texts in own.values())
        rows.append((frame, str(len(roles)), str(asking), f"{wordings:,}"))
    return _table(("frame", "scenes", "questions", "wordings of single sentences"), rows)


def lengths(sets: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Quantiles of characters and numbers a question, one row a set, in Markdown."""
    rows = []
    for name, questions in sets:
        characters = sorted(len(question) for question in questions)
        numbers = sorted(len(read_question(question).numbers) for question in questions)
        rows.append((name, str(len(questions)), _quantiles(characters), _quantiles(numbers)))
    named = " / ".join(f"{quantile:.0%}" for quantile in _QUANTILES)
    return _table(("set", "questions", f"characters ({named})", f"numbers ({named})"), rows)


def main(arguments: Sequence[str]) -> None:
    """Write the page."""
    page, *files = map(Path, arguments)
    plain, harder = (
        [problem.question for problem in islice(generate(wanted, seed=0), _SAMPLE)]
        for wanted in (Wanted(), Wanted(distractors=KINDS, most_distractors=2))
    )
    lexicon, rng = load_lexicon(), random.Random(0)
    scenes = load_scenes()
    drawn = (compose_scene(rng.choice(scenes), lexicon, rng) for _ in range(_SAMPLE))
    composed = [draft.text for draft in drawn if draft is not None]
    sets = [
        ("bank", plain),
        ("bank with one or two distractors", harder),
        ("scenes", composed),
    ]
    for file in files:
        rows = [json.loads(line)["question"] for line in file.open(encoding="utf-8")]
        sets.append((file.stem, rows))
    text = "\n\n".join(
        (
            "# What the problem bank holds",
            "Generated by `python -m dagger_tools.corpus.statistics`; see "
            "[the bank's format](bank-format.md).",
            counts(load_bank(), load_families()),
            "## Scenes",
            scene_counts(scenes),
            "## Lengths",
            lengths(sets),
        )
    )
    part = page.with_name(f"{page.name}.part")
    part.write_text(f"{text}\n", encoding="utf-8")
    part.replace(page)


def _sets_aside(story: Story, ask: Ask) -> bool:
    shown = set(_shown(story.wordings[0])) | set(_shown(ask.wordings[0]))
    return bool((shown & {slot.name for slot in story.numbers}) - set(references(ask.expression)))


def _shown(text: str) -> list[str]:
    return [part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:]]


def _steps(ask: Ask) -> int:
    return len(list(operations(ask.expression)))


def _rows(counter: Counter[int] | Counter[str], total: int) -> list[tuple[str, str]]:
    ordered = sorted(counter.items(), key=lambda item: (isinstance(item[0], str), str(item[0])))
    return [(str(name), f"{count} ({count / total:.1%})") for name, count in ordered]


def _span(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _quantiles(values: Sequence[int]) -> str:
    return " / ".join(str(values[int(q * (len(values) - 1))]) for q in _QUANTILES)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
