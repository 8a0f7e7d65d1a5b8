"""What the tests of the language-model generators share."""

from __future__ import annotations

import pytest
import torch

from tests.taught import Taught, make_taught


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """A tiny checkpoint that really writes graphs."""
    # on a busy machine the threads of a tiny model only wait for each other
    torch.set_num_threads(1)
    return make_taught(tmp_path_factory.mktemp("taught") / "model")
