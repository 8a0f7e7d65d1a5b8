"""One checkpoint in process and behind a real server: the same runner, the same greedy outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest

from dagger_tools.evaluation import Plan, Run, evaluate, read_sets
from dagger_tools.generators import Decoding
from tests.servers import TransformersServer
from tests.taught import QUESTIONS, Taught

ANSWERS = (500, 21, 108)


@pytest.mark.parametrize("prompt", ["graph", "cot"])
def test_server_and_process_write_the_same(
    prompt: Literal["graph", "cot"], taught: Taught, server: TransformersServer, tmp_path: Path
) -> None:
    """Greedy outputs are equal to the letter, and so is what the runner makes of them."""
    data = tmp_path / "msvamp.jsonl"
    rows = [{"question": q, "answer": a} for q, a in zip(QUESTIONS, ANSWERS, strict=True)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    sets = read_sets([f"msvamp={data}"])

    def run(address: str, name: str) -> Run:
        decoding = Decoding(grammar=False, max_new_tokens=200)
        plan = Plan(generators=(address,), prompt=prompt, decoding=decoding)
        return evaluate(sets, plan, tmp_path / name)

    inside = run(f"transformers:{taught.folder}?prompt={taught.prompt}", "inside")
    url = f"{server.url}?prompt={taught.prompt}&guided=off&concurrency=1#{server.model}"
    outside = run(f"openai:{url}", "outside")
    for here, there in zip(inside.records, outside.records, strict=True):
        texts = [[o["text"] for o in r.row["outputs"]] for r in (here, there)]
        assert texts[0] == texts[1]
        assert here.value == there.value
    if prompt == "graph":
        assert all(record.right for record in inside.records)
