"""What the tests of the embedded model's training share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagger_tools.training.nano import train_nano
from tests.training.tiny_run import ROWS, TINY


@pytest.fixture(scope="session")
def bmwp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file of BMWP's shape, with rows that cannot be used among them."""
    path = tmp_path_factory.mktemp("data") / "bmwp.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, bmwp: Path) -> Path:
    """A finished tiny checkpoint."""
    return train_nano(tmp_path_factory.mktemp("run"), TINY, bmwp=bmwp, save_every=2)
