"""The seven checks on graphs over real questions, each where it holds and where it fails."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import ExecutionError
from dagger_tools.graph.compact import read_compact
from dagger_tools.graph.execute import Execution, execute
from dagger_tools.graph.model import FINAL_ID, Graph, Node
from dagger_tools.graph.verify import Check, Verification, verify
from dagger_tools.text import Question, read_question

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
PENS_AND_MORE = (
    "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। রাজুর কাছে ৫০টি কলম আছে। "
    "মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
)
ALWAYS = ["structure", "distractors", "counterfactual"]
WITH_A_QUESTION = ["grounding", "coverage", "units", "plausibility"]


def judged(compact: str, text: str) -> Verification:
    """The checks of a graph, in compact notation, over a question."""
    question = read_question(text)
    graph = read_compact(compact, question.numbers)
    return verify(graph, execute(graph), question)


def failed(verification: Verification) -> list[str]:
    """Names of the checks that do not hold."""
    return [check.name for check in verification.checks if not check.passed]


def alone(compact: str) -> Verification:
    """The checks of a graph without its question."""
    graph = read_compact(compact, None)
    return verify(graph, execute(graph))


# --- the whole -------------------------------------------------------------------------------


def test_example_of_the_model_card_passes_every_check() -> None:
    """Two numbers are used, the third is set aside: nothing to object to."""
    verification = judged("!n3; n1 * n2", PENS_AND_MORE)
    assert failed(verification) == []
    assert verification.passed
    assert [check.name for check in verification.checks] == ALWAYS + WITH_A_QUESTION


def test_without_a_question_the_checks_of_the_text_are_left_out() -> None:
    """What needs the text is not claimed to hold."""
    names = [check.name for check in alone("n1=100 n2=5; n1 * n2").checks]
    assert names[:3] == ALWAYS
    assert not {"grounding", "coverage"} & set(names)


def test_checks_are_found_by_name() -> None:
    """Indexing gives the check; a name that was not checked is a KeyError."""
    verification = judged("n1 * n2", PENS)
    assert verification["coverage"] == Check(name="coverage", passed=True, detail="")
    with pytest.raises(KeyError):
        verification["beauty"]


def test_details_are_one_line_and_said_only_where_needed() -> None:
    """A failed check says why in one line."""
    verification = judged("n1 + n2 + n3", PENS_AND_MORE)
    for check in verification.checks:
        assert "\n" not in check.detail
        assert check.passed or check.detail


# --- structure -------------------------------------------------------------------------------


def test_structure_holds_for_a_graph_that_runs() -> None:
    """Whatever execute accepts is well formed."""
    assert alone("n1=7; n1 - 2")["structure"].passed


def test_structure_fails_for_a_graph_with_faults() -> None:
    """A graph that execute would refuse is reported, not raised, and the detail names the node."""
    graph = Graph(
        nodes=(
            Node(id="n1", op="const", val=Fraction(3)),
            Node(id=FINAL_ID, op="add", args=("n1", "ghost")),
        )
    )
    execution = Execution({"n1": Fraction(3), FINAL_ID: Fraction(3)}, frozenset())
    check = verify(graph, execution)["structure"]
    assert not check.passed
    assert "ghost" in check.detail


# --- distractors -----------------------------------------------------------------------------


def test_flagged_number_on_the_answer_path_is_reported() -> None:
    """Row 1 of the faults table: a node flagged distractor that the answer needs."""
    check = judged("!n1; n1 * n2", PENS)["distractors"]
    assert not check.passed
    assert "n1" in check.detail


def test_flagged_step_on_the_answer_path_is_reported() -> None:
    """A flagged computation contradicts itself as a flagged number does."""
    check = alone("n1=4 n2=6; !n1 + n2; s1 * 2")["distractors"]
    assert not check.passed
    assert "s1" in check.detail


def test_flagged_final_node_is_reported() -> None:
    """The answer itself is no distractor."""
    assert not alone("n1=4 n2=6; !n1 + n2")["distractors"].passed


def test_node_off_the_path_must_be_flagged() -> None:
    """A step whose result goes nowhere is named."""
    check = alone("n1=4 n2=6; n1 + n2; n1 * n2")["distractors"]
    assert not check.passed
    assert "s1" in check.detail


def test_flagged_steps_over_used_numbers_are_no_contradiction() -> None:
    """A number may serve the answer and a side computation that is flagged."""
    assert alone("n1=4 n2=6; !n1 + n2; n1 * n2")["distractors"].passed


def test_constant_of_a_flagged_step_is_set_aside_with_it() -> None:
    """The notation cannot flag a literal, so one that only flagged steps read counts as flagged."""
    assert alone("n1=4 n2=6; !n1 * 12; n1 + n2")["distractors"].passed


# --- counterfactual --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "compact",
    [
        "n1=4 n2=6; n1 + n2",
        "n1=4 n2=6; min n1 n2",
        "n1=4 n2=6; max n1 n2",
        "n1=17 n2=5; n1 / n2; floor s1",
        "n1=17 n2=5; mod n1 n2",
        "n1=16 n2=4; gcd n1 n2",
        "n1=16 n2=4; lcm n1 n2",
        "n1=144; sqrt n1",
        "n1=2.4; round n1",
        "n1=0 n2=6; n1 * n2",
        "n1=0 n2=6; n1 + n2",
        "n1=5 n2=1; n1 * n2",
        "n1=10 n2=5; n1 - n2; s1 - 5; s1 * s2",
        "n1=1 n2=3; pow n1 n2",
        "n1=1000 n2=1 n3=10; n1 + n2; s1 / n3; floor s2",
        "n1=5 n2=1; n1 - n2; 100 / s1",
        "n1=-3 n2=2; abs n1; s1 + n2",
    ],
)
def test_influence_is_found_behind_functions_that_hide_it(compact: str) -> None:
    """min, max, rounding, remainders and zeros do not make a used number look inert."""
    check = alone(compact)["counterfactual"]
    assert check.passed, check.detail


@pytest.mark.parametrize(
    ("compact", "inert"),
    [
        ("n1=4 n2=6; n1 - n1; s1 + n2", "n1"),
        ("n1=4 n2=6; n1 / n1; s1 * n2", "n1"),
        ("n1=4 n2=6; n1 * 0; s1 + n2", "n1"),
        ("n1=4 n2=6; pow n1 0; s1 + n2", "n1"),
        ("n1=4 n2=6; n1 + n2; s1 - n2", "n2"),
    ],
)
def test_used_number_without_influence_is_inert(compact: str, inert: str) -> None:
    """A number that cancels out is reported by its id, and only it."""
    check = alone(compact)["counterfactual"]
    assert not check.passed
    assert inert in check.detail
    assert ({"n1", "n2"} - {inert}).pop() not in check.detail


def test_distractor_off_the_path_has_no_influence() -> None:
    """Flagged numbers that the answer never reads leave it unchanged."""
    assert alone("n1=4 n2=6 !n3=9; n1 + n2")["counterfactual"].passed


def test_flagged_number_that_changes_the_answer_is_reported() -> None:
    """Changing a distractor must leave the answer as it is."""
    check = alone("!n1=4 n2=6; n1 + n2")["counterfactual"]
    assert not check.passed
    assert "n1" in check.detail


def test_counterfactual_survives_domains() -> None:
    """A change that divides by zero or leaves the root's domain is tried otherwise."""
    assert alone("n1=6 n2=5; n1 - n2; 10 / s1; sqrt s2")["counterfactual"].passed


