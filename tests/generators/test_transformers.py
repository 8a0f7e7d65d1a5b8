"""``transformers:`` on a tiny checkpoint that really writes graphs."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
import torch

from dagger_tools.errors import CancelledError, GeneratorAddressError, InputError
from dagger_tools.generators import GREEDY, Candidate, Decoding, Refusal, Repairer, open_generator
from dagger_tools.generators.base import Generator, read_candidate
from dagger_tools.generators.closing import GraphEnd
from dagger_tools.graph import execute
from dagger_tools.text import read_question
from tests.checkpoints import make_checkpoint
from tests.taught import QUESTIONS, Taught, graph_of

READ = [read_question(question) for question in QUESTIONS]


@pytest.fixture(scope="module")
def free(taught: Taught) -> Generator:
    """The taught checkpoint without the grammar."""
    return open_generator(f"transformers:{taught.folder}?grammar=off&prompt={taught.prompt}")


def only(outcome: tuple[Candidate, ...] | Refusal) -> Candidate:
    """The single candidate of an outcome."""
    assert not isinstance(outcome, Refusal), outcome
    return outcome[0]


@pytest.mark.parametrize("grammar", ["on", "off"])
def test_what_was_taught_is_written(taught: Taught, grammar: str) -> None:
    """In one batch of unequal lengths each question gets its graph, with or without the grammar."""
    generator = open_generator(
        f"transformers:{taught.folder}?grammar={grammar}&prompt={taught.prompt}"
    )
    outcomes = generator.generate(READ)
    assert [only(outcome).text for outcome in outcomes] == [graph_of(i) for i in range(3)]
    assert execute(read_candidate(only(outcomes[0]), READ[0])).value == 500
    for outcome in outcomes:
        log_probability = only(outcome).log_probability
        assert log_probability is not None
        assert -5 < log_probability <= 0


def test_batches_change_nothing(free: Generator) -> None:
    """A question alone gets what it gets in a batch, to its log-probability."""
    together = [only(outcome) for outcome in free.generate(READ)]
    for question, batched in zip(READ, together, strict=True):
        alone = only(free.generate([question])[0])
        assert alone.text == batched.text
        assert alone.log_probability == pytest.approx(batched.log_probability, abs=1e-3)


def test_the_own_loop_writes_what_generate_writes(taught: Taught, free: Generator) -> None:
    """Greedy tokens are those of transformers' own generate."""
    from dagger_tools.checkpoint import load_checkpoint
    from dagger_tools.generators.chat import ChatPrompt
    from dagger_tools.generators.prompt import load_prompt

    found = load_checkpoint(str(taught.folder))
    tokenizer = found.tokenizer
    chat = ChatPrompt(
        tokenizer.backend_tokenizer, str(tokenizer.chat_template), load_prompt(taught.prompt)
    )
    ids = torch.tensor([chat.render(QUESTIONS[1])])
    model = found.model
    written = model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=400, do_sample=False
    )
    text = tokenizer.decode(written[0, ids.shape[1] :], skip_special_tokens=True)
    assert only(free.generate([READ[1]])[0]).text == text


def test_samples_are_graphs_and_the_first_is_greedy(taught: Taught) -> None:
    """Under the grammar even hot samples are graphs; the seed decides which."""
    generator = open_generator(f"transformers:{taught.folder}?prompt={taught.prompt}")
    decoding = Decoding(samples=3, temperature=1.5, seed=5)
    first, again = (generator.generate(READ[:2], decoding) for _ in range(2))
    for place, (outcome, same) in enumerate(zip(first, again, strict=True)):
        assert not isinstance(outcome, Refusal)
        assert not isinstance(same, Refusal)
        assert outcome[0].text == graph_of(place)
        assert [one.text for one in outcome] == [one.text for one in same]
        for candidate in outcome:
            assert read_candidate(candidate, READ[place]).repairs == ()


def test_random_weights_write_graphs_under_the_grammar(tmp_path: Path) -> None:
    """Whatever the weights, an output that ends is a graph; without the grammar there is none."""
    make_checkpoint(tmp_path, seed=3)
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("{question}", "utf-8")
    hot = Decoding(samples=4, temperature=1.0, top_p=1.0, max_new_tokens=800)
    (outcome,) = open_generator(f"transformers:{tmp_path}?prompt={prompt}").generate(READ[:1], hot)
    if not isinstance(outcome, Refusal):
        for candidate in outcome:
            assert read_candidate(candidate, READ[0]).final
    cold = Decoding(max_new_tokens=20)
    without = open_generator(f"transformers:{tmp_path}?prompt={prompt}&grammar=off")
    assert isinstance(without.generate(READ[:1], cold)[0], Refusal)


def test_a_fault_is_named_in_a_second_turn(free: Generator) -> None:
    """A repair gives one more candidate or says that there is none."""
    assert isinstance(free, Repairer)
    candidate = only(free.generate(READ[:1])[0])
    assert isinstance(free.repair(READ[0], candidate, "units: টাকা"), Candidate | Refusal)


def test_cancelling_stops_it(free: Generator) -> None:
    """A cancelled call raises at once."""
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        free.generate(READ, GREEDY, cancelled=cancelled)


def test_questions_beyond_the_context_are_refused(free: Generator) -> None:
    """A prompt that the model cannot read is refused with its length; its neighbours are answered."""
    long = read_question("কলম " * 2400)
    refused, answered = free.generate([long, READ[0]])
    assert isinstance(refused, Refusal)
    assert "2048" in refused.reason
    assert only(answered).text == graph_of(0)


def test_closing_gives_the_model_back(free: Generator) -> None:
    """After close it loads again."""
    free.close()
    free.close()
    assert only(free.generate(READ[:1])[0]).text == graph_of(0)


@pytest.mark.parametrize(
    "rest", ["", "x?grammar=maybe", "x?temperature=1", "x?dtype=a&dtype=b", "x?dtype"]
)
def test_addresses_that_say_nothing_are_refused(rest: str) -> None:
    """No checkpoint, an unknown option, one given twice or without a value."""
    with pytest.raises(GeneratorAddressError):
        open_generator(f"transformers:{rest}")


def test_an_unknown_dtype_is_refused(taught: Taught) -> None:
    """The dtypes that are known are named."""
    with pytest.raises(InputError, match="bfloat16"):
        open_generator(f"transformers:{taught.folder}?dtype=int3")


def test_the_end_of_a_graph_is_found_in_pieces() -> None:
    """Braces in labels and in prose do not count, nor does what follows the graph."""
    text = 'a {set} ```json\n{"nodes": [{"label": "}]} \\" {"}]}\n``` and more'
    for size in (1, 3, len(text)):
        end = GraphEnd()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert any(end.feed(piece) for piece in pieces)
        assert end.text.endswith('{"}]}')
