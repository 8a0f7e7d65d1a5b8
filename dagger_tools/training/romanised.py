"""Make the table of romanised words: ``python -m dagger_tools.training.romanised``.

The words are those of the problem bank, of the texts written for the router, and the number words.
Each is spelled in Latin letters in the ways that people do (``text.romanise``); where two words
share a key the commoner one has it.  The share of words that come back right is measured on
problems that the table was not made from.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib import resources
from itertools import islice
from pathlib import Path

from dagger_tools.corpus.generate import Wanted, generate
from dagger_tools.text import normalised
from dagger_tools.text.romanise import romanise
from dagger_tools.text.spellings import VALUES
from dagger_tools.text.transliterate import loose_key, strict_key, to_bangla_script
from dagger_tools.training.router_data import hand_written

__all__ = ["main", "make_tables", "share_right"]

_PROBLEMS = 6_000
_LEAST = 3
"""A word seen less often than this is left out."""
_SPELLINGS = 16
_NUMBER_WORDS = 1_000
"""What a number word counts as: it must win its key."""
_COUNTED_UP_TO = 20
_CLASSIFIERS = ("", "টা", "টি", "টার", "টির", "জন", "জনের")
_WORD = re.compile(r"[\u0980-\u09e5]+")


def make_tables(texts: Iterable[str], *, seed: int = 0) -> dict[str, dict[str, str]]:
    """Strict and loose key to the commonest word that is spelled so."""
    rng = random.Random(seed)
    counts = Counter(word for text in texts for word in _WORD.findall(normalised(text)))
    for word, value in VALUES.items():
        if _WORD.fullmatch(word):
            glued = _CLASSIFIERS if value <= _COUNTED_UP_TO else ("",)
            counts.update({normalised(word + classifier): _NUMBER_WORDS for classifier in glued})
    votes: dict[str, defaultdict[str, Counter[str]]] = {
        "strict": defaultdict(Counter),
        "loose": defaultdict(Counter),
    }
    for word, count in counts.items():
        if count < _LEAST:
            continue
        spellings = [romanise(word), *(romanise(word, rng) for _ in range(_SPELLINGS))]
        for spelling in spellings:
            votes["strict"][strict_key(spelling)][word] += count
            votes["loose"][loose_key(spelling)][word] += count
    return {
        name: {key: found.most_common(1)[0][0] for key, found in sorted(table.items())}
        for name, table in votes.items()
    }


def share_right(texts: Iterable[str], *, seed: int = 1) -> Mapping[str, float]:
    """How many words of ``texts`` come back as they were after a spelling by chance."""
    rng = random.Random(seed)
    right = total = 0
    for text in texts:
        for word in _WORD.findall(normalised(text)):
            right += to_bangla_script(romanise(word, rng)).text == word
            total += 1
    return {"words": float(total), "right": right / max(1, total)}


def main() -> None:
    """Write the table into the package."""
    stream = generate(Wanted(distractors=("red", "oad", "need")), seed=11)
    problems = [problem.question for problem in islice(stream, _PROBLEMS)]
    tables = make_tables([*problems, *(text.text for text in hand_written() if text.math)])
    path = Path(str(resources.files("dagger_tools.text"))) / "romanised.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(tables, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    part.replace(path)
    print({name: len(table) for name, table in tables.items()})


if __name__ == "__main__":
    main()