# --- grounding -------------------------------------------------------------------------------


def graph_over(*values: int | str, op: str = "add") -> Graph:
    """One operation over constants that name no number of the question."""
    nodes = [
        Node(id=f"x{i}", op="const", val=Fraction(value)) for i, value in enumerate(values, start=1)
    ]
    final = Node(id=FINAL_ID, op=op, args=tuple(node.id for node in nodes))
    return Graph(nodes=(*nodes, final))


def grounded(graph: Graph, text: str) -> Check:
    """The grounding check of a graph whose ids are a model's own."""
    return verify(graph, execute(graph), read_question(text))["grounding"]


def test_numbers_of_the_question_are_grounded_by_value() -> None:
    """Ids do not matter: a model names its constants as it likes."""
    assert grounded(graph_over(100, 5, op="mul"), PENS).passed


def test_number_from_nowhere_is_reported() -> None:
    """A value that neither the text nor the world gives is named."""
    check = grounded(graph_over(100, 7, op="mul"), PENS)
    assert not check.passed
    assert "7" in check.detail


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("রাকিবের ৪০টি মার্বেল ছিল। সে অর্ধেক মার্বেল ভাইকে দিল। কতটি দিল?", (40, 2)),
        ("৩ ডজন ডিমে কয়টি ডিম হয়?", (3, 12)),
        ("৭ হালি কলায় মোট কয়টি কলা?", (7, 4)),
        ("একটি ক্লাসের ৮০ জন ছাত্রের শতকরা ২৫ জন অনুপস্থিত। কতজন অনুপস্থিত?", (25, 100)),
        ("৩০০ টাকার ১৫% কত টাকা?", (15, 100)),
        ("৫০০ টাকার ৮ শতাংশ কত?", (8, 100)),
        ("একটি গাড়ি ৩ ঘণ্টা চলল। কত মিনিট চলল?", (3, 60)),
        ("৪ সপ্তাহে কত দিন?", (4, 7)),
        ("৫ দিনে কত ঘণ্টা?", (5, 24)),
        ("বাবা মাসে ২০০০০ টাকা আয় করেন। বছরে কত টাকা আয় করেন?", (20000, 12)),
        ("৬ কেজি চালে কত গ্রাম চাল আছে?", (6, 1000)),
        ("৯ কিলোমিটার রাস্তা কত মিটার?", (9, 1000)),
        ("ফিতাটি ৮ মিটার লম্বা। কত সেন্টিমিটার?", (8, 100)),
        ("রিমার কাছে ৭৫ টাকা আছে। কত পয়সা?", (75, 100)),
        ("তপুর ১৪টি ঘুড়ি, দীপুর তার দ্বিগুণ। দীপুর কয়টি?", (14, 2)),
        ("৫ জোড়া জুতায় কয়টি জুতা?", (5, 2)),
        ("একটি ত্রিভুজের ভূমি ৯ মিটার ও উচ্চতা ৬ মিটার। ক্ষেত্রফল কত?", (9, 2)),
        ("আয়তাকার বাগানের দৈর্ঘ্য ২০ মিটার, প্রস্থ ১৫ মিটার। পরিসীমা কত?", (20, 2)),
        ("একটি বর্গক্ষেত্রের এক বাহু ৬ মিটার। পরিসীমা কত মিটার?", (6, 4)),
        ("তিনটি পরীক্ষায় মিতু ৭০, ৮০ ও ৯০ পেল। গড় নম্বর কত?", (70, 3)),
    ],
)
def test_constants_of_the_world_are_grounded_where_the_text_implies_them(
    text: str, values: tuple[int, int]
) -> None:
    """Half brings 2, a dozen 12, per cent 100, hours 60, weeks 7, and so on."""
    check = grounded(graph_over(*values, op="mul"), text)
    assert check.passed, check.detail


