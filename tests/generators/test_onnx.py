"""``onnx:`` against ``transformers:`` on the same tiny checkpoints."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from dagger_tools.errors import CancelledError, GeneratorAddressError, ModelFileError
from dagger_tools.export import export_checkpoint
from dagger_tools.generators import GREEDY, Candidate, Decoding, Refusal, open_generator
from dagger_tools.generators.base import read_candidate
from dagger_tools.generators.closing import OpenEnd
from dagger_tools.generators.onnx import OnnxGenerator, onnx_generator
from dagger_tools.generators.transformers import transformers_generator
from dagger_tools.text import read_question
from tests.checkpoints import make_checkpoint
from tests.taught import QUESTIONS, Taught, graph_of

READ = [read_question(question) for question in QUESTIONS]


@pytest.fixture(scope="module", params=["optimum", "fused"])
def exported(
    request: pytest.FixtureRequest, taught: Taught, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The taught checkpoint as ``export`` writes it, with its prompt."""
    out = tmp_path_factory.mktemp("exported") / "model"
    export_checkpoint(
        str(taught.folder), out, graph=request.param, quantisation="none", prompt=taught.prompt
    )
    return out


@pytest.fixture(scope="module")
def generator(exported: Path) -> OnnxGenerator:
    """The exported checkpoint under the grammar."""
    return onnx_generator(str(exported))


def rows(outcome: tuple[Candidate, ...] | Refusal) -> tuple[Candidate, ...]:
    """The candidates of an outcome."""
    assert not isinstance(outcome, Refusal), outcome
    return outcome


@pytest.mark.parametrize("grammar", ["on", "off"])
def test_it_writes_what_torch_writes(taught: Taught, exported: Path, grammar: str) -> None:
    """Texts and log-probabilities are those of ``transformers:``, with and without the grammar."""
    ours = open_generator(f"onnx:{exported}?grammar={grammar}").generate(READ)
    theirs = open_generator(
        f"transformers:{taught.folder}?grammar={grammar}&prompt={taught.prompt}"
    ).generate(READ)
    for place in range(3):
        our, their = rows(ours[place])[0], rows(theirs[place])[0]
        assert our.text == their.text == graph_of(place)
        assert our.output_tokens == their.output_tokens
        assert our.log_probability == pytest.approx(their.log_probability, abs=1e-3)
        assert our.prefill_seconds is not None


def test_long_outputs_stay_those_of_torch(tmp_path: Path) -> None:
    """After 600 tokens, far beyond its window, a random checkpoint still writes torch's and Optimum's."""
    make_checkpoint(tmp_path / "model", layout="multimodal", seed=2)
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("একটি অঙ্ক। " * 20 + "{question}\nউত্তর দাও।", "utf-8")
    for graph in ("optimum", "fused"):
        export_checkpoint(
            str(tmp_path / "model"),
            tmp_path / graph,
            graph=graph,
            quantisation="none",
            prompt=prompt,
        )
    written = []
    for generator in (
        onnx_generator(f"{tmp_path / 'fused'}?grammar=off"),
        onnx_generator(f"{tmp_path / 'optimum'}?grammar=off"),
        onnx_generator(f"{tmp_path / 'optimum'}?grammar=off&engine=optimum"),
        transformers_generator(f"{tmp_path / 'model'}?grammar=off&prompt={prompt}"),
    ):
        writer = generator.writer
        for question in QUESTIONS[:2]:
            ids = writer.chat.render(question)
            assert len(writer.chat.prefix) > 32
            ((row,),) = writer.write([ids], GREEDY, 600, None, OpenEnd)
            written.append((row.end.text, row.log_probabilities))
    for ours, theirs in zip(written[:2] * 3, written[2:], strict=True):
        assert ours[0] == theirs[0]
        assert ours[1] == pytest.approx(theirs[1], abs=1e-3)
        assert len(ours[1]) == 600


def test_the_prompt_read_before_changes_nothing(generator: OnnxGenerator, exported: Path) -> None:
    """A question is answered alike as the first and after others, over the cached beginning."""
    generator.generate(READ)
    after = rows(generator.generate(READ[2:])[0])[0]
    first = rows(onnx_generator(str(exported)).generate(READ[2:])[0])[0]
    assert after.text == first.text
    assert after.log_probability == pytest.approx(first.log_probability, abs=1e-4)


def test_samples_are_graphs_and_the_first_is_greedy(generator: OnnxGenerator) -> None:
    """Under the grammar even hot samples are graphs; the seed decides which."""
    decoding = Decoding(samples=3, temperature=1.5, seed=5)
    first, again = (rows(generator.generate(READ[:1], decoding)[0]) for _ in range(2))
    assert first[0].text == graph_of(0)
    assert [one.text for one in first] == [one.text for one in again]
    for candidate in first:
        assert read_candidate(candidate, READ[0]).repairs == ()


def test_what_cannot_end_or_be_read_is_refused(generator: OnnxGenerator) -> None:
    """An output cut off, and a prompt beyond the context, say so; a neighbour is answered."""
    (cut,) = generator.generate(READ[:1], Decoding(max_new_tokens=5))
    assert isinstance(cut, Refusal)
    assert "5 tokens" in cut.reason
    refused, answered = generator.generate([read_question("কলম " * 2400), READ[0]])
    assert isinstance(refused, Refusal)
    assert rows(answered)[0].text == graph_of(0)


def test_cancelling_closing_and_providers(generator: OnnxGenerator) -> None:
    """A cancelled call raises; after close it opens again; it says what it really runs on."""
    cancelled = Event()
    cancelled.set()
    with pytest.raises(CancelledError):
        generator.generate(READ, cancelled=cancelled)
    generator.close()
    generator.close()
    assert rows(generator.generate(READ[:1])[0])[0].text == graph_of(0)
    assert "CPUExecutionProvider" in generator.providers


def test_it_answers_without_torch(exported: Path) -> None:
    """What was exported runs where neither torch nor transformers is loaded."""
    code = (
        "import sys\n"
        "from dagger_tools import Solver\n"
        f"answer = Solver(['onnx:{exported}'], threshold=0).solve({QUESTIONS[0]!r})\n"
        "print(answer.value, 'torch' in sys.modules, 'transformers' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["500", "False", "False"], done.stderr


def test_a_damaged_folder_is_noticed(exported: Path, tmp_path: Path) -> None:
    """A file that is not the manifest's, or no manifest, is a typed error."""
    damaged = tmp_path / "damaged"
    shutil.copytree(exported, damaged)
    with (damaged / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelFileError, match=r"tokenizer\.json"):
        open_generator(f"onnx:{damaged}")
    with pytest.raises(ModelFileError, match="manifest"):
        open_generator(f"onnx:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize("rest", ["", "x?grammar=maybe", "x?engine=steam", "x?temperature=1"])
def test_addresses_that_say_nothing_are_refused(rest: str) -> None:
    """No folder, an unknown option or value."""
    with pytest.raises(GeneratorAddressError):
        open_generator(f"onnx:{rest}")
