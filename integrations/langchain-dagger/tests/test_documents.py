"""What the README and the examples show is what they do."""

from __future__ import annotations

import re
import runpy
from contextlib import redirect_stdout
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import langchain_dagger
import pytest

HERE = Path(__file__).parent.parent
EXAMPLES = HERE.parent.parent / "examples"


def test_readme_snippets_print_what_the_readme_says() -> None:
    """Each Python block, run after those before it, prints the text block that follows it."""
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    pairs = re.findall(r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert len(pairs) == readme.count("```python")
    scope: dict[str, Any] = {}
    for code, expected in pairs:
        printed = StringIO()
        with redirect_stdout(printed):
            exec(code, scope)
        assert printed.getvalue() == expected


@pytest.mark.parametrize("name", ["langchain_agent.py", "langchain_chatbot.py"])
def test_examples_run_offline(name: str) -> None:
    """An example answers on the embedded model."""
    printed = StringIO()
    with redirect_stdout(printed):
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert "৫০০ টাকা" in printed.getvalue()


def test_package_is_typed_and_lists_its_names_in_order() -> None:
    """py.typed is installed, and __all__ is sorted and true."""
    assert files(langchain_dagger).joinpath("py.typed").is_file()
    assert langchain_dagger.__all__ == sorted(langchain_dagger.__all__)
    assert all(hasattr(langchain_dagger, name) for name in langchain_dagger.__all__)
