"""What the tests of the language-model generators share."""

from __future__ import annotations

import pytest

from tests.taught import Taught, make_taught


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """A tiny checkpoint that really writes graphs."""
    return make_taught(tmp_path_factory.mktemp("taught") / "model")
