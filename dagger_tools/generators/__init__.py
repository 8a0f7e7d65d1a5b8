"""Backends that write a graph for a question, chosen by a short address."""

from dagger_tools.generators.base import (
    GREEDY,
    Calibration,
    Candidate,
    Completer,
    Completion,
    Decoding,
    Generator,
    Preferring,
    Refusal,
    Repairer,
    read_candidate,
    usual_decoding,
)
from dagger_tools.generators.registry import known_generators, open_generator

__all__ = [
    "GREEDY",
    "Calibration",
    "Candidate",
    "Completer",
    "Completion",
    "Decoding",
    "Generator",
    "Preferring",
    "Refusal",
    "Repairer",
    "known_generators",
    "open_generator",
    "read_candidate",
    "usual_decoding",
]
