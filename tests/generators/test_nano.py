"""The embedded model: its grammar, its decoder, and its files."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from tokenizers import Tokenizer

from dagger_tools.errors import CancelledError, GeneratorAddressError, ModelFileError
from dagger_tools.generators import GREEDY, Decoding, Refusal, open_generator
from dagger_tools.generators.base import Generator
from dagger_tools.generators.decoder import OnnxDecoder
from dagger_tools.generators.fused_session import FusedSession
from dagger_tools.generators.nano import EMBEDDED, NanoGenerator
from dagger_tools.generators.nano_codec import EOS, NanoCodec
from dagger_tools.generators.nano_grammar import CompactConstraint
from dagger_tools.graph import Graph
from dagger_tools.text import read_question

CODEC = NanoCodec(Tokenizer.from_file(str(EMBEDDED / "tokenizer.json")))
PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 16])
def test_everything_the_grammar_allows_is_a_graph(count: int) -> None:
    """Random walks under the grammar end in graphs over numbers that exist."""
    rng = random.Random(count)
    numbers = read_question("হিসাব " + "৫টি আম, " * count + "কত?").numbers
    assert len(numbers) == count
    for _ in range(60):
        constraint = CompactConstraint(CODEC, count)
        written: list[int] = []
        for _ in range(400):
            places = np.flatnonzero(constraint.allowed())
            # lean towards the end, or walks would be endless sums
            place = 0 if 0 in places and rng.random() < 0.3 else int(rng.choice(list(places)))
            if not constraint.accept(place):
                break
            written.append(int(constraint.tokens[place]))
        else:
            pytest.fail("the grammar does not bound the output")
        compact = CODEC.decode_compact(written)
        assert Graph.from_compact(compact, numbers).final


def test_cached_decoding_equals_reading_it_all_again() -> None:
    """The KV cache changes nothing but the time."""
    question = read_question(PENS)
    prompt = CODEC.encode_question(question)
    decoder = OnnxDecoder(EMBEDDED)
    writing = CompactConstraint(CODEC, len(question.numbers))
    (decoded,) = decoder.decode(prompt, [writing], GREEDY, limit=96)
    assert decoded.complete
    session = FusedSession(EMBEDDED, threads=1)
    constraint = CompactConstraint(CODEC, len(question.numbers))
    written: list[int] = []
    while True:
        ids = [*prompt, *written]
        logits = session.read(session.cache(1, len(ids)), [ids])[0, constraint.tokens]
        place = int(np.where(constraint.allowed(), logits, -np.inf).argmax())
        if not constraint.accept(place):
            break
        written.append(int(constraint.tokens[place]))
    assert tuple(written) == decoded.tokens
    assert all(-50 < value <= 0 for value in decoded.log_probabilities)


def test_samples_side_by_side_are_those_written_alone() -> None:
    """Rows that end at different places do not disturb each other; the first is greedy."""
    question = read_question(PENS)
    prompt = CODEC.encode_question(question)
    decoder = OnnxDecoder(EMBEDDED)
    count = 12
    decoding = Decoding(samples=count, temperature=3.0, top_p=1.0, top_k=0, seed=4)
    constraints = [CompactConstraint(CODEC, 2) for _ in range(count)]
    together = decoder.decode(prompt, constraints, decoding, limit=96)
    assert len({len(one.tokens) for one in together}) > 1
    (greedy,) = decoder.decode(prompt, [CompactConstraint(CODEC, 2)], GREEDY, limit=96)
    assert together[0].tokens == greedy.tokens
    again = decoder.decode(
        prompt, [CompactConstraint(CODEC, 2) for _ in range(count)], decoding, limit=96
    )
    assert [one.tokens for one in again] == [one.tokens for one in together]
    session = FusedSession(EMBEDDED, threads=1)
    for one in together:
        ids = [*prompt, *one.tokens]
        logits = session.read(session.cache(1, len(ids)), [ids], last=len(one.tokens) + 1)
        constraint = CompactConstraint(CODEC, 2)
        for place, log_probability in enumerate(one.log_probabilities):
            scores = np.where(constraint.allowed(), logits[place, constraint.tokens], -np.inf)
            token = one.tokens[place] if place < len(one.tokens) else CODEC.id(EOS)
            chosen = int(np.flatnonzero(constraint.tokens == token)[0])
            total = scores.max() + np.log(np.exp(scores - scores.max()).sum())
            # products of int8 are rounded otherwise when many tokens are read at once
            assert scores[chosen] - total == pytest.approx(log_probability, abs=0.3)
            constraint.accept(chosen)


def test_output_over_the_limit_is_not_complete() -> None:
    """A limit cuts off, and says so."""
    prompt = CODEC.encode_question(read_question(PENS))
    constraint = CompactConstraint(CODEC, 2)
    (output,) = OnnxDecoder(EMBEDDED).decode(prompt, [constraint], GREEDY, limit=1)
    assert not output.complete


def test_generator_answers_and_tells_its_certainty() -> None:
    """A candidate has text, tokens and log-probabilities; the same question gives the same one."""
    generator = open_generator("nano")
    assert isinstance(generator, Generator)
    first, second = generator.generate([read_question(PENS), read_question(PENS)])
    assert not isinstance(first, Refusal)
    assert not isinstance(second, Refusal)
    assert [c.text for c in (*first, *second)] == ["n1 * n2"] * 2
    assert first[0].log_probability is not None
    assert first[0].log_probability <= (first[0].least_log_probability or 0) <= 0


def test_question_out_of_reach_is_refused_with_a_reason() -> None:
    """Too many numbers, or too long a text, is a result."""
    generator = NanoGenerator(EMBEDDED)
    many, long = generator.generate(
        [read_question("৫টি আম, " * 17 + "কত?"), read_question("নীল আকাশ " * 600 + "৫টি আম কত?")]
    )
    assert isinstance(many, Refusal)
    assert "17 numbers" in many.reason
    assert isinstance(long, Refusal)
    assert "tokens" in long.reason


def test_closed_generator_opens_again() -> None:
    """Closing twice does no harm, and asking afterwards works."""
    generator = NanoGenerator(EMBEDDED)
    generator.close()
    generator.close()
    assert not isinstance(generator.generate([read_question(PENS)])[0], Refusal)


def copied(folder: Path) -> Path:
    """A copy of the embedded checkpoint."""
    shutil.copytree(EMBEDDED, folder / "model")
    return folder / "model"


@pytest.mark.parametrize(
    "name", ["model.onnx", "model.onnx.data", "tokenizer.json", "config.json", "manifest.json"]
)
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """A file that is not there is an error that names it and the mend."""
    (copied(tmp_path) / name).unlink()
    with pytest.raises(ModelFileError, match=name.replace(".", r"\.")) as caught:
        open_generator(f"nano:{tmp_path / 'model'}")
    assert "reinstall" in caught.value.hint


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "tokenizer.json"])
def test_changed_byte_is_noticed(tmp_path: Path, name: str) -> None:
    """A damaged file is an error, not a worse model."""
    path = copied(tmp_path) / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ModelFileError, match="not the file its manifest names"):
        NanoGenerator(tmp_path / "model")


def test_unreadable_manifest_is_an_error(tmp_path: Path) -> None:
    """A manifest that is no JSON is named."""
    (copied(tmp_path) / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"manifest\.json"):
        NanoGenerator(tmp_path / "model")


def test_copied_checkpoint_answers_under_its_own_address(tmp_path: Path) -> None:
    """nano:DIR opens another folder of the layout."""
    generator = open_generator(f"nano:{copied(tmp_path)}")
    assert generator.address == f"nano:{tmp_path / 'model'}"
    assert not isinstance(generator.generate([read_question(PENS)])[0], Refusal)


def test_unknown_address_lists_the_known_ones() -> None:
    """The error says what there is."""
    with pytest.raises(GeneratorAddressError, match=r"known: .*nano"):
        open_generator("gpt:5")


def test_samples_begin_with_the_greedy_one_and_repeat_with_their_seed() -> None:
    """The first of several candidates is the greedy one; the others hang on the seed alone."""
    generator, question = NanoGenerator(EMBEDDED), read_question(PENS)
    (greedy,) = generator.generate([question])
    hot = Decoding(samples=8, temperature=3.0, top_k=0, top_p=1.0, seed=4)
    (one,), (two,) = generator.generate([question], hot), generator.generate([question], hot)
    assert not isinstance(greedy, Refusal)
    assert not isinstance(one, Refusal)
    assert not isinstance(two, Refusal)
    assert [c.text for c in one] == [c.text for c in two]
    assert one[0].text == greedy[0].text
    assert len({c.text for c in one}) > 1
    assert all(c.log_probability is not None and c.log_probability <= 0 for c in one)


def test_cancelled_generation_stops() -> None:
    """An event that is set ends the work with an error of its own."""
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        NanoGenerator(EMBEDDED).generate([read_question(PENS)], cancelled=cancelled)


def test_a_strange_wording_is_less_usual_to_the_model() -> None:
    """Words that nobody writes have a lower probability than a plain question's."""
    strange = PENS.replace("কলম", "ঢ়ৎঞঋ").replace("কাছে", "ঐঔঝঢ")
    plain, odd = NanoGenerator(EMBEDDED).generate([read_question(PENS), read_question(strange)])
    assert not isinstance(plain, Refusal)
    assert not isinstance(odd, Refusal)
    assert (odd[0].prompt_log_probability or 0) < (plain[0].prompt_log_probability or 0) < 0
