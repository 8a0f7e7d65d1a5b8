"""Backends that write a graph for a question, chosen by a short address."""

from dagger_tools.generators.base import Calibration, Candidate, Generator, Refusal, read_candidate
from dagger_tools.generators.registry import known_generators, open_generator

__all__ = [
    "Calibration",
    "Candidate",
    "Generator",
    "Refusal",
    "known_generators",
    "open_generator",
    "read_candidate",
]
