"""The bank's format, its stories, and the sentences that distract."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

from dagger_tools.corpus.arithmetic import evaluate, in_order, read_condition
from dagger_tools.corpus.bank import Story, load_bank, load_lexicon, read_stories
from dagger_tools.corpus.check import check_distance, check_family, check_variety
from dagger_tools.corpus.problem import Problem
from dagger_tools.corpus.realise import choose, inflect, realise, write_number
from dagger_tools.errors import GraphParseError, InputError
from dagger_tools.graph.expression import parse_expression
from dagger_tools.text import find_numbers

LEXICON = load_lexicon()
MEASURED = sorted((Path(__file__).parents[3] / "shared" / "data").glob("m*_bn_dev.jsonl"))
STORIES = load_bank()
STORY = """== kites
topic: change
grade: 2
person p
thing x: toy
number a: 5..20
number b: 1..4
where a > b
story: {p:র} {a}টি {x} ছিল।
ask: {b}টি হারালে কতটি থাকবে? || {b}টি {x} গেলে কয়টি রইল? => a - b
"""


def problems(count: int, seed: int = 3) -> list[Problem]:
    """Problems drawn from the whole bank."""
    rng = random.Random(seed)
    found: list[Problem] = []
    while len(found) < count:
        story = rng.choice(STORIES)
        problem = realise(story, rng.choice(story.asks), LEXICON, rng)
        if problem is not None:
            found.append(problem)
    return found


def test_a_story_is_read() -> None:
    """Every line of the format comes back in the story."""
    (story,) = read_stories(STORY, LEXICON)
    assert (story.name, story.topic, story.grade) == ("kites", "change", 2)
    assert len(story.asks[0].wordings) == 2
    assert realise(story, story.asks[0], LEXICON, random.Random(0)) is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("topic: change", "topic: magic", "f.txt:2: unknown topic 'magic'"),
        ("grade: 2", "grade: 77", "f.txt:3: grade"),
        ("thing x: toy", "thing x: dragons", "f.txt:5: no list 'dragons'"),
        ("person p", "person p: ghosts", "f.txt:4: no list 'ghosts'"),
        ("5..20", "20..5", "f.txt:6: number"),
        ("number b: 1..4", "number b: one", "f.txt:7: number"),
        ("where a > b", "where a", "f.txt:8"),
        ("where a > b", "when a > b", "f.txt:8: unknown line"),
        ("=> a - b", "", "f.txt:10: a question without"),
        ("=> a - b", "=> a - z", "computes with"),
        ("=> a - b", "=> a - (b", "f.txt:10"),
        ("{b}টি হারালে", "{q}টি হারালে", "undeclared slots"),
        ("== kites", "", "before any story"),
        ("ask:", "# ask:", "lacks asks"),
    ],
)
def test_faults_name_their_line(old: str, new: str, words: str) -> None:
    """A line that does not fit is an error with file and line."""
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        list(read_stories(STORY.replace(old, new), LEXICON, source="f.txt"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_every_question_of_the_bank_is_sound(story: Story) -> None:
    """Each family realises, and its graph gives its answer and passes every check, draw after draw."""
    assert [fault for ask in story.asks for fault in check_family(story, ask, tries=4)] == []


def test_stories_are_told_once_and_ask_for_different_things() -> None:
    """Two wordings, three questions at least, and no story with the nouns of another swapped."""
    assert list(check_variety(STORIES)) == []


def test_stories_told_twice_are_found() -> None:
    """The same story about other people, things and numbers is named, whatever its name."""
    twin = STORY.replace("kites", "balls").replace("toy", "fruit").replace("5..20", "6..30")
    stories = list(read_stories(STORY + twin, LEXICON))
    faults = list(check_variety(stories))
    assert sum("tells the story of" in fault for fault in faults) == 1
    assert sum("fewer than 2 wordings" in fault for fault in faults) == 2
    assert sum("fewer than 3 different questions" in fault for fault in faults) == 2


def test_no_story_is_near_what_models_are_measured_on() -> None:
    """A story that retells a row is found; the bank is near no row of the evaluation sets.

    The sets themselves lie outside the repository; where they do not, only the first half runs.
    """
    (story,) = read_stories(STORY, LEXICON)
    retold = realise(story, story.asks[0], LEXICON, random.Random(0))
    assert retold is not None
    assert any("near" in fault for fault in check_distance([story], [retold.question]))
    assert (
        list(check_distance([story], ["একটি ঘরের দৈর্ঘ্য ১২ মিটার ও প্রস্থ ৯ মিটার। ঘরটির ক্ষেত্রফল কত?"]))
        == []
    )
    rows = [
        json.loads(line)["question"]
        for path in MEASURED
        for line in path.read_text("utf-8").splitlines()
    ]
    assert list(check_distance(STORIES, rows)) == []


def test_unsound_questions_are_found() -> None:
    """A constant out of nowhere and numbers that never fit are named with their line."""
    (story,) = read_stories(STORY.replace("=> a - b", "=> a - b + 17"), LEXICON)
    assert "grounding" in next(check_family(story, story.asks[0]))
    (story,) = read_stories(STORY.replace("a > b", "a < b"), LEXICON)
    assert "no fitting numbers" in next(check_family(story, story.asks[0]))


def test_people_of_respect_are_spoken_of_with_respect() -> None:
    """{p:plain/honorific} follows the person that was drawn."""
    text = STORY.replace("person p", "person p: anyone").replace(
        "{p:র} {a}টি {x} ছিল।", "{p} {a}টি {x} {p:কিনেছে/কিনেছেন}।"
    )
    (story,) = read_stories(text, LEXICON)
    rng = random.Random(2)
    drawn = [realise(story, story.asks[0], LEXICON, rng) for _ in range(60)]
    elders = LEXICON.lists["elder"]
    honoured = 0
    for problem in drawn:
        assert problem is not None
        elder = any(problem.question.startswith(name) for name in elders)
        assert ("কিনেছেন" in problem.question) is elder
        honoured += elder
    assert 0 < honoured < 60


def test_same_seed_gives_the_same_problems() -> None:
    """Practice problems can be made again."""
    assert problems(40) == problems(40)


@pytest.mark.parametrize(
    ("word", "ending", "joined"),
    [
        ("মিনা", "র", "মিনার"),
        ("রহিম", "র", "রহিমের"),
        ("রহিম", "কে", "রহিমকে"),
        ("স্কুল", "এ", "স্কুলে"),
        ("ঢাকা", "এ", "ঢাকায়"),
        ("ঝুড়ি", "এ", "ঝুড়িতে"),
    ],
)
def test_endings_join_as_the_word_wants(word: str, ending: str, joined: str) -> None:
    """Genitive, objective and locative after vowels and consonants."""
    assert inflect(word, ending) == joined


def test_choices_are_decided_inside_out() -> None:
    """Brackets may hold brackets, and an empty part leaves words out."""
    texts = {choose("ক [খ|[গ|ঘ]|] ঙ", random.Random(seed)) for seed in range(60)}
    assert texts == {"ক খ ঙ", "ক গ ঙ", "ক ঘ ঙ", "ক ঙ"}


@pytest.mark.parametrize("value", [2, 9, 10, 99, 100, 12345, 250000, Fraction(5, 2)])
@pytest.mark.parametrize("style", ["bangla", "ascii", "words"])
def test_written_numbers_are_found_again(value: int, style: str) -> None:
    """Whatever the style, the text's number is the one that was drawn."""
    text = f"তার কাছে {write_number(Fraction(value), random.Random(0), style=style)}টি কলম আছে"
    assert [number.value for number in find_numbers(text)] == [value]


