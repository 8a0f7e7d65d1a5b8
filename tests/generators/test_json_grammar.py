"""The grammar of the published JSON graph, over tokenizers of both kinds."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest
from tokenizers import Tokenizer

from dagger_tools.errors import ExecutionError, GeneratorError
from dagger_tools.generators.json_grammar import JsonGraphGrammar
from dagger_tools.graph import execute
from dagger_tools.graph.parse import parse
from tests.checkpoints import make_tokenizer
from tests.generators.test_chat import byte_fallback_tokenizer

KINDS = ("byte-level", "byte-fallback")
PENS = {
    "nodes": [
        {"id": "n1", "op": "const", "val": 100, "distractor": False, "label": "মিনার কলম"},
        {"id": "n2", "op": "const", "val": 5.25, "distractor": False, "label": "কলমের দাম"},
        {"id": "total", "op": "mul", "args": ["n1", "n2"], "distractor": False, "label": "মোট টাকা"},
        {"id": "final_result", "op": "identity", "args": ["total"], "distractor": False},
    ]
}


@lru_cache
def tokenizer(kind: str) -> Tokenizer:
    """One of both kinds."""
    if kind == "byte-fallback":
        return byte_fallback_tokenizer()
    return make_tokenizer().backend_tokenizer


@lru_cache
def grammar(kind: str, nodes: int = 40) -> JsonGraphGrammar:
    """The grammar over the tokenizer of a kind."""
    return JsonGraphGrammar(tokenizer(kind), max_nodes=nodes)


def closes(text: str, kind: str) -> bool:
    """Whether the grammar lets ``text`` be written, to its end."""
    state = grammar(kind).constraint()
    ids = tokenizer(kind).encode(text, add_special_tokens=False).ids
    for place, token in enumerate(ids):
        if not state.allowed()[token]:
            return False
        if not state.accept(token):
            return place == len(ids) - 1
    return False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_everything_the_grammar_allows_is_a_graph(kind: str, seed: int) -> None:
    """Random walks end in graphs that are read without a repair, and executed or refused aloud."""
    rng = np.random.default_rng(seed)
    small = grammar(kind, 4 + seed)
    closing = np.array([b'"' in small.bytes_of(i) or b"]" in small.bytes_of(i)
                        for i in range(small.vocabulary)])  # fmt: skip
    executed = 0
    for _ in range(25):
        state = small.constraint()
        written = b""
        while True:
            allowed = state.allowed()
            # lean towards the end, or walks would be endless white space and labels
            if rng.random() < 0.8 and (allowed & closing).any():
                allowed &= closing
            token = int(rng.choice(np.flatnonzero(allowed)))
            written += small.bytes_of(token)
            if not state.accept(token):
                break
        graph = parse(written.decode())
        assert graph.repairs == ()
        assert len(graph.nodes) <= 4 + seed
        try:
            execute(graph)
            executed += 1
        except ExecutionError:
            continue
    assert executed > 10


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("indent", [None, 1, 2, 4])
def test_published_graphs_can_be_written(kind: str, indent: int | None) -> None:
    """The published example, compact or indented, in a fence or bare."""
    text = json.dumps(PENS, ensure_ascii=False, indent=indent)
    assert closes(text, kind)
    assert closes("```json\n" + text, kind)
    assert closes(json.dumps(PENS, ensure_ascii=False, separators=(",", ":")), kind)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["n1", "n2"]', '["n1", "n3"]'),
        ('["n1", "n2"]', '["n1", "total"]'),
        ('["n1", "n2"]', '["n1", "final_result"]'),
        ('["n1", "n2"]', '["n1"]'),
        ('["n1", "n2"]', '["n1", 5]'),
        ('["total"]', "[]"),
        ('["total"]', '["total", "n1"]'),
        ('"id": "n2"', '"id": "n1"'),
        ('"id": "n2"', '"id": "final_result"'),
        ('"id": "n2"', '"id": ""'),
        ('"mul"', '"const"'),
        ('"mul"', '"frobnicate"'),
        ("5.25", "NaN"),
        ("5.25", "1e400"),
        ("5.25", "9" * 16),
        ("কলমের দাম", "কলমের\nদাম"),
        ("কলমের দাম", "ক" * 81),
        ('"distractor": false}]', '"distractor": 0}]'),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_graph_cannot_be_written(kind: str, old: str, new: str) -> None:
    """Unknown, later and own ids, wrong arity, doubled ids, odd numbers and labels are kept out."""
    text = json.dumps(PENS, ensure_ascii=False)
    assert old in text
    assert not closes(text.replace(old, new, 1), kind)


def test_nothing_follows_the_final_node() -> None:
    """After final_result comes the end, and it is the only final node."""
    text = json.dumps(PENS, ensure_ascii=False)
    more = text.replace("}]}", '}, {"id": "n9", "op": "const", "val": 1, "distractor": true}]}')
    assert not closes(more, "byte-level")


def test_nodes_are_bounded() -> None:
    """The last of so many nodes is the final one."""
    nodes = [{"id": f"n{i}", "op": "const", "val": 1, "distractor": False} for i in range(1, 60)]
    text = json.dumps({"nodes": nodes})
    state = grammar("byte-level").constraint()
    written = b""
    for token in tokenizer("byte-level").encode(text, add_special_tokens=False).ids:
        if not state.allowed()[token]:
            break
        state.accept(token)
        written += grammar("byte-level").bytes_of(token)
    assert written.count(b'"op"') == 39


def test_copies_go_on_separately() -> None:
    """What one copy writes, the other does not know of."""
    state = grammar("byte-level").constraint()
    encoded = tokenizer("byte-level").encode('{"nodes": [{"id": "n1"', add_special_tokens=False).ids
    for token in encoded[:-1]:
        state.accept(token)
    twin = state.copy()
    before = twin.allowed()
    state.accept(encoded[-1])
    assert (twin.allowed() == before).all()
    assert not (state.allowed() == before).all()


@pytest.mark.parametrize("kind", KINDS)
def test_only_letters_are_allowed(kind: str) -> None:
    """Control tokens never are, nor places of the logits that no token has."""
    padded = JsonGraphGrammar(tokenizer(kind), vocabulary=1000).constraint()
    allowed = padded.allowed()
    assert allowed.shape == (1000,)
    assert allowed.any()
    assert not allowed[:6].any()
    assert not allowed[tokenizer(kind).get_vocab_size() :].any()
    with pytest.raises(GeneratorError, match="not allowed"):
        padded.accept(1)
