"""The grammar that language models write under: the published JSON graph, and nothing else.

Known operations with their arity, arguments only among ids already defined, bounded numbers, labels
and node count, one ``final_result`` and that at the end: so every finished output parses, and
executes or says why it cannot.

Which ids exist is no matter of a context-free grammar, so it is laid on top: the grammar reaches
from the end of one node's id to the end of the next node's id, and once a new id is written, the
rest is compiled anew with it.  A grammar of that reach takes about a millisecond, once a node.
llguidance computes the masks, over the tokens' bytes, without torch.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dagger_tools.errors import GeneratorError
from dagger_tools.graph.model import FINAL_ID
from dagger_tools.graph.ops import OPERATIONS

if TYPE_CHECKING:
    import numpy.typing as npt
    from llguidance import LLMatcher, LLTokenizer
    from tokenizers import Tokenizer

__all__ = [
    "MAX_ID",
    "MAX_LABEL",
    "MAX_NODES",
    "MAX_OPERANDS",
    "JsonGraphConstraint",
    "JsonGraphGrammar",
]

MAX_NODES = 40
"""Nodes of a graph with its final one; models write ten to thirty."""
MAX_OPERANDS = 16
MAX_ID = 40
"""Characters of an id."""
MAX_LABEL = 80
"""Characters of a label."""
_ID = rf"[A-Za-z_][A-Za-z0-9_]{{0,{MAX_ID - 1}}}"
_WRITTEN_ID = re.compile(rb'\{\s*"id":\s*"([A-Za-z0-9_]+)"')

# White space as compact and indented JSON have it, and no more: a small model loops in it.
_COMMON = rf"""
W: /[ \n]{{1,20}}/
NUMBER: /-?(0|[1-9][0-9]{{0,14}})(\.[0-9]{{1,9}})?/
LABEL: /"[^"\\\x00-\x1F\x7F]{{1,{MAX_LABEL}}}"/
head: "{{" W? "\"id\":" W?
op: "," W? "\"op\":" W?
const: op "\"const\"" "," W? "\"val\":" W? NUMBER tail
flag: "," W? "\"distractor\":" W? ("true" | "false")
label: "," W? "\"label\":" W? LABEL
tail: (flag label? | label flag) W? "}}"
args: "," W? "\"args\":" W?
"""


class JsonGraphGrammar:
    """The grammar over one vocabulary; ``constraint`` gives an output's own state.

    Args:
        tokenizer: any with the bytes in its vocabulary: byte-level, or with byte fallback.
        vocabulary: size of the model's logits, where it is larger than the tokenizer.
        max_nodes: nodes of a graph with its final one, 2 or more.

    Raises:
        GeneratorError: llguidance cannot use the tokenizer.
    """

    def __init__(
        self, tokenizer: Tokenizer, vocabulary: int | None = None, *, max_nodes: int = MAX_NODES
    ) -> None:
        from llguidance import LLTokenizer

        self.max_nodes = max_nodes
        self.vocabulary = max(tokenizer.get_vocab_size(), vocabulary or 0)
        try:
            self._tokens: LLTokenizer = LLTokenizer(tokenizer.to_str(), n_vocab=self.vocabulary)
        except ValueError as error:
            raise GeneratorError(f"no grammar over this tokenizer: {error}") from error
        # models number their nodes n1, n2, ...: most continuations come again and again
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def constraint(self) -> JsonGraphConstraint:
        """The state of an output of which nothing is written yet."""
        return JsonGraphConstraint(self, self._compiled(_opening()).deep_copy())

    def bytes_of(self, token_id: int) -> bytes:
        """What a token adds to the output."""
        return self._tokens.decode_bytes([token_id])

    def after(self, ids: tuple[str, ...], rest: bytes) -> LLMatcher:
        """The matcher after the last of ``ids`` was closed and ``rest`` written after it."""
        matcher = self._compiled(_continuation(ids, self.max_nodes)).deep_copy()
        # rest is a part of one token: it is fed as the tokens that spell it
        if rest and not matcher.consume_tokens(self._tokens.tokenize_bytes(rest)):
            raise GeneratorError(f"the graph grammar refuses its own output: {rest!r}")
        return matcher

    def _compile(self, lark: str) -> LLMatcher:
        from llguidance import LLMatcher

        matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(lark), log_level=0)
        if matcher.is_error():
            raise GeneratorError(f"the graph grammar does not compile: {matcher.get_error()[:200]}")
        return matcher


class JsonGraphConstraint:
    """What may come next in one output.  ``copy`` is cheap: a few microseconds."""

    def __init__(self, grammar: JsonGraphGrammar, matcher: LLMatcher) -> None:
        self._grammar = grammar
        self._matcher = matcher
        self._ids: tuple[str, ...] = ()
        self._node = b""  # written since the last id was closed

    def copy(self) -> JsonGraphConstraint:
        """The same state, to go on from separately."""
        twin = JsonGraphConstraint(self._grammar, self._matcher.deep_copy())
        twin._ids, twin._node = self._ids, self._node
        return twin

    def allowed(self) -> npt.NDArray[np.bool_]:
        """Which tokens may be written now, [vocabulary]; at least one."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        mask = np.unpackbits(bits, count=self._grammar.vocabulary, bitorder="little")
        if self._matcher.is_error():
            raise GeneratorError(f"the graph grammar fails: {self._matcher.get_error()[:200]}")
        return mask.view(np.bool_)

    def accept(self, token_id: int) -> bool:
        """Write an allowed token; False once the graph is closed.

        Raises:
            GeneratorError: the token is not allowed here.
        """
        written = self._grammar.bytes_of(token_id)
        if not self._matcher.consume_token(token_id):
            raise GeneratorError(f"the token {written!r} is not allowed here")
        self._node += written
        while match := _WRITTEN_ID.search(self._node):
            self._ids += (match[1].decode(),)
            self._node = self._node[match.end() :]
            self._matcher = self._grammar.after(self._ids, self._node)
        return not self._matcher.is_accepting()


