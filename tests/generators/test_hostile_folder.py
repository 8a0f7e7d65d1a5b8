"""Folders for ``onnx:`` that somebody tampered with: each fault is a ModelFileError, none is believed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dagger_tools.errors import ModelFileError
from dagger_tools.export import export_checkpoint
from dagger_tools.generators import open_generator
from dagger_tools.generators.manifest import hash_of
from tests.checkpoints import make_checkpoint


@pytest.fixture(scope="module", params=["fused", "optimum"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random checkpoint, exported."""
    folder = tmp_path_factory.mktemp("hostile")
    make_checkpoint(folder / "model", layout="causal", max_position_embeddings=128)
    export_checkpoint(
        str(folder / "model"), folder / "out", graph=request.param, quantisation="none"
    )
    open_generator(f"onnx:{folder / 'out'}")
    return folder / "out"


def manifest_of(folder: Path) -> dict[str, Any]:
    """What the manifest says."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return manifest


def write(folder: Path, manifest: dict[str, Any]) -> None:
    """Put another manifest there."""
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """A copy to be tampered with."""
    shutil.copytree(exported, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": {}},
        {"sha256": []},
        {"format": 99},
        {"stop": "12"},
        {"stop": ["1"]},
        {"graph": ["fused"]},
        {"graph": None},
        {"prompt": {"system": 5}},
        {"prompt": None},
        {"dims": {"context": 10**9, "vocabulary": 600}},
        {"dims": {"context": -5, "vocabulary": 600}},
        {"dims": {"context": 128, "vocabulary": 10}},
        {"dims": {"context": 128, "vocabulary": 10**6}},
        {"dims": {"context": 128, "vocabulary": 10**11}},
        {"dims": {"context": 128, "vocabulary": "600"}},
    ],
)
def test_a_manifest_that_says_what_cannot_be(copy: Path, changes: dict[str, Any]) -> None:
    """Every field that is used is of its type, and of a size that can be."""
    write(copy, manifest_of(copy) | changes)
    with pytest.raises(ModelFileError):
        open_generator(f"onnx:{copy}")


@pytest.mark.parametrize("name", ["/dev/zero", "../copy/prompt.txt", "..", "endless"])
def test_only_files_of_the_folder_are_read(copy: Path, name: str) -> None:
    """A manifest that names a device, or a file elsewhere, is refused before anything is read."""
    (copy / "endless").symlink_to("/dev/zero")
    manifest = manifest_of(copy)
    manifest["sha256"] = {name: "00", **manifest["sha256"]}
    write(copy, manifest)
    with pytest.raises(ModelFileError, match="no file of it"):
        open_generator(f"onnx:{copy}")


def test_another_graph_is_noticed(copy: Path) -> None:
    """A graph of other inputs does not get as far as a question."""
    import onnx
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["input_ids"], ["logits"])],
        "other",
        [value("input_ids", TensorProto.INT64, ["rows", "width"])],
        [value("logits", TensorProto.INT64, ["rows", "width"])],
    )
    opset = [helper.make_opsetid("", 21)]
    onnx.save(helper.make_model(graph, ir_version=10, opset_imports=opset), copy / "model.onnx")
    manifest = manifest_of(copy)
    manifest["sha256"]["model.onnx"] = hash_of(copy / "model.onnx")
    write(copy, manifest)
    with pytest.raises(ModelFileError, match=r"model\.onnx"):
        open_generator(f"onnx:{copy}")


def test_a_template_that_is_no_text_is_typed(copy: Path) -> None:
    """Bytes that are no UTF-8 in the chat template."""
    (copy / "chat_template.jinja").write_bytes(b"\xff\xfe{{")
    manifest = manifest_of(copy)
    manifest["sha256"]["chat_template.jinja"] = hash_of(copy / "chat_template.jinja")
    write(copy, manifest)
    with pytest.raises(ModelFileError, match="chat_template"):
        open_generator(f"onnx:{copy}")
