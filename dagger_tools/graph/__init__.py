"""The computational graph: its shape, its notations, exact execution, and the checks on it."""

from dagger_tools.graph.execute import Execution, ancestors, execute, structure_faults
from dagger_tools.graph.model import Graph, Node, json_number
from dagger_tools.graph.ops import OPERATIONS

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
