"""``graph run`` and ``graph show``: raw output of models in, a verdict or a drawing out."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
RAJU = PENS.replace("মিনা সব", "রাজুর কাছে ৫০টি কলম আছে। মিনা সব")
FORMATS = ("text", "mermaid", "svg", "json", "compact")


def node(name: str, op: str, **fields: Any) -> dict[str, Any]:
    """A node of the published shape."""
    return {"id": name, "op": op, "distractor": False, **fields}


def published(*nodes: dict[str, Any]) -> str:
    """A graph of the published shape."""
    return json.dumps({"nodes": nodes}, ensure_ascii=False)


GOOD = published(
    node("n1", "const", val=100, label="কলম"),
    node("n2", "const", val=5, label="টাকা"),
    {**node("n3", "const", val=50, label="রাজুর কলম"), "distractor": True},
    node("final_result", "mul", args=["n1", "n2"]),
)
BROKEN = {
    "nothing": "",
    "blanks": " \n",
    "prose": "The answer is 500.",
    "cut off": GOOD[: len(GOOD) // 2],
    "no nodes": '{"nodes": []}',
    "other shape": '{"answer": 500}',
    "cycle": published(
        node("a", "add", args=["b", 1]),
        node("b", "add", args=["a", 1]),
        node("final_result", "add", args=["a", "b"]),
    ),
    "unknown reference": published(node("final_result", "add", args=["x", 1])),
    "unknown operation": published(node("final_result", "zap", args=[1, 2])),
    "division by zero": published(node("final_result", "div", args=[1, 0])),
    "beyond the bounds": published(node("final_result", "pow", args=[10, 10**9])),
    "deep": '{"nodes": ' + "[" * 200_000,
    "unknown slot": "n1 + n2",
    "unclosed": "(1 + 2",
}


def graph(*words: str | Path, text: str | bytes | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; anything but a clean exit fails the test."""
    result = CliRunner().invoke(main, ["graph", *map(str, words)], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def run_json(text: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the object of ``graph run - --json``, strictly JSON."""
    code, out, _ = graph("run", "-", "--json", *words, text=text)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    row: dict[str, Any] = json.loads(out, parse_constant=refuse)
    return code, row


def test_run_prints_what_scripts_rely_on() -> None:
    """Value, exact, checks and faults; with the question all seven checks, and exit 0."""
    code, row = run_json(GOOD, "--question", RAJU)
    assert code == 0
    assert set(row) >= {"value", "exact", "checks", "faults"}
    assert (row["value"], row["exact"], row["faults"]) == (500, "500", [])
    assert [check["name"] for check in row["checks"] if not check["passed"]] == []
    assert len(row["checks"]) == 7
    assert all(set(check) >= {"name", "passed", "detail"} for check in row["checks"])


def test_run_keeps_the_value_exact() -> None:
    """A third comes out as a third, in JSON and for people."""
    code, row = run_json("1 / 3")
    assert (code, row["exact"]) == (0, "1/3")
    code, out, _ = graph("run", "-", text="1 / 3")
    assert code == 0
    assert "value: 1/3" in out


def test_run_reads_a_file_and_standard_input_alike(tmp_path: Path) -> None:
    """The same graph gives the same words from both."""
    path = tmp_path / "graph.json"
    path.write_text(GOOD, encoding="utf-8")
    assert graph("run", path) == graph("run", "-", text=GOOD)


@pytest.mark.parametrize(
    "raw",
    [
        f"<think>hm {{x}}</think>\n```json\n{GOOD}\n```\nDone.",
        GOOD.replace('"val": 5,', '"val": "৫",'),
        f"\ufeff{GOOD}",
        GOOD.replace('"label": "কলম"}', '"label": "কলম",}'),
    ],
    ids=["fenced", "digits", "mark", "comma"],
)
def test_run_repairs_raw_output_and_says_so(raw: str) -> None:
    """What models commonly write around or into a graph does not matter."""
    code, row = run_json(raw)
    assert (code, row["value"], row["faults"]) == (0, 500, [])


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_run_lists_faults_with_their_paths(text: str) -> None:
    """A graph without a result has exit 1, faults that say where, and no value."""
    code, row = run_json(text)
    assert code == 1
    assert row["faults"]
    assert all(fault["path"].startswith("$") and fault["message"] for fault in row["faults"])
    assert (row["value"], row["exact"]) == (None, None)
    code, out, err = graph("run", "-", text=text)
    assert (code, err) == (1, "")
    assert out.startswith("fault: $")


@pytest.mark.parametrize(
    ("text", "question", "check"),
    [
        (GOOD.replace('"distractor": true', '"distractor": false'), None, "distractors"),
        (GOOD, PENS.replace("৫ টাকা", "৭ টাকা"), "grounding"),
        ("n1 * n2", RAJU, "coverage"),
    ],
)
def test_run_fails_when_a_check_does(text: str, question: str | None, check: str) -> None:
    """The value is still told, the failed check is named, and the exit code is 1."""
    words = ("--question", question) if question else ()
    code, row = run_json(text, *words)
    assert code == 1
    assert row["value"] == 500
    assert check in [found["name"] for found in row["checks"] if not found["passed"]]
    assert f"FAIL {check}" in graph("run", "-", *words, text=text)[1]


@pytest.mark.parametrize("question", ["", "  ", "ক" * 20_000])
def test_question_that_is_none_is_bad_usage(question: str) -> None:
    """A script whose question came out empty is told, not given fewer checks in silence."""
    code, out, err = graph("run", "-", "--question", question, text=GOOD)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")


def test_compact_takes_its_numbers_from_the_question() -> None:
    """Slots are the question's numbers, set-aside ones included."""
    code, row = run_json("!n3; n1 * n2", "--question", RAJU)
    assert (code, row["value"]) == (0, 500)


@pytest.mark.parametrize("form", FORMATS)
def test_show_draws_every_node(form: str) -> None:
    """Each drawing has content for the graph and nothing on standard error."""
    code, out, err = graph("show", "-", "--format", form, text=GOOD)
    assert (code, err) == (0, "")
    for label in ("100", "5", "50"):
        bangla = label.translate({ord("0") + i: ord("০") + i for i in range(10)})
        assert label in out or bangla in out


def test_show_draws_svg_that_is_xml() -> None:
    """Labels with marks of XML in them do not break the drawing."""
    odd = GOOD.replace("রাজুর কলম", "<b> & ]]> ' \\u0000")
    out = graph("show", "-", "--format", "svg", text=odd)[1]
    assert ElementTree.fromstring(out).tag.endswith("svg")


@pytest.mark.parametrize("form", ["json", "compact"])
def test_show_writes_what_run_reads(form: str) -> None:
    """Both notations come back with the same value."""
    out = graph("show", "-", "--format", form, text=GOOD)[1]
    code, row = run_json(out)
    assert (code, row["value"]) == (0, 500)


@pytest.mark.parametrize("text", [BROKEN["nothing"], BROKEN["cut off"], BROKEN["cycle"]])
def test_show_refuses_what_is_no_graph(text: str) -> None:
    """There is no drawing, and one message says why."""
    code, out, err = graph("show", "-", text=text)
    assert code != 0
    assert out == ""
    assert err.startswith("error: $")


@pytest.mark.parametrize("command", ["run", "show"])
def test_unreadable_files_are_bad_usage(tmp_path: Path, command: str) -> None:
    """An absent file, a folder, another encoding, too much: exit 2, and the message says which."""
    (tmp_path / "latin").write_bytes(b"\xff\xfe{}")
    (tmp_path / "large").write_bytes(b"x" + "ক".encode() * 1_000_000)
    (tmp_path / "large-later").write_bytes(b" " * 2_000_001)
    for name in ("absent", ".", "latin", "large", "large-later"):
        code, out, err = graph(command, f"{tmp_path}/{name}")
        assert (code, out) == (2, ""), name
        assert err.startswith("error: "), name
        assert ("bytes" in err) == name.startswith("large"), err


def test_usage_is_told() -> None:
    """No command, an unknown one, an unknown format: exit 2; the help lists both commands."""
    assert graph("zap", "-")[0] == 2
    assert graph("run")[0] == 2
    assert graph("show", "-", "--format", "png", text=GOOD)[0] == 2
    code, out, _ = graph("--help")
    assert code == 0
    assert "run" in out
    assert "show" in out
