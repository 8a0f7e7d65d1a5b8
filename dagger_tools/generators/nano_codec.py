"""What the embedded model reads and writes: questions as token ids, token ids as compact graphs.

The numbers of a question never reach the model.  Each is replaced by its slot (``<n1>``), its rank
among the question's values (``<r1>`` is the smallest), the group of numbers that count the same
things (``<g1>``), ``<asked>`` and ``<closest>`` where they are what the question asks about, and, where
it is no plain whole number, its kind; so the model decides what to do with the numbers and cannot
misread one.  Everything else of the question is byte-pair encoded with special tokens switched off, so that
nothing a pupil types can become one; what is written like a tag (``<n1>``, ``<br>``) is left out.

The question sentence is put first (a causal model then reads the story knowing what is asked) and
the output is the compact notation, a token a symbol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_links import number_links, question_start
from dagger_tools.text import Number, Question, normalised

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "ASKED",
    "BOS",
    "CLOSEST",
    "CONSTANTS",
    "CONTROL_TOKENS",
    "EOS",
    "FUNCTIONS",
    "MAX_GROUPS",
    "MAX_NUMBERS",
    "MAX_STEPS",
    "PAD",
    "SEPARATOR",
    "SPECIAL_TOKENS",
    "SYMBOLS",
    "UNKNOWN",
    "NanoCodec",
    "question_pieces",
]

MAX_NUMBERS = 16
"""Slots the model knows; a question with more numbers is refused."""
MAX_STEPS = 8
"""Steps of a graph the model may write."""

PAD, EOS, BOS, UNKNOWN = "<pad>", "<eos>", "<bos>", "<unk>"
CONTROL_TOKENS = (PAD, EOS, BOS, UNKNOWN)
"""First in the vocabulary, in Gemma's order."""
SEPARATOR = "<graph>"
"""Ends the question; the graph follows."""
ASKED, CLOSEST = "<asked>", "<closest>"
"""Follow a number that counts what the question sentence speaks of (see ``nano_links``)."""
MAX_GROUPS = 6
"""Kinds of counted things the model tells apart; further ones are one with the last."""

CONSTANTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 24, 25, 30, 36, 40, 50, 52, 60, 80, 90, 100,
             144, 180, 360, 365, 500, 1000, 3600)  # fmt: skip
"""Constants of the world that the model can write."""
FUNCTIONS = ("add", "mul", "sum", "mean", "min", "max", "abs", "round", "floor", "ceil", "sqrt",
             "pow", "mod", "gcd", "lcm")  # fmt: skip

_KINDS = ("decimal", "fraction", "percent", "ratio", "multiple", "clock")
_OUTPUT = {
    **{f"<s{i}>": f"s{i}" for i in range(1, MAX_STEPS)},
    **{f"<={value}>": str(value) for value in CONSTANTS},
    **{f"<{sign}>": sign for sign in "+-*/;!"},
    **{f"<{name}>": name for name in FUNCTIONS},
}
_SLOTS = {f"<n{i}>": f"n{i}" for i in range(1, MAX_NUMBERS + 1)}
SYMBOLS = {**_SLOTS, **_OUTPUT}
"""Every token of an output, with what it is in the compact notation."""
SPECIAL_TOKENS = (
    *CONTROL_TOKENS,
    SEPARATOR,
    ASKED,
    CLOSEST,
    *(f"<g{i}>" for i in range(1, MAX_GROUPS + 1)),
    *_SLOTS,
    *(f"<r{i}>" for i in range(1, MAX_NUMBERS + 1)),
    *(f"<{kind}>" for kind in _KINDS),
    *_OUTPUT,
)

_TAG = re.compile(r"</?[|a-zA-Z][^<>\s]{0,30}>")
"""What is written like a tag or a control token: no word of a question, and nothing a model trained on
questions knows how to leave aside."""
_TOKEN_OF = {symbol: token for token, symbol in SYMBOLS.items()}
_COMPACT_SYMBOL = re.compile(r"\s*([ns]\d+|\d+|[a-z]+|[-+*/;!])")


