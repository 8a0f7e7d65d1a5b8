"""``doctor``: what is usable, and what to do about the rest, also when things are broken."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import onnxruntime
import pytest
from click.testing import CliRunner

from dagger_tools.cli import main
from dagger_tools.generators import known_generators, nano


def doctor() -> tuple[int, str]:
    """Exit code and standard output; anything but a clean exit fails the test."""
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def without(monkeypatch: pytest.MonkeyPatch, *absent: str) -> None:
    """Let these distributions seem not installed."""

    def found(name: str) -> str:
        if name in absent:
            raise PackageNotFoundError(name)
        return version(name)

    # by its name: the package holds the command under the name of its module
    monkeypatch.setattr(sys.modules["dagger_tools.cli.doctor"], "version", found)


def test_whole_installation_is_reported() -> None:
    """Versions, accelerators, generators and the embedded model are all named; exit 0."""
    code, out = doctor()
    assert code == 0
    assert f"dagger-tools {version('dagger-tools')}" in out
    assert f"numpy {version('numpy')}" in out
    assert all(provider in out for provider in onnxruntime.get_available_providers())
    assert all(name in out for name in known_generators())
    assert "embedded model answers" in out
    assert "BROKEN" not in out
    assert "MISSING" not in out


def test_absent_extra_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optional package that is not installed costs nothing but a line that says how to get it."""
    without(monkeypatch, "torch")
    code, out = doctor()
    assert code == 0
    (line,) = [line for line in out.splitlines() if "torch" in line]
    assert "absent" in line
    assert "pip install 'dagger-tools[train]'" in line


def test_absent_runtime_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ONNX Runtime one line names both extras, and the exit code is not 0."""
    without(monkeypatch, "onnxruntime", "onnxruntime-gpu")
    code, out = doctor()
    assert code == 1
    (line,) = [line for line in out.splitlines() if "MISSING" in line]
    assert "dagger-tools[cpu]" in line
    assert "[gpu]" in line


def test_absent_core_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation is what doctor is asked about: it names the package and goes on."""
    without(monkeypatch, "llguidance")
    code, out = doctor()
    assert code == 1
    assert [line for line in out.splitlines() if "llguidance" in line]


def test_runtime_that_cannot_be_imported_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """ONNX Runtime whose files are damaged is told, not raised."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    code, out = doctor()
    assert code == 1
    assert "onnxruntime" in out


@pytest.mark.parametrize("damage", ["absent", "cut off", "another shape"])
def test_broken_model_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str
) -> None:
    """A model that cannot be opened is named with what to do, and the exit code is 1."""
    folder = tmp_path / "nano"
    if damage != "absent":
        shutil.copytree(nano.EMBEDDED, folder)
    if damage == "cut off":
        (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:1000])
    elif damage == "another shape":
        (folder / "manifest.json").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(nano, "EMBEDDED", folder)
    code, out = doctor()
    assert code == 1
    (line,) = [line for line in out.splitlines() if "BROKEN" in line]
    assert str(folder) in line
    assert "reinstall" in line


def test_arguments_are_bad_usage() -> None:
    """doctor takes none."""
    assert CliRunner().invoke(main, ["doctor", "extra"]).exit_code == 2
