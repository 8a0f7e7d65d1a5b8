"""What can go wrong, as one small tree.

::

    DaggerError                 root of everything this package raises on purpose
    ├── InputError              what the caller passed in cannot be used (also a ValueError)
    ├── GraphError              a graph is unreadable or cannot be executed; lists every fault
    │   ├── GraphParseError     the text holds no complete graph
    │   ├── GraphStructureError nodes that do not fit together: ids, references, arity, cycles
    │   └── ExecutionError      arithmetic that has no answer, or leaves the bounds
    ├── GeneratorError          a generator could not do its work
    │   ├── CancelledError          the caller stopped the work
    │   ├── GeneratorAddressError   no generator answers to this address
    │   ├── GeneratorUnavailableError   a server is dead, busy or refuses; says if a retry can help
    │   ├── ModelFileError      a model's files are missing, corrupt or do not fit together
    │   └── ExportError         an exported graph does not compute what its checkpoint does
    └── MissingDependencyError  an optional package is not installed (also an ImportError)

A question that could not be solved is not among them: that is a normal ``Answer`` whose
status says so.  Every error says what was wrong, where, and (``hint``) what to do about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "CancelledError",
    "DaggerError",
    "ExecutionError",
    "ExportError",
    "Fault",
    "GeneratorAddressError",
    "GeneratorError",
    "GeneratorUnavailableError",
    "GraphError",
    "GraphParseError",
    "GraphStructureError",
    "InputError",
    "MissingDependencyError",
    "ModelFileError",
]


_SHOWN_FAULTS = 20
"""Faults in a message; ``GraphError.faults`` has them all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a graph: ``path`` is JSONPath-like, ``$.nodes[3].args[0]``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class DaggerError(Exception):
    """Root of the tree.

    ``message`` says what was wrong and where; ``hint`` (may be empty) says what to do.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class InputError(DaggerError, ValueError):
    """The caller's text, file or option cannot be used as it is."""


class GraphError(DaggerError):
    """A graph is unreadable or cannot be executed; ``faults`` lists everything found at once."""

    def __init__(self, faults: Iterable[Fault], *, hint: str = "") -> None:
        self.faults = tuple(faults)
        shown = [str(fault) for fault in self.faults[:_SHOWN_FAULTS]]
        if len(self.faults) > _SHOWN_FAULTS:
            shown.append(f"and {len(self.faults) - _SHOWN_FAULTS} more")
        super().__init__("; ".join(shown), hint=hint)


class GraphParseError(GraphError):
    """The text holds no complete graph: not JSON, truncated, or of another shape."""


class GraphStructureError(GraphError):
    """The nodes do not fit together: ids, references, operations, arity, cycles, the final node."""


class ExecutionError(GraphError):
    """A node's arithmetic has no answer (division by zero) or leaves the bounds."""


class GeneratorError(DaggerError):
    """A generator could not do its work: a fault of the set-up, not of the question."""


class CancelledError(GeneratorError):
    """The caller stopped the work before it was done; nothing is wrong."""


class GeneratorAddressError(GeneratorError, ValueError):
    """No generator answers to this address."""


class GeneratorUnavailableError(GeneratorError):
    """A server cannot be reached, is too busy, or refuses; ``retryable``: a later try may succeed."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class ModelFileError(GeneratorError):
    """A model's files are missing, corrupt, or do not fit together."""


class ExportError(GeneratorError):
    """An exported graph does not compute what its checkpoint does."""


class MissingDependencyError(DaggerError, ImportError):
    """An optional package is not installed; the hint is the exact ``pip install`` line."""