@pytest.mark.parametrize(
    "value", [12, 100, 60, 7, 24, 1000, 365], ids=lambda value: f"constant {value}"
)
def test_constants_of_the_world_need_a_word_of_the_text(value: int) -> None:
    """What the text does not imply is not grounded, however common the constant is."""
    text = "ঝুড়িতে ১৮টি আম আর ৫টি লেবু আছে। ঝুড়িতে মোট কয়টি ফল আছে?"
    assert not grounded(graph_over(18, value), text).passed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("সুমির ৮টি রঙিন কাগজ ছিল। সে ৩টি নষ্ট করল। কয়টি রইল?", 36),
        ("বাসের যাত্রী ছিল ৮ জন। ৩ জন নেমে গেল। কতজন রইল?", 40),
        ("জন্মদিনে মিনা ৮টি উপহার পেল। ৩টি সে ছোট বোনকে দিল। কয়টি রইল?", 100),
        ("শীতের ভ্রমণে ৮ জন গেল। ৩ জন আগে ফিরল। কতজন রইল?", 40),
        ("হালিমার ৮টি কলম ছিল। ৩টি দিয়ে দিল। কয়টি রইল?", 4),
        ("হারুনের ৮টি কলম ছিল। ৩টি দিয়ে দিল। কয়টি রইল?", 100),
    ],
)
def test_constants_need_whole_words(text: str, value: int) -> None:
    """গজ is not in কাগজ, সের not in বাসের, হার not in উপহার."""
    assert not grounded(graph_over(8, value), text).passed


