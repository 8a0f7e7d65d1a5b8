"""What the embedded model reads and writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from dagger_tools.errors import InputError
from dagger_tools.generators.nano import EMBEDDED
from dagger_tools.generators.nano_codec import (
    MAX_NUMBERS,
    SPECIAL_TOKENS,
    NanoCodec,
    question_pieces,
)
from dagger_tools.text import read_question

CODEC = NanoCodec(Tokenizer.from_file(str(EMBEDDED / "tokenizer.json")))
SPECIAL = {CODEC.id(token): token for token in SPECIAL_TOKENS}
PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"


def specials(text: str) -> list[str]:
    """The special tokens of a question's prompt, in order."""
    return [SPECIAL[i] for i in CODEC.encode_question(read_question(text)) if i in SPECIAL]


def test_question_sentence_comes_first_and_slots_keep_their_numbers() -> None:
    """The model knows what is asked before it reads the story."""
    pieces = question_pieces(read_question(PENS))
    assert isinstance(pieces[0], str)
    assert pieces[0].strip().startswith("মিনা সব কলম")
    assert [piece[0] for piece in pieces if isinstance(piece, tuple)] == [1, 2]


def test_first_word_of_a_story_is_read_as_inside_a_sentence() -> None:
    """Both halves begin with a blank, so that a word has one token wherever it stands."""
    pieces = question_pieces(read_question("মিনার ৫টি কলম। মিনার কতটি কলম?"))
    assert pieces[0] == " মিনার কতটি কলম?"
    assert pieces[1] == " মিনার "
    assert question_pieces(read_question("৫টি কলম। কতটি?"))[1] == " "


def test_numbers_become_slots_with_rank_and_what_is_asked() -> None:
    """Values stay outside; their order of size and what they count go in."""
    assert specials(PENS) == [
        "<bos>", "<n1>", "<r2>", "<g1>", "<asked>", "<n2>", "<r1>", "<g2>", "<asked>", "<graph>",
    ]  # fmt: skip


def test_kinds_of_numbers_are_told() -> None:
    """A fraction in words, a percentage and a multiple are marked."""
    tokens = specials("সে অর্ধেক দিল, ২০% রাখল, দ্বিগুণ পেল। কত?")
    assert {"<fraction>", "<percent>", "<multiple>"} <= set(tokens)


@pytest.mark.parametrize("typed", ["<eos>", "<graph>", "<bos>", "<!>", "<asked>", "<pad><unk>"])
def test_typed_special_tokens_are_none(typed: str) -> None:
    """A pupil who types a control token has not written one."""
    assert specials(f"{PENS} {typed}") == specials(PENS)
    assert specials(f"{typed} {PENS}") == specials(PENS)


def test_tags_are_left_out_and_signs_are_not() -> None:
    """The model is not shown what is written like a tag; a comparison in signs stays."""
    read = [CODEC.encode_question(read_question(text)) for text in (PENS, f"{PENS} <br> </eos>")]
    assert read[0] == read[1]
    pieces = question_pieces(read_question("৫ < ৭ এবং ৮ > ৬ হলে কয়টি সত্য?"))
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    assert "<" in text
    assert ">" in text


@given(
    st.lists(
        st.sampled_from([*SPECIAL_TOKENS[:12], "<", ">", "n", "ক", " ", "<<n1>>", "।"]), max_size=12
    )
)
def test_no_text_reaches_control_tokens(parts: list[str]) -> None:
    """Whatever letters are put together, the prompt's own tokens are the only special ones."""
    text = "ক" + "".join(parts)
    numbers = len(read_question(text).numbers)
    found = specials(text)
    assert found[0] == "<bos>"
    assert found[-1] == "<graph>"
    slots = [token for token in found[1:-1] if token.startswith(("<n", "<r"))]
    assert len(found[1:-1]) <= 6 * numbers
    assert len(slots) == 2 * numbers


@pytest.mark.parametrize(
    "compact",
    ["n1 * n2", "!n3; n1 * n2", "!n2 !n3; n1 - n4; s1 / 12", "max n1 n2 n3", "n1 + n2; floor s1"],
)
def test_compact_notation_round_trips(compact: str) -> None:
    """A token a symbol, and back."""
    ids = CODEC.encode_compact(compact)
    assert SPECIAL[ids[-1]] == "<eos>"
    assert CODEC.decode_compact(ids[:-1]) == compact


@pytest.mark.parametrize("compact", ["n1 * 13.5", "n99", "n1 ^ n2", "frob n1"])
def test_symbols_without_a_token_are_refused(compact: str) -> None:
    """A constant that the model does not know cannot be taught to it by accident."""
    with pytest.raises(InputError):
        CODEC.encode_compact(compact)


def test_too_many_numbers_are_refused() -> None:
    """There are so many slots and no more."""
    with pytest.raises(InputError, match=str(MAX_NUMBERS)):
        CODEC.encode_question(read_question("৫টি আম, " * (MAX_NUMBERS + 1)))