def _opening() -> str:
    """From the beginning to the end of the first node, a constant: nothing else can be read yet."""
    opened = r'("```json\n")? "{" W? "\"nodes\":" W? "[" W?'
    return rf'start: {opened} head "\"" ID "\"" const' + f"\n{_new_id(())}{_COMMON}"


def _continuation(ids: tuple[str, ...], max_nodes: int) -> str:
    """From the end of the last of ``ids`` to the end of the next node, or of the graph."""
    own, earlier = ids[-1], ids[:-1]
    lines = []
    if own == FINAL_ID:
        lines += ["start: last", *_operations("last", "close", earlier)]
    else:
        more = r' | "," W? head "\"" ID "\"" (const | next)' if len(ids) < max_nodes - 1 else ""
        here = "(const | here)" if earlier else "const"
        final = rf'"," W? head "\"{FINAL_ID}\"" last'
        lines += [
            f"start: {here} W? ({final}{more})",
            *_operations("here", "tail", earlier),
            *_operations("next", "tail", ids),
            *_operations("last", "close", ids),
        ]
    lines.append(r'close: tail W? "]" W? "}" (W? "```")?')
    return "\n".join(lines) + f"\n{_new_id(ids)}{_COMMON}"


def _operations(name: str, end: str, ids: tuple[str, ...]) -> list[str]:
    """Rules for a node's operation over ``ids``, every arity an alternative, and its ``end``."""
    if not ids:
        return []
    arities: dict[tuple[int, int], list[str]] = {}
    for operation in OPERATIONS.values():
        if operation.name != "const":
            arity = operation.min_arity, operation.max_arity or MAX_OPERANDS
            arities.setdefault(arity, []).append(rf'"\"{operation.name}\""')
    operand = f"{name.upper()}_ID"
    bodies = []
    for (least, most), names in arities.items():
        further = rf' (W? "," W? {operand}){{{least - 1},{most - 1}}}' if most > 1 else ""
        bodies.append(rf'({" | ".join(names)}) args "[" W? {operand}{further} W? "]"')
    known = " | ".join(rf'"\"{one}\""' for one in ids)
    return [f"{name}: op ({' | '.join(bodies)}) {end}", f"{operand}: {known}"]


def _new_id(ids: tuple[str, ...]) -> str:
    """The terminal of an id that no node has yet."""
    return f"ID: /{_ID}/ & ~/{'|'.join((*ids, FINAL_ID))}/"