def test_one_is_always_grounded() -> None:
    """Adding or taking one needs no word."""
    text = "আবিরের সামনে ১৫ জন দাঁড়িয়ে আছে। আবির সারির কত নম্বরে?"
    assert judged("n1 + 1", text)["grounding"].passed


def test_a_number_mentioned_once_does_not_ground_two_constants() -> None:
    """Multiplicity counts: 5 is written once, so a second constant 5 comes from nowhere."""
    assert not grounded(graph_over(5, 5), "রনির ৫টি বই ও ৩টি খাতা আছে। মোট কয়টি?").passed


# --- coverage --------------------------------------------------------------------------------


def test_numbers_may_be_used_or_flagged() -> None:
    """Every number of the question has its node."""
    assert judged("!n3; n1 * n2", PENS_AND_MORE)["coverage"].passed


def test_unmentioned_number_is_reported() -> None:
    """A number that the graph passes over is named as the text writes it."""
    check = judged("n1 * n2", PENS_AND_MORE)["coverage"]
    assert not check.passed
    assert "৫০" in check.detail


def test_equal_numbers_are_covered_one_by_one() -> None:
    """Two fives need two nodes."""
    text = "রনির ৫টি বই আছে। তার বোনের ৫টি বই আছে। রনির আরও ৩টি খাতা আছে। রনির মোট কয়টি জিনিস?"
    assert judged("!n2; n1 + n3", text)["coverage"].passed
    assert not judged("n1 + n3", text)["coverage"].passed


def test_articles_and_ordinals_need_no_node() -> None:
    """একটি that says "a" and প্রথম are no quantities."""
    text = "একটি ঝুড়িতে ১২টি আম আছে। প্রথম দিন ৪টি বিক্রি হলো। কয়টি আম বাকি আছে?"
    assert judged("n1 - n2", text)["coverage"].passed


# --- units -----------------------------------------------------------------------------------


def test_sum_of_money_and_mass_is_reported() -> None:
    """টাকা and কেজি do not add up."""
    text = "আব্বু ৩ কেজি চাল আর ২০০ টাকা নিয়ে বাড়ি ফিরলেন। তাঁর কাছে কত টাকা আছে?"
    check = judged("n1 + n2", text)["units"]
    assert not check.passed
    assert "টাকা" in check.detail or "money" in check.detail


def test_difference_of_time_and_length_is_reported() -> None:
    """ঘণ্টা and কিলোমিটার do not subtract."""
    text = "একটি বাস ৪ ঘণ্টায় ২০০ কিলোমিটার গেল। বাসটি কত কিলোমিটার গেল?"
    assert not judged("n2 - n1", text)["units"].passed


def test_sum_of_one_dimension_holds() -> None:
    """Money adds to money."""
    text = "সীমার ১২০ টাকা ছিল। মা আরও ৮০ টাকা দিলেন। সীমার এখন কত টাকা আছে?"
    assert judged("n1 + n2", text)["units"].passed


