"""The router's weights, and what becomes of files that are not."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from dagger_tools.errors import ModelFileError
from dagger_tools.router.classifier import read_classifier


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights."""
    with resources.as_file(resources.files("dagger_tools.router") / "weights") as shipped:
        shutil.copytree(shipped, tmp_path / "weights")
    return tmp_path / "weights"


@pytest.mark.parametrize("name", ["network.npy", "question.npy", "other_maths.npy"])
@pytest.mark.parametrize("shape", [(), (7,), (3, 5)])
def test_arrays_of_another_shape_are_refused(
    folder: Path, name: str, shape: tuple[int, ...]
) -> None:
    """They would be looked up at wrong places, or past their end."""
    np.save(folder / name, np.zeros(shape, dtype=np.float16))
    with pytest.raises(ModelFileError, match=r"a (network|table) of"):
        read_classifier(folder)


def test_a_file_cut_off_is_refused(folder: Path) -> None:
    """With what to do about it."""
    path = folder / "question.npy"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelFileError, match=r"dagger_tools\.training\.router"):
        read_classifier(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    """Its name is in the message."""
    (folder / "network.npy").unlink()
    with pytest.raises(ModelFileError, match="network"):
        read_classifier(folder)


def test_objects_are_never_unpickled(folder: Path) -> None:
    """An array of Python objects is refused."""
    np.save(folder / "network.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ModelFileError):
        read_classifier(folder)


def test_weights_of_other_features_are_refused(folder: Path) -> None:
    """A row more or less would weigh one feature as another."""
    path = folder / "router.json"
    settings = json.loads(path.read_text("utf-8"))
    settings["names"] = settings["names"][1:]
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelFileError, match="other features"):
        read_classifier(folder)
