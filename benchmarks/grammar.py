"""What the JSON grammar costs a token, at a small and at Gemma's vocabulary."""

from __future__ import annotations

import json
import time

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers

from benchmarks.machine import describe
from dagger_tools.generators.json_grammar import JsonGraphGrammar
from tests.generators.test_json_grammar import PENS

rng = np.random.default_rng(0)


def make(n: int) -> Tokenizer:
    """A random tokenizer with byte fallback and ``n`` tokens."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>"] + [f"<0x{b:02X}>" for b in range(256)]
    chars = [*'▁abcdefghijklmnopqrstuvwxyz0123456789_:,.[]{}"\n', *map(chr, range(0x985, 0x9CF))]
    seen: dict[str, None] = dict.fromkeys(words + chars)
    while len(seen) < n:
        for k in rng.integers(2, 7, size=4096):
            seen["".join(rng.choice(chars, k))] = None
            if len(seen) >= n:
                break
    t = Tokenizer(
        models.BPE(
            vocab={w: i for i, w in enumerate(seen)},
            merges=[],
            byte_fallback=True,
            unk_token="<unk>",
        )
    )
    t.normalizer = normalizers.Replace(" ", "▁")
    t.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    t.add_special_tokens(words[:4])
    return t


def main() -> None:
    """Print microseconds a token: the mask, applying it, and noting the token; first run is cold."""
    print(describe())
    for n in (2000, 262144):
        t = make(n)
        g = JsonGraphGrammar(t)
        ids = t.encode(json.dumps(PENS, ensure_ascii=False), add_special_tokens=False).ids
        logits = rng.normal(size=n).astype(np.float32)
        for _ in range(3):
            s = g.constraint()
            a = b = c = 0.0
            for i in ids:
                t0 = time.perf_counter()
                m = s.allowed()
                t1 = time.perf_counter()
                np.where(m, logits, -np.inf)
                t2 = time.perf_counter()
                s.accept(i)
                t3 = time.perf_counter()
                a += t1 - t0
                b += t2 - t1
                c += t3 - t2
            k = len(ids) / 1e6
            print(
                n,
                len(ids),
                f"mask {a / k:.0f} apply {b / k:.0f} accept {c / k:.0f} us",
                flush=True,
            )


if __name__ == "__main__":
    main()
