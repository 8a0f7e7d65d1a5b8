"""The computational graph: its shape, its notations, exact execution, and the checks on it."""

from dagger_tools.graph.execute import Execution, execute
from dagger_tools.graph.model import Graph, Node, json_number
from dagger_tools.graph.ops import OPERATIONS
from dagger_tools.graph.structure import ancestors, structure_faults

__all__ = [
    "OPERATIONS",
    "Execution",
    "Graph",
    "Node",
    "ancestors",
    "execute",
    "json_number",
    "structure_faults",
]
