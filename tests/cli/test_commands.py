"""The commands that answer at once: solve, route, numbers, graph, doctor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
GRAPH = (
    '{"nodes": [{"id": "a", "op": "const", "val": "1,200"}, '
    '{"id": "final_result", "op": "mul", "args": ["a", 2]}]}'
)


def run(*words: str, text: str | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    result = CliRunner().invoke(main, list(words), input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_solve_shows_answer_steps_and_numbers() -> None:
    """A person sees the answer, the way to it, and what was used."""
    code, out, _ = run("solve", PENS)
    assert code == 0
    assert "৫০০ টাকা" in out
    assert "×" in out
    assert "100" in out


def test_solve_prints_the_answer_as_json() -> None:
    """--json is the Answer, with its graph in the published shape."""
    code, out, _ = run("solve", "--json", PENS)
    answer = json.loads(out)
    assert code == 0
    assert answer["value"] == 500
    assert {node["id"] for node in answer["graph"]["nodes"]} >= {"n1", "n2", "final_result"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((PENS, "--threshold", "1.0"), 3),
        (("আজ আবহাওয়া কেমন?",), 4),
        (("৫টি আম, " * 17 + "মোট কতটি আম আছে?",), 5),
        (("",), 2),
        (("ক" * 1_000_000,), 2),
        ((PENS, "--threshold", "2"), 2),
        ((PENS, "--generator", "nobody"), 5),
        ((PENS, "--generator", "nano:/nowhere"), 5),
        ((), 2),
    ],
    ids=["unsure", "not_math", "failed", "empty", "long", "usage", "address", "files", "missing"],
)
def test_solve_tells_by_its_exit_code(words: tuple[str, ...], code: int) -> None:
    """Scripts may rely on 0, 3, 4, 5 and 2, and a fault is one clear message."""
    found, _, err = run("solve", *words)
    assert found == code
    assert "Traceback" not in err
    if code == 2 or "--generator" in words:
        assert "rror" in err


def test_solve_reads_standard_input() -> None:
    """A dash reads the question from a pipe."""
    assert run("solve", "-", text=PENS)[0] == 0


def test_solve_takes_control_characters_and_special_tokens_as_text() -> None:
    """Odd characters do not change the answer, nor do the model's own tokens typed by a pupil."""
    for text in (f"\x00{PENS}\x07\x1b", f"<eos><graph>{PENS}", PENS.replace(" ", "\u200b ")):
        code, out, _ = run("solve", "--json", text)
        assert code in (0, 3)
        assert json.loads(out)["value"] == 500


def test_route_says_why() -> None:
    """One text gets a verdict with reasons."""
    code, out, _ = run("route", PENS)
    assert code == 0
    assert "math: yes" in out
    row = json.loads(run("route", "--json", "আজ আবহাওয়া কেমন?")[1])
    assert row["math"] is False
    assert row["language"] == "bn"


def test_numbers_lists_value_unit_and_span() -> None:
    """Each number of a text, for people and for programs."""
    assert "১০০  =  100" in run("numbers", PENS)[1]
    rows = json.loads(run("numbers", "--json", PENS)[1])
    assert [(row["value"], row["unit"]) for row in rows] == [(100, None), (5, "টাকা")]
    start, end = rows[0]["span"]
    assert PENS[start:end] == "১০০"


def test_graph_run_repairs_executes_and_verifies(tmp_path: Path) -> None:
    """A model's raw output from a file: repairs are said, the value is exact."""
    path = tmp_path / "graph.json"
    path.write_text(f"```json\n{GRAPH}\n```", encoding="utf-8")
    code, out, _ = run("graph", "run", str(path), "--json")
    row = json.loads(out)
    assert code == 0
    assert (row["value"], row["exact"], row["faults"]) == (2400, "2400", [])
    assert row["repairs"]
    assert "repaired" in run("graph", "run", str(path))[1]


def test_graph_run_lists_faults_and_fails() -> None:
    """A graph that does not hold exits 1, with every fault and its path."""
    code, out, _ = run("graph", "run", "-", "--json", text=GRAPH.replace('"mul"', '"zap"'))
    assert code == 1
    assert json.loads(out)["faults"][0]["path"] == "$.nodes[1].op"
    assert run("graph", "run", "-", text=GRAPH[:40])[0] == 1


def test_graph_run_checks_against_the_question() -> None:
    """With the question, its numbers are covered or the command fails."""
    compact = "n1 + n2"
    code, out, _ = run("graph", "run", "-", "--question", PENS, "--json", text=compact)
    checks = {check["name"]: check["passed"] for check in json.loads(out)["checks"]}
    assert checks["coverage"]
    assert code == 0
    assert run("graph", "run", "-", "--question", PENS, text="n1 * 7")[0] == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("text", "final_result"),
        ("mermaid", "flowchart"),
        ("svg", "<svg"),
        ("json", '"nodes"'),
        ("compact", "n1"),
    ],
)
def test_graph_show_draws(form: str, words: str) -> None:
    """Every format draws the graph."""
    code, out, _ = run("graph", "show", "-", "--format", form, text=GRAPH)
    assert code == 0
    assert words in out


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * 2_000_001])
def test_graph_refuses_what_is_no_text(tmp_path: Path, raw: bytes) -> None:
    """Bytes that are no UTF-8, or too many, are bad usage."""
    path = tmp_path / "graph"
    path.write_bytes(raw)
    assert run("graph", "run", str(path))[0] == 2
    assert run("graph", "run", str(tmp_path / "absent"))[0] == 2


def test_doctor_finds_everything_usable() -> None:
    """What is installed here answers, and doctor says so."""
    code, out, _ = run("doctor")
    assert code == 0
    assert "embedded model answers" in out
    assert "onnxruntime" in out


def test_help_names_every_command() -> None:
    """The help of the whole and of each part is there."""
    _, out, _ = run("--help")
    for command in ("batch", "doctor", "graph", "numbers", "route", "solve"):
        assert command in out
        assert run(command, "--help")[0] == 0
    assert run("nonsense")[0] == 2
