"""dagger-tools: a Bangla maths question in, a checked answer out.

>>> from dagger_tools import Solver
>>> answer = Solver().solve("মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। ...")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagger_tools.answer import Answer
    from dagger_tools.errors import DaggerError
    from dagger_tools.graph import Graph, Node
    from dagger_tools.router import Route
    from dagger_tools.solver import Solver

__all__ = ["Answer", "DaggerError", "Graph", "Node", "Route", "Solver"]

_HOME = {
    "Answer": "dagger_tools.answer",
    "DaggerError": "dagger_tools.errors",
    "Graph": "dagger_tools.graph",
    "Node": "dagger_tools.graph",
    "Route": "dagger_tools.router",
    "Solver": "dagger_tools.solver",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: a host that only routes loads no model code."""
    if name not in _HOME:
        raise AttributeError(f"module 'dagger_tools' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
