"""What tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import TransformersServer
from tests.taught import Taught, make_taught


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """A tiny checkpoint that really writes graphs."""
    import torch

    # on a busy machine the threads of a tiny model only wait for each other
    torch.set_num_threads(1)
    return make_taught(tmp_path_factory.mktemp("taught") / "model")


@pytest.fixture(scope="session")
def server(taught: Taught) -> Iterator[TransformersServer]:
    """The taught checkpoint behind a real ``transformers serve``."""
    running = TransformersServer(taught.folder)
    running.wait()
    yield running
    running.kill()
