"""The computational graph: its shape, its notations, exact execution, and the checks on it."""

from dagger_tools.graph.execute import Execution, execute
from dagger_tools.graph.model import Graph, Node, json_number
from dagger_tools.graph.ops import OPERATIONS
from dagger_tools.graph.parse import parse
from dagger_tools.graph.steps import Step, explain, json_value
from dagger_tools.graph.structure import ancestors, structure_faults
from dagger_tools.graph.verify import CHECKS, Check, Verification, verify

__all__ = [
    "CHECKS",
    "OPERATIONS",
    "Check",
    "Execution",
    "Graph",
    "Node",
    "Step",
    "Verification",
    "ancestors",
    "execute",
    "explain",
    "json_number",
    "json_value",
    "parse",
    "structure_faults",
    "verify",
]
