"""LangChain's own tests of a tool; their names and docstrings are theirs."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langchain_dagger import DaggerMathTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

EXAMPLE = {
    "question": "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
}


class TestDaggerMathToolUnit(ToolsUnitTests):
    """The unit tests."""

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return DaggerMathTool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLE


class TestDaggerMathToolIntegration(ToolsIntegrationTests):
    """The integration tests: the embedded model is all they need."""

    @property
    def tool_constructor(self) -> type[BaseTool] | BaseTool:
        return DaggerMathTool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLE
