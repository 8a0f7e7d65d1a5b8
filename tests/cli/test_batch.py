"""Files of questions: order, bad rows, interruption, a full disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
COMMAND = [sys.executable, "-c", "from dagger_tools.cli import main; main()", "batch"]


def batch(source: Path, target: Path) -> tuple[int, str]:
    """Run the command in this process; exit code and standard error."""
    result = CliRunner().invoke(main, ["batch", str(source), str(target)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stderr


def rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, each a whole line."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n") or not text
    return [json.loads(line) for line in text.splitlines()]


def questions(path: Path, count: int) -> Path:
    """A file of so many questions with their own numbers."""
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            text = PENS.replace("১০০", str(100 + i))
            print(json.dumps({"id": f"q{i}", "question": text}, ensure_ascii=False), file=file)
    return path


def test_rows_come_back_in_order(tmp_path: Path) -> None:
    """Ids and order are those of the input."""
    source = questions(tmp_path / "in.jsonl", 20)
    code, _ = batch(source, tmp_path / "out.jsonl")
    found = rows(tmp_path / "out.jsonl")
    assert code == 0
    assert [row["id"] for row in found] == [f"q{i}" for i in range(20)]
    assert [row["answer"]["value"] for row in found] == [(100 + i) * 5 for i in range(20)]


def test_bad_rows_give_rows_with_errors(tmp_path: Path) -> None:
    """Whatever a line is, the run goes on and the line has its row."""
    good = json.dumps({"id": 1, "question": PENS})
    lines = [
        good.encode(),
        b"{not json",
        b'{"id": "x"}',
        b'{"id": "empty", "question": "  "}',
        b'{"id": "long", "question": "' + b"a" * 20_000 + b'"}',
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b'["a list"]',
        b'{"id": "huge", "question": "' + b"a" * 4_200_000 + b'"}',
        good.encode(),
        good.encode()[:40],
    ]
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"\n".join(lines))
    code, err = batch(source, tmp_path / "out.jsonl")
    found = rows(tmp_path / "out.jsonl")
    assert code == 0
    assert len(found) == len(lines)
    assert [("answer" in row) for row in found] == [True, *[False] * 8, True, False]
    assert all(row["error"]["message"] for row in found if "error" in row)
    assert found[3]["id"] == "empty"
    assert found[2]["row"] == 3
    assert "9 rows" in err


def test_empty_input_gives_an_empty_output(tmp_path: Path) -> None:
    """No rows are no fault."""
    (tmp_path / "in.jsonl").write_text("", encoding="utf-8")
    assert batch(tmp_path / "in.jsonl", tmp_path / "out.jsonl")[0] == 0
    assert rows(tmp_path / "out.jsonl") == []


def test_missing_input_is_bad_usage(tmp_path: Path) -> None:
    """A path that is not there is named."""
    code, err = batch(tmp_path / "absent.jsonl", tmp_path / "out.jsonl")
    assert code == 2
    assert "absent.jsonl" in err


def test_output_of_another_input_is_not_touched(tmp_path: Path) -> None:
    """Going on in the wrong file would mix two runs."""
    source = questions(tmp_path / "in.jsonl", 3)
    target = tmp_path / "out.jsonl"
    target.write_text('{"id": "other", "answer": {}}\n', encoding="utf-8")
    code, err = batch(source, target)
    assert code == 2
    assert "no output for" in err
    assert target.read_text(encoding="utf-8") == '{"id": "other", "answer": {}}\n'


def test_cut_off_line_is_done_again(tmp_path: Path) -> None:
    """Half a row of an interrupted run is replaced, whole rows are kept as they are."""
    source = questions(tmp_path / "in.jsonl", 5)
    target = tmp_path / "out.jsonl"
    batch(source, target)
    whole = target.read_bytes()
    lines = whole.splitlines(keepends=True)
    target.write_bytes(b"".join(lines[:2]) + lines[2][:50])
    batch(source, target)
    assert [row["id"] for row in rows(target)] == [f"q{i}" for i in range(5)]
    assert target.read_bytes().splitlines(keepends=True)[:2] == lines[:2]


def test_killed_run_goes_on(tmp_path: Path) -> None:
    """After SIGKILL in the middle a second run completes the file, nothing lost or doubled."""
    source, target = questions(tmp_path / "in.jsonl", 200), tmp_path / "out.jsonl"
    running = subprocess.Popen([*COMMAND, str(source), str(target)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not target.exists() or target.stat().st_size < 40_000):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = len(target.read_bytes().splitlines())
    assert 0 < done < 200
    subprocess.run([*COMMAND, str(source), str(target)], check=True, stderr=subprocess.DEVNULL)
    assert [row["id"] for row in rows(target)] == [f"q{i}" for i in range(200)]


@pytest.mark.parametrize("room", [0, 3_000, 20_001])
def test_full_disk_leaves_whole_rows(tmp_path: Path, room: int) -> None:
    """When no more can be written, what is there is valid, and a second run completes it."""
    source, target = questions(tmp_path / "in.jsonl", 30), tmp_path / "out.jsonl"

    def no_more_than_room() -> None:
        # the kernel then refuses the write, as a full disk does
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    stopped = subprocess.run(
        [*COMMAND, str(source), str(target)],
        capture_output=True,
        text=True,
        preexec_fn=no_more_than_room,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert stopped.returncode == 2, stopped.stderr
    assert "cannot write" in stopped.stderr
    assert "run the same command again" in stopped.stderr
    assert len(rows(target)) < 30
    subprocess.run([*COMMAND, str(source), str(target)], check=True, stderr=subprocess.DEVNULL)
    assert [row["id"] for row in rows(target)] == [f"q{i}" for i in range(30)]


def test_route_judges_files_of_texts(tmp_path: Path) -> None:
    """Rows of texts become rows of verdicts."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = [PENS, "আজ আবহাওয়া কেমন?", ""]
    source.write_text(
        "".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["route", str(source), str(target)])
    assert result.exit_code == 0
    found = rows(target)
    assert [row.get("math") for row in found] == [True, False, None]
    assert "error" in found[2]
