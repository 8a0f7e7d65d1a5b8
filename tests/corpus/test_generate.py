"""Practice problems: what is asked for, distinct, repeatable, and proven."""

from __future__ import annotations

from itertools import islice

import pytest

from dagger_tools.corpus.bank import TOPICS, held_out
from dagger_tools.corpus.formats import FORMATS, row_writer
from dagger_tools.corpus.generate import Wanted, generate, prove
from dagger_tools.corpus.scenes import load_scenes
from dagger_tools.errors import InputError
from dagger_tools.graph import Graph, execute, parse


def test_problems_are_distinct_and_proven() -> None:
    """No question comes twice; each graph gives the answer and passes all seven checks."""
    problems = list(islice(generate(Wanted(), seed=1), 1500))
    assert len({problem.question for problem in problems}) == 1500
    assert [fault for problem in problems if (fault := prove(problem))] == []


def test_what_is_asked_for_is_what_comes() -> None:
    """Topics, grades, steps and distractors restrict, alone and together."""
    wanted = Wanted(
        topics=("change", "several steps"),
        grades=(2, 3, 4),
        steps=(2,),
        distractors=("oad", "need"),
        most_distractors=3,
    )
    problems = list(islice(generate(wanted, seed=2), 120))
    assert {problem.draft.topic for problem in problems} == {"change", "several steps"}
    assert {problem.draft.grade for problem in problems} <= {2, 3, 4}
    assert {len(problem.operations) for problem in problems} == {2}
    assert {len(problem.distractors) for problem in problems} == {1, 2, 3}
    assert {d.kind for problem in problems for d in problem.distractors} == {"oad", "need"}


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_topic_has_problems(topic: str) -> None:
    """A teacher who asks for ten problems of a topic gets ten."""
    assert len(list(islice(generate(Wanted(topics=(topic,)), seed=0), 10))) == 10


def test_seeds_repeat_and_differ() -> None:
    """The same seed gives the same problems, another seed others."""
    one, again, other = (
        [p.question for p in islice(generate(Wanted(distractors=("red",)), seed=seed), 40)]
        for seed in (3, 3, 4)
    )
    assert one == again != other


def test_unseen_sentences_are_others() -> None:
    """What is kept out of training shares no family with what is not."""
    seen, unseen = (
        {
            distractor.family
            for problem in islice(
                generate(Wanted(distractors=("red", "oad", "need"), unseen=unseen), seed=5), 400
            )
            for distractor in problem.distractors
        }
        for unseen in (False, True)
    )
    assert seen
    assert unseen
    assert not seen & unseen


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(topics=("magic",)), "no topic 'magic'"),
        (Wanted(grades=(77,)), "no problem of this kind"),
        (Wanted(most_distractors=9), "9 distractors"),
    ],
)
def test_impossible_wishes_say_so(wanted: Wanted, words: str) -> None:
    """What cannot be had is an error that says what can."""
    with pytest.raises(InputError, match=words):
        next(generate(wanted, seed=0))


def test_an_exhausted_selection_says_how_many_there_were() -> None:
    """A stream that has no further problem ends with a clear error, not in an endless search."""
    from dagger_tools.corpus import generate as module
    from dagger_tools.corpus.bank import load_lexicon, read_stories

    text = """== few
topic: change
grade: 1
number a: 2..4
story: ঝুড়িতে {a}টি আম ছিল।
ask: কতটি আম ছিল? => a
"""
    stories = tuple(read_stories(text, load_lexicon()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_bank", lambda: stories)
        stream = generate(Wanted(), seed=0)
        with pytest.raises(InputError, match=r"only [3-9] different problems"):
            list(stream)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_rows_hold_both_graphs(name: str) -> None:
    """The published JSON graph and the compact form of every row execute to the row's answer."""
    write = row_writer(name)
    for problem in islice(generate(Wanted(distractors=("oad",)), seed=6), 50):
        row = write(problem)
        published = row.get("response") or row["graph"]
        graph = parse(published) if isinstance(published, str) else Graph.model_validate(published)
        assert execute(graph).value == problem.answer
        compact = Graph.from_compact(row["compact"], problem.read.numbers)
        assert execute(compact).value == problem.answer
        assert any(node.distractor for node in graph.nodes)


def test_training_rows_have_the_published_columns() -> None:
    """``dipta007/dagger``: conversations, response, english_answer; prompt, question, solution."""
    problem = next(generate(Wanted(), seed=1))
    sft, grpo = row_writer("sft")(problem), row_writer("grpo")(problem)
    assert {"conversations", "response", "english_answer"} <= sft.keys()
    assert [turn["role"] for turn in sft["conversations"]] == ["user", "assistant"]
    assert sft["conversations"][1]["content"] == sft["response"]
    assert problem.question in sft["conversations"][0]["content"]
    assert {"prompt", "question", "solution"} <= grpo.keys()
    assert [turn["role"] for turn in grpo["prompt"]] == ["user"]
    assert grpo["solution"] == sft["english_answer"] == float(problem.answer)


def test_scenes_make_problems_too() -> None:
    """``scenes`` draws from the scenes, heeds steps, and is as seeded as the bank."""
    wanted = Wanted(scenes=True, steps=(2,), distractors=("oad", "need"))
    problems = list(islice(generate(wanted, seed=2), 60))
    names = {scene.name for scene in load_scenes()}
    assert {problem.family.split("/")[0] for problem in problems} <= names
    assert all(len(problem.operations) == 2 and problem.distractors for problem in problems)
    again = islice(generate(wanted, seed=2), 60)
    assert [p.question for p in again] == [p.question for p in problems]
    with pytest.raises(InputError, match="no topics and grades"):
        next(generate(Wanted(scenes=True, topics=("change",)), seed=0))


@pytest.mark.parametrize("scenes", [False, True])
def test_what_calibration_needs_is_left_out_of_training(scenes: bool) -> None:
    """``for_training`` never draws a held-back story or scene; without it, they come up."""
    for for_training in (True, False):
        stream = generate(Wanted(scenes=scenes, for_training=for_training), seed=3)
        kept = [held_out(problem.family.split("/")[0]) for problem in islice(stream, 400)]
        assert any(kept) is not for_training