def test_price_times_count_is_money() -> None:
    """Things counted take the unit of what they are multiplied by."""
    assert judged("n1 * n2", PENS)["units"].passed


def test_answer_must_have_the_unit_asked_for() -> None:
    """A question for kilograms is not answered in taka."""
    text = "দোকানে ৫০ কেজি আলু ছিল। আলু বেচে ৩০০ টাকা ও ডাল বেচে ২০০ টাকা হলো। কত কেজি আলু ছিল?"
    assert not judged("!n1; n2 + n3", text)["units"].passed
    assert judged("!n2 !n3; n1", text)["units"].passed


def test_sum_of_different_things_counted_holds() -> None:
    """Nouns that are counted are no dimension: mangoes and lemons are fruit together."""
    text = "ঝুড়িতে ১৮টি আম আর ৫টি লেবু আছে। ঝুড়িতে মোট কয়টি ফল আছে?"
    assert judged("n1 + n2", text)["units"].passed


@pytest.mark.parametrize(
    ("compact", "text"),
    [
        ("n2 / n1", "একটি বাস ৪ ঘণ্টায় ২০০ কিলোমিটার যায়। প্রতি ঘণ্টায় কত কিলোমিটার যায়?"),
        ("n1 * n2", "ট্রেনটি ঘণ্টায় ৬০ কিলোমিটার বেগে ৩ ঘণ্টা চলল। কত কিলোমিটার গেল?"),
        ("n1 * n2; s1 / 100", "২০০ টাকার ১৫% ছাড় দিলে কত টাকা ছাড় পাওয়া যাবে?"),
        ("n1 * n2", "প্রতি কেজি ডালের দাম ১১০ টাকা হলে ৪ কেজি ডালের দাম কত টাকা?"),
        ("n2 / n1", "৪ কেজি চালের দাম ২৬০ টাকা হলে ১ কেজি চালের দাম কত টাকা?"),
        ("n2 / n1; s1 * n3", "৪ কেজি চালের দাম ২৬০ টাকা হলে ৭ কেজি চালের দাম কত টাকা?"),
        ("n2 / n1; s1 * n3", "একটি বাস ৩ ঘণ্টায় ১২০ কিলোমিটার যায়। ৫ ঘণ্টায় কত কিলোমিটার যাবে?"),
        ("n1 / n2; n3 / s1", "১২০ কিলোমিটার যেতে ৩ ঘণ্টা লাগে। ২০০ কিলোমিটার যেতে কত ঘণ্টা লাগবে?"),
        ("n1 / n2; s1 * n3", "১০ লিটার তেলে গাড়িটি ১৫০ কিলোমিটার যায়। ৪৫০ কিলোমিটারে কত লিটার লাগবে?"),
        ("n1 * 60; s1 + n2", "সিনেমাটি ২ ঘণ্টা ১৫ মিনিট চলল। কত মিনিট চলল?"),
        ("n1 * n2; s1 / n3", "৬ জন লোক একটি কাজ ১০ দিনে করে। ৪ জন লোক কাজটি কত দিনে করবে?"),
        ("n1 - n2", "মায়ের বয়স ৩৮ বছর, মেয়ের বয়স ১২ বছর। মা মেয়ের চেয়ে কত বছরের বড়?"),
        ("n1 * n2", "একটি মাঠ ৩০ মিটার লম্বা ও ২০ মিটার চওড়া। ক্ষেত্রফল কত বর্গমিটার?"),
        ("n1 / n2", "১২ মিটার ফিতা থেকে ২ মিটার করে টুকরা কাটলে কয়টি টুকরা হবে?"),
    ],
)
def test_usual_questions_keep_their_units(compact: str, text: str) -> None:
    """Rates, prices, percentages, ages, areas and pieces raise no false alarm."""
    check = judged(compact, text)["units"]
    assert check.passed, check.detail


# --- plausibility ----------------------------------------------------------------------------


