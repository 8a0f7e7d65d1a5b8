"""A tiny checkpoint that was taught three questions by heart: it really writes graphs, and ends."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.prompt import Prompt
from tests.checkpoints import CHAT_TEMPLATE, make_checkpoint, make_tokenizer

__all__ = ["QUESTIONS", "Taught", "graph_of", "make_taught"]

_NUMBERS = ((100, 5), (7, 3), (12, 9))
QUESTIONS = tuple(
    f"মিনার কাছে {a}টি কলম আছে। প্রতিটি কলমের দাম {b} টাকা। মোট কত টাকা?" for a, b in _NUMBERS
)


def graph_of(place: int) -> str:
    """The graph that was taught for a question."""
    a, b = _NUMBERS[place]
    nodes: list[dict[str, Any]] = [
        {"id": "n1", "op": "const", "val": a, "distractor": False, "label": "কলম"},
        {"id": "n2", "op": "const", "val": b, "distractor": False},
        {"id": "final_result", "op": "mul", "args": ["n1", "n2"], "distractor": False},
    ]
    return json.dumps({"nodes": nodes}, ensure_ascii=False)


@dataclass(frozen=True)
class Taught:
    """The checkpoint's folder, and the prompt file it was taught with."""

    folder: Path
    prompt: Path


def make_taught(folder: Path, *, steps: int = 160) -> Taught:
    """Teach a checkpoint (``Gemma3ForCausalLM`` layout) and save it into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    prompt = folder / "prompt.txt"
    prompt.write_text("{question}\n", "utf-8")
    model: Any = make_checkpoint(folder, layout="causal", spread=0.05)
    tokenizer = make_tokenizer()
    plain = tokenizer.backend_tokenizer
    chat = ChatPrompt(plain, CHAT_TEMPLATE, Prompt("{question}"))
    end = plain.token_to_id("<end_of_turn>")
    rows = []
    for place, question in enumerate(QUESTIONS):
        answer = [*plain.encode(graph_of(place), add_special_tokens=False).ids, end]
        rows.append((chat.render(question), answer))
    width = max(len(asked) + len(answer) for asked, answer in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    labels = torch.full_like(ids, -100)
    for place, (asked, answer) in enumerate(rows):
        ids[place, : len(asked) + len(answer)] = torch.tensor(asked + answer)
        labels[place, len(asked) : len(asked) + len(answer)] = torch.tensor(answer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    model.train()
    reached = float("inf")
    for _ in range(steps):
        loss = model(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        reached = loss.item()
        if reached < 0.005:
            break
    assert reached < 0.05, f"not learnt by heart: loss {reached:.3f}"
    model.eval()
    model.generation_config.eos_token_id = [1, end]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    written = json.loads(path.read_text("utf-8"))
    # what "transformers serve" hands to generate, which knows no token_type_ids
    written["model_input_names"] = ["input_ids", "attention_mask"]
    path.write_text(json.dumps(written), "utf-8")
    return Taught(folder, prompt)
