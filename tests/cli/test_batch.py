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

from dagger_tools import Answer
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
    source, target = questions(tmp_path / "in.jsonl", 100), tmp_path / "out.jsonl"
    running = subprocess.Popen([*COMMAND, str(source), str(target)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not target.exists() or target.stat().st_size < 40_000):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = len(target.read_bytes().splitlines())
    assert 0 < done < 100
    subprocess.run([*COMMAND, str(source), str(target)], check=True, stderr=subprocess.DEVNULL)
    assert [row["id"] for row in rows(target)] == [f"q{i}" for i in range(100)]


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


WEATHER = "আজ আবহাওয়া কেমন?"
"""A text that the router refuses: a row that costs no model."""


def write(path: Path, *found: dict[str, Any] | str) -> Path:
    """A file of these rows; a text stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in found]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_rows_hold_whole_answers(tmp_path: Path) -> None:
    """A row is the id and the Answer, whatever its status; refused ones are typed."""
    texts = [PENS, WEATHER, "৫টি আম, " * 17 + "মোট কতটি আম আছে?"]
    source = write(tmp_path / "in.jsonl", *({"id": i, "question": t} for i, t in enumerate(texts)))
    target = tmp_path / "out.jsonl"
    assert batch(source, target)[0] == 0
    found = rows(target)
    assert all(set(row) == {"id", "answer"} for row in found)
    assert all(set(row["answer"]) == set(Answer.model_fields) for row in found)
    assert [row["answer"]["question"] for row in found] == texts
    assert found[1]["answer"]["reason"] == "not_math"
    assert found[2]["answer"]["reason"] == "refused_by_generator"


def test_ids_of_every_kind_come_back(tmp_path: Path) -> None:
    """An id is whatever JSON the caller keeps by, also twice, also absent."""
    ids = [0, "", "ক", None, 1.5, True, [1, {"a": None}], {"b": 2}, "same", "same", 2**70]
    source = write(tmp_path / "in.jsonl", *({"id": i, "question": WEATHER} for i in ids))
    with source.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"question": WEATHER}) + "\n")
    target = tmp_path / "out.jsonl"
    assert batch(source, target)[0] == 0
    assert [row["id"] for row in rows(target)] == [*ids, None]
    whole = target.read_bytes()
    assert batch(source, target)[0] == 0
    assert target.read_bytes() == whole


def test_line_ends_and_marks_of_other_systems_are_read(tmp_path: Path) -> None:
    """A byte order mark, carriage returns and blank lines are no rows and no faults."""
    row = json.dumps({"id": 1, "question": WEATHER}).encode()
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + row + b"\r\n\r\n\n  \n" + row)
    assert batch(source, target)[0] == 0
    assert ["answer" in row for row in rows(target)] == [True, True]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "\\ud800", "question": "আম"}',
        '{"id": "x", "question": "৫টি আম ও ২টি আম মিলে মোট কতটি \\udfff আম?"}',
        '{"id": NaN, "question": "আম"}',
        '{"id": 1e999, "question": "আম"}',
        '{"id": ' + "1" * 5_000 + ', "question": "আম"}',
        '{"id": ' + "[" * 900 + "]" * 900 + ', "question": "আম"}',
        '{"id": "x", "question": "' + "৯" * 5_000 + 'টি আম ও ২টি আম মিলে মোট কতটি আম?"}',
        '{"id": "x", "question": "' + "৯" * 310 + '.৫টি আম ও ২টি আম মিলে মোট কতটি আম?"}',
        '{"id": "x", "question": ["৫"]}',
        "null",
    ],
    ids=[
        "half id",
        "half text",
        "nan",
        "inf",
        "long id",
        "deep id",
        "huge",
        "decimal",
        "list",
        "null",
    ],
)
def test_strange_row_does_not_stop_the_run(tmp_path: Path, line: str) -> None:
    """What JSON allows but nothing can use gives its row; the next follows, and again on resuming."""
    source = write(tmp_path / "in.jsonl", line, {"id": "next", "question": WEATHER})
    target = tmp_path / "out.jsonl"
    assert batch(source, target)[0] == 0
    whole = target.read_bytes()
    assert len(whole.splitlines()) == 2
    assert rows(target)[1]["id"] == "next"
    assert batch(source, target)[0] == 0
    assert target.read_bytes() == whole


def test_input_is_not_taken_for_the_output(tmp_path: Path) -> None:
    """The same file as both is refused under whatever name, and not a byte of it changes."""
    source = questions(tmp_path / "in.jsonl", 3)
    source.write_bytes(source.read_bytes()[:-1])  # a last line without its end
    before = source.read_bytes()
    (tmp_path / "link.jsonl").symlink_to(source)
    for target in (source, tmp_path / "link.jsonl"):
        code, _ = batch(source, target)
        assert source.read_bytes() == before
        assert code == 2


@pytest.mark.parametrize(
    "text",
    [
        "notes without a line end",
        "notes\n",
        "[]\n",
        "[" * 100_000 + "\n",
        '{"id": "q0"}\n',
        '{"id": "q1", "answer": {}}\n',
        '{"id": "q0", "answer": {}}\n' * 4,
    ],
    ids=["text", "line", "list", "deep", "no answer", "other id", "too many"],
)
def test_foreign_file_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    """A file that this command did not write from this input keeps every byte."""
    source, target = questions(tmp_path / "in.jsonl", 3), tmp_path / "out.jsonl"
    target.write_text(text, encoding="utf-8")
    code, err = batch(source, target)
    assert target.read_text(encoding="utf-8") == text
    assert code == 2
    assert "out.jsonl" in err


def test_output_of_other_questions_under_the_same_ids_is_refused(tmp_path: Path) -> None:
    """Sets are commonly numbered from 0: equal ids alone do not make it the same input."""
    first = write(tmp_path / "a.jsonl", {"id": 0, "question": WEATHER})
    second = write(tmp_path / "b.jsonl", *({"id": i, "question": "তুমি কে?"} for i in range(2)))
    target = tmp_path / "out.jsonl"
    batch(first, target)
    whole = target.read_bytes()
    assert batch(second, target)[0] == 2
    assert target.read_bytes() == whole


def test_generator_that_cannot_open_leaves_the_output(tmp_path: Path) -> None:
    """A wrong address or a missing model is exit 5, and rows of an earlier run stay."""
    source, target = questions(tmp_path / "in.jsonl", 2), tmp_path / "out.jsonl"
    for address in ("nobody", "nano:/nowhere"):
        words = ["batch", str(source), str(target), "--generator", address]
        assert CliRunner().invoke(main, words).exit_code == 5
        assert not target.exists()
    write(target, {"id": "q0", "answer": {}})
    before = target.read_bytes()
    assert CliRunner().invoke(main, words).exit_code == 5
    assert target.read_bytes() == before


@pytest.mark.parametrize("place", [".", "absent/out.jsonl"])
def test_output_that_cannot_be_a_file_is_bad_usage(tmp_path: Path, place: str) -> None:
    """A folder, or a path into no folder, is told at once."""
    code, err = batch(questions(tmp_path / "in.jsonl", 1), tmp_path / place)
    assert code == 2
    assert "error: cannot" in err


def test_interrupted_run_leaves_whole_rows(tmp_path: Path) -> None:
    """Ctrl-C stops without a traceback between two rows, and the next run goes on there."""
    source, target = questions(tmp_path / "in.jsonl", 3000), tmp_path / "out.jsonl"
    # a shell's background jobs ignore Ctrl-C, and hand that down to what they start
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    words = [*COMMAND[:2], heed + COMMAND[2], *COMMAND[3:], str(source), str(target)]
    running = subprocess.Popen(words, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not target.exists() or not target.stat().st_size):
        assert running.poll() is None
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    err = running.communicate(timeout=60)[1]
    assert running.returncode not in (0, -signal.SIGINT)
    assert b"Traceback" not in err
    done = rows(target)
    assert 0 < len(done) < 3000
    write(source, *source.read_text(encoding="utf-8").splitlines()[: len(done) + 5])
    assert batch(source, target)[0] == 0
    assert rows(target)[: len(done)] == done
    assert [row["id"] for row in rows(target)] == [f"q{i}" for i in range(len(done) + 5)]


_ON_A_SMALL_DISK = """
if mount -t tmpfs -o size=16k none "$DISK" 2>/dev/null; then
    "$@"; echo "$?" > "$KEPT/code"
    cp "$DISK/out.jsonl" "$KEPT/stopped.jsonl"
    mount -o remount,size=4m "$DISK"
else
    (trap "" XFSZ; ulimit -f 32; "$@"); echo "$?" > "$KEPT/code"
    cp "$DISK/out.jsonl" "$KEPT/stopped.jsonl"
fi
"$@" || exit
cp "$DISK/out.jsonl" "$KEPT/whole.jsonl"
"""
"""A file system of four pages in a namespace of its own; where none may be mounted, a file limit."""


def test_disk_that_is_really_full_loses_nothing(tmp_path: Path) -> None:
    """ENOSPC of a real file system leaves whole rows; with room the second run completes them."""
    disk = tmp_path / "disk"
    disk.mkdir()
    source, target = str(questions(tmp_path / "in.jsonl", 15)), str(disk / "out.jsonl")
    alone = ["unshare", "--mount", "--map-root-user"]
    try:
        own = subprocess.run([*alone, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        own = False
    done = subprocess.run(
        [*(alone if own else ()), "sh", "-c", _ON_A_SMALL_DISK, "sh", *COMMAND, source, target],
        env={**os.environ, "DISK": str(disk), "KEPT": str(tmp_path), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "code").read_text(encoding="utf-8").strip() != "0"
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    stopped, whole = rows(tmp_path / "stopped.jsonl"), rows(tmp_path / "whole.jsonl")
    assert 0 < len(stopped) < 15
    assert whole[: len(stopped)] == stopped
    assert [row["id"] for row in whole] == [f"q{i}" for i in range(15)]
