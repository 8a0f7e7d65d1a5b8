"""What a number has to do with the question and with the other numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dagger_tools.errors import InputError
from dagger_tools.generators.nano_links import NumberLink, number_links
from dagger_tools.text import read_question


def links(text: str) -> list[NumberLink]:
    """The links of a text's numbers."""
    return list(number_links(read_question(text)))


def test_asked_numbers_share_a_noun_with_the_question() -> None:
    """Lemons are not asked for, mangoes are."""
    found = links("ঝুড়িতে ১৮টি আম আর ৫টি লেবু আছে। ঝুড়িতে কয়টি আম আছে?")
    assert [link.asked for link in found] == [True, False]
    assert not any(link.closest for link in found)


def test_numbers_of_the_same_things_are_one_group() -> None:
    """Apps before and after are one group, files another, whatever their order."""
    found = links("ফোনে ২৪টি অ্যাপ ও ৯টি ফাইল ছিল। এখন ৫টি ফাইল ও ১২টি অ্যাপ আছে। কয়টি অ্যাপ মোছা হলো?")
    assert [link.group for link in found] == [1, 2, 2, 1]
    assert [link.asked for link in found] == [True, False, False, True]


def test_units_group_whatever_their_ending() -> None:
    """টাকায় and টাকার are one unit."""
    found = links("খাতাটি ৪০ টাকায় কিনে ৫৫ টাকায় বেচল। লাভ কত টাকা?")
    assert [link.group for link in found] == [1, 1]


def test_the_closest_are_told_from_the_merely_asked() -> None:
    """All are marbles; the question is about the red and the green ones."""
    text = "থলেতে ৭টি লাল মার্বেল, ৯টি হলুদ মার্বেল ও ৮টি সবুজ মার্বেল আছে। লাল মার্বেল ও সবুজ মার্বেল মোট কতটি?"
    found = links(text)
    assert [link.closest for link in found] == [True, False, True]
    assert all(link.asked for link in found)


def test_a_number_that_counts_nothing_has_no_group() -> None:
    """A bare number stands by itself."""
    assert [link.group for link in links("৫, ৭। কত?")] == [None, None]


@given(st.text(alphabet="আমকলরটি ।?,৫৭", min_size=1, max_size=60))
def test_every_number_has_its_link(text: str) -> None:
    """As many links as numbers, and groups counted from one without a gap."""
    try:
        question = read_question(text)
    except InputError:
        return
    found = number_links(question)
    assert len(found) == len(question.numbers)
    groups = {link.group for link in found} - {None}
    assert groups == set(range(1, len(groups) + 1))