def test_fraction_of_a_person_is_reported() -> None:
    """People come in whole numbers."""
    text = "২৫ জন ছাত্রকে ৪টি দলে ভাগ করা হলো। প্রতি দলে কতজন ছাত্র?"
    check = judged("n1 / n2", text)["plausibility"]
    assert not check.passed
    assert check.detail


def test_how_much_is_no_count() -> None:
    """কতটা asks how much as well as how many: of milk there may be half a litre."""
    text = "জগে ০.৮ লিটার দুধ ছিল। মিতু ০.৩ লিটার খেল। কতটা দুধ রইল?"
    check = judged("n1 - n2", text)["plausibility"]
    assert check.passed, check.detail


def test_negative_count_is_reported() -> None:
    """Nobody has fewer than no pencils."""
    text = "নীলা বাক্স থেকে ৮টি পেন্সিল নিল। বাক্সে ১৫টি পেন্সিল ছিল। বাক্সে কয়টি পেন্সিল রইল?"
    assert not judged("n1 - n2", text)["plausibility"].passed
    assert judged("n2 - n1", text)["plausibility"].passed


def test_money_may_be_broken() -> None:
    """A price is no count: half a taka is plausible."""
    text = "৪টি চকলেটের দাম ৩০ টাকা হলে ১টি চকলেটের দাম কত টাকা?"
    assert judged("!n3; n2 / n1", text)["plausibility"].passed


def test_negative_price_is_reported() -> None:
    """No price lies below zero."""
    text = "একটি বইয়ের দাম ৯০ টাকা, খাতার দাম ৪০ টাকা। বইটির দাম কত টাকা বেশি?"
    assert not judged("n2 - n1", text)["plausibility"].passed
    assert judged("n1 - n2", text)["plausibility"].passed


def test_share_above_the_whole_is_reported() -> None:
    """What part of a class passed, in per cent, is at most 100."""
    text = "৮০ জন পরীক্ষার্থীর মধ্যে ৪০ জন পাস করেছে। শতকরা কতজন পাস করেছে?"
    assert judged("n2 / n1; s1 * 100", text)["plausibility"].passed
    assert not judged("n1 / n2; s1 * 100", text)["plausibility"].passed


# --- properties ------------------------------------------------------------------------------

terms = st.sampled_from(["n1", "n2", "n3", "2", "0"])
steps = st.builds("{} {} {}".format, terms, st.sampled_from("+-*/"), terms)


@given(st.lists(steps, min_size=1, max_size=4), st.sampled_from(["", "!n1; ", "!n2 !n3; "]))
def test_every_graph_that_runs_is_judged(lines: list[str], header: str) -> None:
    """No graph that executes makes a check raise, and the verdict is the sum of its checks."""
    question: Question = read_question(PENS_AND_MORE)
    graph = read_compact(header + "; ".join(lines), question.numbers)
    try:
        execution = execute(graph)
    except ExecutionError:
        return
    verification = verify(graph, execution, question)
    assert verification.passed == all(check.passed for check in verification.checks)
    assert [check.name for check in verification.checks] == ALWAYS + WITH_A_QUESTION


@given(st.lists(st.integers(-1_000, 1_000), min_size=2, max_size=5))
def test_a_sum_depends_on_each_of_its_terms(values: list[int]) -> None:
    """No term of a sum is inert, whatever the values."""
    graph = graph_over(*values, op="sum")
    assert verify(graph, execute(graph))["counterfactual"].passed


def test_large_graph_is_judged() -> None:
    """Four thousand nodes, half of them distractors, give their verdict."""
    nodes = [Node(id="n0", op="const", val=Fraction(1))]
    for i in range(1, 2_000):
        nodes.append(Node(id=f"d{i}", op="const", val=Fraction(i), distractor=True))
        nodes.append(Node(id=f"s{i}", op="add", args=(f"s{i - 1}" if i > 1 else "n0", "n0")))
    graph = Graph(nodes=(*nodes, Node(id=FINAL_ID, op="identity", args=("s1999",))))
    assert failed(verify(graph, execute(graph))) == []
