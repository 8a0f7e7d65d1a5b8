"""The folder of an export: links, other people's files, two exports at once, a full disk."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from dagger_tools.errors import DaggerError, ExportError, InputError
from dagger_tools.export import export_checkpoint
from dagger_tools.whole_folder import whole_folder
from tests.checkpoints import make_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint."""
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    make_checkpoint(folder, layout="causal", max_position_embeddings=128)
    return folder


def write(out: Path) -> None:
    """A folder of one file."""
    with whole_folder(out, needed=lambda: 5_000_000) as part:
        (part / "model").write_text("whole", "utf-8")


def test_a_link_is_followed_and_an_empty_folder_taken(checkpoint: Path, tmp_path: Path) -> None:
    """What a link names appears whole; the link stays."""
    (tmp_path / "target").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    export_checkpoint(str(checkpoint), link, graph="fused", quantisation="none")
    assert link.is_symlink()
    assert (tmp_path / "target" / "manifest.json").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]
    assert not list((tmp_path / "target").glob("*.lock"))


def test_what_is_not_ours_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that no export marked, be it a file, a folder or a link, and the current folder."""
    (tmp_path / "a.part").write_text("x", "utf-8")
    (tmp_path / "b.part").mkdir()
    (tmp_path / "b.part" / "thesis.txt").write_text("x", "utf-8")
    (tmp_path / "c.part").symlink_to(tmp_path / "b.part")
    (tmp_path / "d").symlink_to(tmp_path / "nowhere")
    for name in "abcd":
        with pytest.raises(InputError):
            write(tmp_path / name)
    assert (tmp_path / "b.part" / "thesis.txt").exists()
    (tmp_path / "e").mkdir()
    monkeypatch.chdir(tmp_path / "e")
    with pytest.raises(InputError, match="current folder"):
        write(Path())


def test_two_exports_to_one_folder(tmp_path: Path) -> None:
    """The second is refused while the first writes, and nothing of the first is lost."""
    out = tmp_path / "out"
    with whole_folder(out, needed=lambda: 0) as part:
        (part / "model").write_text("first", "utf-8")
        with pytest.raises(InputError, match="another run"):
            write(out)
    assert (out / "model").read_text("utf-8") == "first"


def test_what_a_killed_export_left_is_removed(tmp_path: Path) -> None:
    """Its mark is there, and nobody holds it."""
    left = tmp_path / "out.part"
    left.mkdir()
    (left / "dagger-tools-export.lock").touch()
    (left / "old").touch()
    write(tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model"]
    assert not left.exists()


def test_a_place_that_cannot_be_written_is_typed(tmp_path: Path) -> None:
    """A file where a folder should be on the way."""
    (tmp_path / "file").touch()
    with pytest.raises(DaggerError):
        write(tmp_path / "file" / "out")


def test_a_full_disk_names_the_space_needed(checkpoint: Path, tmp_path: Path) -> None:
    """The system's refusal to write on becomes an ExportError, and nothing stays."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(ExportError, match="MB are needed"):
            export_checkpoint(str(checkpoint), tmp_path / "out", graph="fused")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