@pytest.mark.parametrize("style", ["bangla", "ascii", "words"])
@pytest.mark.parametrize("value", ["1/2", "1/3", "2/3", "3/4", "2/5", "1/6", "3/8", "3/10"])
def test_parts_of_a_whole_are_found_again(value: str, style: str) -> None:
    """A fraction below one is written in words or with a slash, and read as what it is."""
    for seed in range(4):
        part = write_number(Fraction(value), random.Random(seed), style=style)
        found = find_numbers(f"সে আমের {part} বিক্রি করল।")
        assert [(number.value, number.kind) for number in found] == [(Fraction(value), "fraction")]


def test_conditions_hold_or_not() -> None:
    """Comparisons, chains, and, or."""
    numbers = {"a": Fraction(7), "b": Fraction(3)}
    assert read_condition("a > b and a % 2 == 1").holds(numbers)
    assert read_condition("a < b or b < a < 8").holds(numbers)
    assert not read_condition("a == b").holds(numbers)
    with pytest.raises(GraphParseError):
        read_condition("a")


def test_sums_and_products_have_one_order() -> None:
    """n2 + n1 and n1 + n2 are the same answer, written once."""
    one, other = (
        parse_expression("n2 + n1 + 3 + n4 * n3"),
        parse_expression("n3 * n4 + 3 + (n1 + n2)"),
    )
    assert in_order(one) == in_order(other)
    assert (
        evaluate(in_order(parse_expression("(a + b) * 2")), {"a": Fraction(1), "b": Fraction(2)})
        == 6
    )
