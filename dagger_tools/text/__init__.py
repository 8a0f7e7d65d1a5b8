"""Bangla text: normalisation, numerals, units, and what a question asks for."""

from dagger_tools.text.normalise import Normalised, normalise, normalised
from dagger_tools.text.number import Number, NumberKind, Question
from dagger_tools.text.numerals import find_numbers, parse_number, split_unit
from dagger_tools.text.question import (
    MAX_QUESTION_CHARS,
    check_text,
    format_quantity,
    read_question,
)
from dagger_tools.text.units import Unit, find_unit, strip_ending
from dagger_tools.text.words import format_number, share_in_words, to_bangla_digits, to_words

__all__ = [
    "MAX_QUESTION_CHARS",
    "Normalised",
    "Number",
    "NumberKind",
    "Question",
    "Unit",
    "check_text",
    "find_numbers",
    "find_unit",
    "format_number",
    "format_quantity",
    "normalise",
    "normalised",
    "parse_number",
    "read_question",
    "share_in_words",
    "split_unit",
    "strip_ending",
    "to_bangla_digits",
    "to_words",
]
