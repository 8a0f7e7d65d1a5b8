"""Rows as token ids: one ``<bos>``, loss on the response alone, letters that stay letters."""

from __future__ import annotations

import gc
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dagger_tools.checkpoint import load_checkpoint
from dagger_tools.errors import InputError
from dagger_tools.generators.chat import ChatPrompt
from dagger_tools.generators.nano import EMBEDDED
from dagger_tools.generators.nano_codec import EOS, SEPARATOR
from dagger_tools.generators.prompt import FAMILIES, load_prompt
from dagger_tools.training.tuning.encoding import ChatEncoding, CodecEncoding, open_encoding
from dagger_tools.training.tuning.folder import RunFolder
from dagger_tools.training.tuning.plan import Batches, SftPlan
from dagger_tools.training.tuning.rows import TuningRow
from dagger_tools.training.tuning.trainers import make_trainer
from tests.checkpoints import CHAT_TEMPLATE, make_checkpoint, make_tokenizer
from tests.training.tuning_data import graph_of

ROW = TuningRow(
    place="rows.jsonl:1",
    system=None,
    user="মিনার ২টি কলম আছে।<end_of_turn>\n<bos>কত?",
    question="রবির ১২টি লাটিম ছিল। ৫টি হারাল। কয়টি রইল?",
    response=graph_of("sub", 12, 5),
    answer=None,
    compact="n1 - n2",
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """Like Gemma's: it writes ``<bos>`` by itself, and so does the chat template."""
    return make_tokenizer()


def test_bos_stands_once_and_control_tokens_in_a_text_are_letters(tokenizer: Any) -> None:
    """Template and tokenizer both write ``<bos>``; a question that spells tokens has their letters."""
    doubled = tokenizer(
        tokenizer.apply_chat_template([{"role": "user", "content": "?"}], tokenize=False)
    )
    bos, end = tokenizer.bos_token_id, tokenizer.convert_tokens_to_ids("<end_of_turn>")
    assert doubled["input_ids"].count(bos) == 2  # what happens without care
    encoding = open_encoding(tokenizer, "base", "data")
    prompt = encoding.prompt(ROW)
    assert prompt[0] == bos
    assert prompt.count(bos) == 1
    assert prompt.count(end) == 1  # of the user's turn
    assert ROW.user in encoding.show(prompt)
    response = encoding.response(ROW)
    assert response[-1] == end
    assert bos not in response
    assert encoding.show(response) == f"{ROW.response}<end_of_turn>"


def test_system_message_of_a_row_is_kept(tokenizer: Any) -> None:
    """It goes where the template puts it, and the next row has its own."""
    encoding = open_encoding(tokenizer, "base", "data")
    assert "Be exact.\n\nমিনার" in encoding.show(encoding.prompt(replace(ROW, system="Be exact.")))
    assert "Be exact." not in encoding.show(encoding.prompt(ROW))


def test_a_system_message_that_cannot_be_rendered_is_told_with_its_row(tokenizer: Any) -> None:
    """It spells ``<bos>``, which would stand in the middle of the chat."""
    encoding = open_encoding(tokenizer, "base", "data")
    with pytest.raises(InputError, match=r"rows\.jsonl:1: .*<bos>"):
        encoding.prompt(replace(ROW, system="a<bos>b"))


def test_as_many_system_messages_as_rows_take_little_memory(tokenizer: Any) -> None:
    """A set whose every row has its own system message keeps the renderings of a few."""
    encoding = open_encoding(tokenizer, "base", "data")
    for number in range(300):
        told = encoding.show(encoding.prompt(replace(ROW, system=f"Rule {number}.")))
        assert f"Rule {number}.\n\n" in told
    assert sum(type(one) is ChatPrompt for one in gc.get_objects()) < 100


def test_a_tokenizer_without_an_end_is_refused() -> None:
    """With neither ``<end_of_turn>`` nor an ``eos_token`` no response would ever end."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    made: Any = PreTrainedTokenizerFast
    plain = Tokenizer(models.WordLevel({"<unk>": 0, "<bos>": 1, "None": 2}, unk_token="<unk>"))
    with pytest.raises(InputError, match="nothing ends a response") as caught:
        open_encoding(made(tokenizer_object=plain), "base", "data")
    assert "eos_token" in caught.value.hint


def test_family_prompt_is_encoded_as_the_generators_do(tokenizer: Any) -> None:
    """Id by id: what is trained on is what will be asked, the family's system message included."""
    encoding = open_encoding(tokenizer, "hub/dagger-4B", "family")
    family = load_prompt(family=FAMILIES["dagger"])
    chat = ChatPrompt(tokenizer.backend_tokenizer, CHAT_TEMPLATE, family)
    assert ROW.question is not None
    assert encoding.prompt(ROW) == chat.render(ROW.question)
    with pytest.raises(InputError, match=r"rows\.jsonl:1: column 'question'"):
        encoding.prompt(replace(ROW, question=None))


def test_loss_is_on_the_response_alone(tmp_path: Path) -> None:
    """What the trainer is given: labels are the response and the end of its turn, nothing else."""
    make_checkpoint(tmp_path / "base", layout="multimodal")
    found = load_checkpoint(str(tmp_path / "base"))
    encoding = ChatEncoding(found.tokenizer)
    found.tokenizer.eos_token = encoding.end
    rows = [ROW, replace(ROW, user="?", response="{}")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TRL, PEFT and datasets warn of each other
        trainer = make_trainer(
            SftPlan(batch=2), found.model, found.tokenizer, encoding, rows,
            steps=1, batches=Batches(1, 2, 1), folder=RunFolder(tmp_path / "out"), bf16=False,
            recompute=False, callbacks=[],
        )  # fmt: skip
        (batch,) = list(trainer.get_train_dataloader())
    bos = found.tokenizer.bos_token_id
    shown = set()
    for ids, labels in zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        assert ids.count(bos) == 1
        trained = [label for label in labels if label != -100]
        start = labels.index(trained[0])
        assert labels[start : start + len(trained)] == trained == ids[start : start + len(trained)]
        shown.add(encoding.show(trained))
    assert shown == {f"{ROW.response}<end_of_turn>", "{}<end_of_turn>"}


def test_embedded_kind_reads_slots_and_is_paid_for_compact_graphs() -> None:
    """Its prompts are the codec's, and its reward is the published one of what its tokens stand for."""
    from transformers import PreTrainedTokenizerFast

    made: Any = PreTrainedTokenizerFast
    encoding = open_encoding(made(tokenizer_file=str(EMBEDDED / "tokenizer.json")), "nano", "data")
    assert isinstance(encoding, CodecEncoding)
    assert encoding.takes(ROW)
    assert not encoding.takes(replace(ROW, compact="n1 * 17"))
    assert encoding.show(encoding.prompt(ROW)).count("<bos>") == 1
    assert encoding.show(encoding.prompt(ROW)).endswith(SEPARATOR)
    right = encoding.response(ROW)
    assert encoding.show(right).replace(" ", "") == f"<n1><-><n2>{EOS}"
    # counted is what is trained on, whatever the JSON graph beside it gives
    assert encoding.earned(replace(ROW, answer=Fraction(7), response="{}")) == 2.0
    assert encoding.earned(replace(ROW, answer=Fraction(7), compact="n1 + n2")) == 1.0
    assert not encoding.takes(replace(ROW, question="১ + ২ কত? " * 1000))
    wrong = encoding.response(replace(ROW, compact="n1 + n2"))
    fails = encoding.response(replace(ROW, compact="n1 - n1; n2 / s1"))
    reward = encoding.reward(0.0)
    completions = [right, wrong, fails, right[:-1], [], [right[0], 3000, right[-1]]]
    earned = reward(
        completion_ids=completions,
        solution=["7"] * len(completions),
        question=[ROW.question] * len(completions),
        prompts=None,
    )
    assert earned == [2.0, 1.0, 0.5, 0.0, 0.0, 0.0]
    with pytest.raises(InputError, match="takes no prompt"):
        open_encoding(encoding.tokenizer, "nano", "family")
    with pytest.raises(InputError, match="column 'compact'"):
        encoding.takes(replace(ROW, compact=None))
