"""What the benchmarks build is whole, or built again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.checkpoints import build


def test_a_builder_that_died_leaves_nothing_that_is_measured(tmp_path: Path) -> None:
    """A builder that stops half-way leaves no folder of the engine's name; the next one writes it."""
    package = tmp_path / "builder" / "onnxruntime_genai"
    (package / "models").mkdir(parents=True)
    for folder in (package, package / "models"):
        (folder / "__init__.py").touch()
    script = package / "models" / "builder.py"
    half = (
        "import pathlib, sys\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('-o') + 1])\n"
        "out.mkdir(parents=True)\n"
        "(out / 'model.onnx').touch()\n"
    )
    script.write_text(half + "sys.exit(1)\n", "utf-8")
    out = tmp_path / "genai-fp32"
    with pytest.raises(subprocess.CalledProcessError):
        build("genai-fp32", tmp_path / "checkpoint", out, tmp_path / "builder")
    assert not out.exists()
    script.write_text(half, "utf-8")
    build("genai-fp32", tmp_path / "checkpoint", out, tmp_path / "builder")
    assert [path.name for path in out.iterdir()] == ["model.onnx"]
