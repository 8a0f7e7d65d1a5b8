"""Bangla maths questions in LlamaIndex: tools for agents, a query engine, a workflow.

>>> from llama_index.tools.dagger import DaggerToolSpec
>>> tools = DaggerToolSpec().to_tool_list()

``llama_index.tools.dagger.pipeline`` holds the workflow, and the query pipeline component for
llama-index-core 0.12.
"""

from llama_index.tools.dagger.base import DaggerToolSpec
from llama_index.tools.dagger.pipeline import AskEvent, DaggerWorkflow, MathEvent, OtherEvent
from llama_index.tools.dagger.query_engine import DaggerQueryEngine

__all__ = [
    "AskEvent",
    "DaggerQueryEngine",
    "DaggerToolSpec",
    "DaggerWorkflow",
    "MathEvent",
    "OtherEvent",
]
