"""The grammar that the embedded model writes under: compact graphs over the question's numbers.

llguidance compiles it over the few tokens an output is made of, not over the whole vocabulary, so
a mask costs microseconds.  Every finished output is a graph: references resolve, arities fit, and
nothing loops, because the lengths are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from dagger_tools.errors import GeneratorError
from dagger_tools.generators.nano_codec import (
    CONSTANTS,
    EOS,
    MAX_NUMBERS,
    MAX_STEPS,
    SYMBOLS,
    NanoCodec,
)

if TYPE_CHECKING:
    import numpy.typing as npt
    from llguidance import LLMatcher, LLTokenizer

__all__ = ["CompactConstraint", "lark_grammar"]

_ONE = ("abs", "round", "floor", "ceil", "sqrt")
_TWO = ("abs", "pow", "mod")
_MANY = ("add", "mul", "sum", "mean", "min", "max", "gcd", "lcm")

# To the grammar every output token is one ASCII letter or sign of an alphabet of its own: no token
# is the beginning of another, so llguidance never has to tokenise a part of one.
_ALPHABET = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\']
_LETTERS = dict(zip(SYMBOLS.values(), _ALPHABET, strict=False))


@lru_cache(maxsize=MAX_NUMBERS + 1)
def lark_grammar(numbers: int) -> str:
    """The grammar, in llguidance's Lark, for a question with so many numbers.

    Each symbol of the compact notation stands as its letter.
    """
    slots = [f"n{i}" for i in range(1, numbers + 1)]
    then = _any([";"])
    lines = ["start: header? body"] if slots else ["start: body"]
    if slots:
        lines += [f"slot: {_any(slots)}", f"header: flags1 {then}"]
        for i in range(1, numbers + 1):
            # each number once and in order: this one and perhaps later ones, or later ones alone
            later = f"flags{i + 1}" if i < numbers else ""
            flag = f"{_any(['!'])} {_any([f'n{i}'])}"
            lines.append(f"flags{i}: {flag} {later}? | {later}" if later else f"flags{i}: {flag}")
    lines.append(f"constant: {_any(map(str, CONSTANTS))}")
    steps = [f"step{i}" for i in range(1, MAX_STEPS + 1)]
    lines.append(
        "body: " + " | ".join(f" {then} ".join(steps[:i]) for i in range(1, MAX_STEPS + 1))
    )
    for i, step in enumerate(steps, start=1):
        earlier = [_any([f"s{j}" for j in range(1, i)])] if i > 1 else []
        ref = " | ".join(["constant", *(["slot"] if slots else []), *earlier])
        lines += [
            f"ref{i}: {ref}",
            f"{step}: ref{i} | ref{i} ({_any('+-*/')}) ref{i} | ({_any(_ONE)}) ref{i}"
            f" | ({_any(_TWO)}) ref{i} ref{i} | ({_any(_MANY)}) ref{i}{{2,{MAX_NUMBERS}}}",
        ]
    return "\n".join(lines)


def _any(symbols: Iterable[str]) -> str:
    return " | ".join(f'"{_LETTERS[symbol]}"' for symbol in symbols)


class _OutputTokens:
    """The output's own little vocabulary, as llguidance asks for a tokenizer."""

    eos_token_id = 0
    bos_token_id = None
    tokens = (b"<eos>", *(letter.encode() for letter in _LETTERS.values()))
    special_token_ids = (0,)

    def __call__(self, text: str) -> list[int]:
        return [self.tokens.index(letter.encode()) for letter in text]


@lru_cache(maxsize=1)
def _ll_tokenizer() -> LLTokenizer:
    from llguidance import LLTokenizer, TokenizerWrapper

    return LLTokenizer(TokenizerWrapper(_OutputTokens()))


@lru_cache(maxsize=MAX_NUMBERS + 1)
def _matcher(numbers: int) -> LLMatcher:
    """The compiled grammar; each output works on a copy."""
    from llguidance import LLMatcher

    matcher = LLMatcher(_ll_tokenizer(), LLMatcher.grammar_from_lark(lark_grammar(numbers)))
    if matcher.is_error():
        raise GeneratorError(f"the graph grammar does not compile: {matcher.get_error()[:200]}")
    return matcher


class CompactConstraint:
    """One output's state: a ``Constraint`` for the decoder."""

    def __init__(self, codec: NanoCodec, numbers: int) -> None:
        # place in the little vocabulary -> id in the model's
        self._ids = np.array(
            [codec.id(EOS), *(codec.id(token) for token in SYMBOLS)], dtype=np.int64
        )
        self._matcher = _matcher(numbers).deep_copy()

    @property
    def tokens(self) -> npt.NDArray[np.int64]:
        """Ids an output is made of; ``allowed`` follows their order."""
        return self._ids

    def allowed(self) -> npt.NDArray[np.bool_]:
        """Which of ``tokens`` keep the output a beginning of a graph."""
        bias = np.frombuffer(self._matcher.compute_logit_bias(), dtype=np.uint8)
        return np.asarray(bias != 0)

    def accept(self, place: int) -> bool:
        """Write the token at that place of ``tokens``; False once the graph is closed."""
        if place == 0:
            return False
        self._matcher.consume_token(place)
        return True
