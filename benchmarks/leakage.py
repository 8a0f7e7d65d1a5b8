"""How near the embedded model's training texts come to the sets it is measured on.

``python -m benchmarks.leakage --data DIR`` compares every question of the bank (written out three
times, with random names and things), thirty problems of every scene and every BMWP row that
training reads with every row of ``msvamp_bn_dev.jsonl`` and ``mgsm_bn_dev.jsonl``: masked
character 5-grams under the Jaccard index, 0 to 1, blind to numbers.
Exit code 1 when a pair comes to ``--limit``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from dagger_tools.corpus.bank import load_bank, load_lexicon
from dagger_tools.corpus.frames import compose_scene
from dagger_tools.corpus.realise import compose
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.corpus.similarity import masked_grams, nearest_pairs
from dagger_tools.training.bmwp import read_bmwp

_TIMES = 3
_TIMES_A_SCENE = 30
SETS = ("msvamp_bn_dev", "mgsm_bn_dev")


def main() -> None:
    """Print, for each source, how many measured rows come how near, and the nearest pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=float, default=0.7, help="a pair this near is a leak")
    parser.add_argument("--show", type=int, default=3, help="nearest pairs to print")
    options = parser.parse_args()
    measured = {
        f"{name}:{number}": str(json.loads(line)["question"])
        for name in SETS
        for number, line in enumerate((options.data / f"{name}.jsonl").open("rb"), start=1)
    }
    sources = {
        "bank": _bank_texts(),
        "scenes": _scene_texts(),
        "bmwp": {row.family: row.draft.text for row in read_bmwp(options.data / "bmwp.jsonl")},
    }
    leaked = False
    for source, texts in sources.items():
        names, own = [*texts, *measured], [*texts.values(), *measured.values()]
        groups = ["trained"] * len(texts) + ["measured"] * len(measured)
        near = nearest_pairs([masked_grams(text) for text in own], groups)
        best = sorted(
            ((near[i][1], names[i], names[near[i][0]]) for i in range(len(texts), len(own))),
            reverse=True,
        )
        counts = Counter(min(9, int(index * 10)) for index, _, _ in best)
        print(f"\n{source}: {len(texts)} texts against {len(measured)} measured rows")
        for tenth in sorted(counts, reverse=True):
            print(f"  nearest at {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}: {counts[tenth]} rows")
        for index, row, other in best[: options.show]:
            print(f"  {index:.3f}  {row}  {other}")
        leaked |= best[0][0] >= options.limit
    sys.exit(1 if leaked else 0)


def _bank_texts() -> dict[str, str]:
    lexicon, rng = load_lexicon(), random.Random(1)
    drafts = (
        (f"{story.name}/{ask.wordings[0][:20]}#{time}", compose(story, ask, lexicon, rng))
        for story in load_bank()
        for ask in story.asks
        for time in range(_TIMES)
    )
    return {name: draft.text for name, draft in drafts if draft is not None}


def _scene_texts() -> dict[str, str]:
    lexicon, rng = load_lexicon(), random.Random(2)
    drafts = (
        (f"{scene.name}#{time}", compose_scene(scene, lexicon, rng))
        for scene in load_scenes()
        for time in range(_TIMES_A_SCENE)
    )
    return {name: draft.text for name, draft in drafts if draft is not None}


if __name__ == "__main__":
    main()