def question_pieces(question: Question) -> list[str | tuple[int, Number]]:
    """The question as stretches of normalised text and (slot, number), question sentence first.

    Tags (``<br>``, ``<eos>``) are left out.
    """
    text = question.text
    start = question_start(text)
    pieces: list[str | tuple[int, Number]] = []
    for begin, stop in ((start, len(text)), (0, start)):
        at = begin
        # with a blank before it, the first word is the same token as inside a sentence
        lead = " " if begin < stop and not text[begin].isspace() else ""
        for index, number in enumerate(question.numbers, start=1):
            if begin <= number.start < stop:
                pieces += [lead + text[at : number.start], (index, number)]
                at, lead = number.end, ""
        pieces.append(lead + text[at:stop])
    return [piece if isinstance(piece, tuple) else normalised(_bare(piece)) for piece in pieces]


def _bare(piece: str) -> str:
    """The piece without tags, and without the blanks around them."""
    bare = _TAG.sub(" ", piece)
    if bare == piece:
        return piece
    bare = re.sub(" {2,}", " ", bare)
    return bare.rstrip() if piece.rstrip().endswith(">") else bare


class NanoCodec:
    """The vocabulary of one embedded checkpoint (its ``tokenizer.json``)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        # typed "<n1>" stays text: no special token can be written from the outside
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._ids: dict[str, int] = {t: tokenizer.token_to_id(t) for t in SPECIAL_TOKENS}
        if missing := [token for token, index in self._ids.items() if index is None]:
            raise InputError(f"the tokenizer lacks {missing[:5]}", hint="train it anew")
        self._symbol_of = {self._ids[token]: symbol for token, symbol in SYMBOLS.items()}

    @property
    def size(self) -> int:
        """Number of tokens."""
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        return len(vocabulary)

    def id(self, token: str) -> int:
        """The id of a special token."""
        return self._ids[token]

    def encode_question(self, question: Question) -> list[int]:
        """``<bos>`` question sentence, story, ``<graph>``: what the model reads.

        Raises:
            InputError: the question holds more than ``MAX_NUMBERS`` numbers.
        """
        numbers = question.numbers
        if len(numbers) > MAX_NUMBERS:
            raise InputError(
                f"the question holds {len(numbers)} numbers; this model takes {MAX_NUMBERS}",
                hint="ask in parts, or use a larger generator",
            )
        ranks = {value: i for i, value in enumerate(sorted({n.value for n in numbers}), start=1)}
        links = number_links(question)
        ids = [self._ids[BOS]]
        for piece in question_pieces(question):
            if isinstance(piece, str):
                ids += self._tokenizer.encode(piece, add_special_tokens=False).ids
            else:
                index, number = piece
                ids += (self._ids[f"<n{index}>"], self._ids[f"<r{ranks[number.value]}>"])
                link = links[index - 1]
                if link.group is not None:
                    ids.append(self._ids[f"<g{min(link.group, MAX_GROUPS)}>"])
                ids += (self._ids[ASKED],) * link.asked + (self._ids[CLOSEST],) * link.closest
                if number.kind in _KINDS:
                    ids.append(self._ids[f"<{number.kind}>"])
        ids.append(self._ids[SEPARATOR])
        return ids

    def encode_compact(self, compact: str) -> list[int]:
        """The compact notation as the model writes it, ``<eos>`` last.

        Raises:
            InputError: a symbol that the model has no token for (a constant it does not know).
        """
        ids: list[int] = []
        at = 0
        while at < len(compact):
            match = _COMPACT_SYMBOL.match(compact, at)
            if match is None or match[1] not in _TOKEN_OF:
                raise InputError(f"no token for {compact[at : at + 20]!r} of {compact!r}")
            ids.append(self._ids[_TOKEN_OF[match[1]]])
            at = match.end()
        return [*ids, self._ids[EOS]]

    def decode_compact(self, ids: Iterable[int]) -> str:
        """Output tokens (without ``<eos>``) as compact notation."""
        text = " ".join(self._symbol_of[index] for index in ids)
        return text.replace("! ", "!").replace(" ;", ";")

    def token_bytes(self) -> Sequence[bytes]:
        """Every token's text as bytes, by id; what the grammar's compiler wants to know."""
        size = self.size
        return [str(self._tokenizer.id_to_token(i)).encode() for i in range(size)]
