"""Runs with the embedded model over the shipped samples: resumed, refused, voted on, reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dagger_tools.cli import main
from dagger_tools.errors import InputError
from dagger_tools.evaluation import Plan, Run, evaluate, open_run, read_sets, summarise
from dagger_tools.evaluation.report import write_report
from dagger_tools.evaluation.rerank import rerank
from dagger_tools.generators import Candidate, Decoding
from dagger_tools.generators.nano import EMBEDDED, NanoGenerator
from dagger_tools.text import read_question
from dagger_tools.vote import Judged, judge, vote

DATA = Path(__file__).parent / "data"
ALL = ("msvamp", "mgsm", "msvamp+d", "mgsm+d")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One uninterrupted run over the four sets."""
    return evaluate(read_sets(ALL, DATA), Plan(), tmp_path_factory.mktemp("runs") / "whole")


def numbers_of(run: Run) -> list[Mapping[str, Any]]:
    """The rows without what differs from one measurement to the next."""
    timed = ("seconds", "prefill_seconds", "peak_bytes")

    def clean(row: Mapping[str, Any]) -> dict[str, Any]:
        kept = {k: v for k, v in row.items() if k not in timed}
        return kept | ({"outputs": [clean(o) for o in row["outputs"]]} if "outputs" in row else {})

    return [clean(record.row) for record in run.records]


def test_every_problem_has_a_row_with_all_that_came_of_it(run: Run) -> None:
    """Raw outputs, graph, answer, checks, tokens, seconds and log-probabilities are kept."""
    assert len(run.records) == 40
    row = run.records[0].row
    output = row["outputs"][0]
    assert len(row["outputs"]) == run.config["decoding"]["nano"]["samples"] == 8
    assert output["text"]
    assert output["log_probability"] <= 0
    assert output["prefill_seconds"] <= output["seconds"]
    assert row["output_tokens"] == sum(one["output_tokens"] for one in row["outputs"])
    assert {check["name"] for check in row["checks"]} >= {"structure", "grounding"}
    assert row["graph"]["nodes"]
    assert row["peak_bytes"] > 1_000_000


def test_the_summary_adds_up(run: Run) -> None:
    """Accuracy is the share of right rows; drops pair each distracted row with its base."""
    summary = summarise(run)
    rows = [record for record in run.records if record.problem.set == "msvamp"]
    assert summary.sets["msvamp"].accuracy.value == sum(r.right for r in rows) / 10
    assert summary.weighted is not None
    drops = {drop.name: drop for drop in summary.drops}
    assert drops["msvamp+d all"].pairs == 10
    whole = drops["msvamp+d all"]
    assert whole.after - whole.before == pytest.approx((whole.won - whole.lost) / 10)
    assert set(summary.sets["mgsm+d"].kinds) == {"RED", "OAD", "NEED"}
    assert set(summary.sets["msvamp"].operations) == {"add", "sub", "mul", "div"}
    assert summary.sets["msvamp"].cost.prefill is not None


def test_an_interrupted_run_ends_with_the_same_rows(run: Run, tmp_path: Path) -> None:
    """Killed in the middle of its work, with its last line cut, the command goes on to the same end."""
    out = tmp_path / "run"
    arguments = ["eval", *ALL, "--data", str(DATA), "--out", str(out), "--batch", "1"]
    command = [sys.executable, "-c", "from dagger_tools.cli import main; main()", *arguments]
    rows = out / "rows.jsonl"
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    while first.poll() is None and not (rows.exists() and rows.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    written = rows.read_bytes()
    assert 3 <= written.count(b"\n") < 40
    rows.write_bytes(written + b'{"problem": {"set": "ms')
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert rows.read_bytes().startswith(written[: written.rindex(b"\n") + 1])
    again = open_run(out)
    assert numbers_of(again) == numbers_of(run)
    assert "Measured here: nano" in result.stdout
    assert "Published by others" in result.stdout
    assert (out / "report.html").exists()


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    """A folder belongs to one run; what differs is named."""
    sets = read_sets(["msvamp"], DATA, limit=1)
    evaluate(sets, Plan(), tmp_path)
    with pytest.raises(InputError, match="decoding"):
        evaluate(sets, Plan(decoding=Decoding(seed=1)), tmp_path)
    with pytest.raises(InputError, match="sets"):
        evaluate(read_sets(["msvamp"], DATA, limit=2), Plan(), tmp_path)
    before = (tmp_path / "rows.jsonl").read_bytes()
    evaluate(sets, Plan(), tmp_path)
    assert (tmp_path / "rows.jsonl").read_bytes() == before


def test_damaged_rows_in_the_middle_are_an_error(tmp_path: Path) -> None:
    """Only a last line may be cut off."""
    sets = read_sets(["msvamp"], DATA, limit=1)
    run = evaluate(sets, Plan(), tmp_path)
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"{}\n" + rows.read_bytes())
    with pytest.raises(InputError, match=r"rows.jsonl:1"):
        open_run(run.folder)


def test_stored_samples_are_ranked_again_without_generating(tmp_path: Path) -> None:
    """Greedy, the majority and the checked vote are compared from the rows alone."""
    sets = read_sets(["msvamp"], DATA, limit=4)
    run = evaluate(sets, Plan(decoding=Decoding(samples=4)), tmp_path)
    assert {len(r.row["outputs"]) for r in run.records} <= {1, 2, 3, 4}
    (ranked,) = rerank(run)
    right = sum(record.right for record in run.records) / 4
    assert ranked.checked.value == right
    assert ranked.majority.count == 4


def test_stored_outputs_are_the_candidates_again(run: Run) -> None:
    """Judged and voted on anew, a row is as sure as it was: nothing of a candidate is left out."""
    calibration = NanoGenerator(EMBEDDED).calibration
    sure = 0
    for record in run.records:
        question = read_question(record.row["read"])
        outputs = [Candidate(**output) for output in record.row["outputs"]]
        best, _ = vote([judge(one, question, calibration) for one in outputs], calibration)
        if isinstance(best, Judged):
            assert best.confidence == pytest.approx(record.confidence)
            sure += 1
    assert sure > 20


def test_the_grammar_can_be_left_out(tmp_path: Path) -> None:
    """--no-grammar, to compare, is part of what a run is."""
    words = ["eval", "msvamp", "--data", str(DATA), "--limit", "1", "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(main, [*words, "--no-grammar"])
    assert result.exit_code == 0, result.output
    assert open_run(tmp_path / "run").config["decoding"]["nano"]["grammar"] is False
    assert CliRunner().invoke(main, words).exit_code == 2


def test_routing_reads_the_question_alone(tmp_path: Path) -> None:
    """With the router, a row keeps what the generator was asked, and its outputs."""
    data = tmp_path / "mgsm.jsonl"
    question = "আচ্ছা ভাই, একটা প্রশ্ন ছিল। রিনার ৫টি খাতা আছে, আরও ৩টি কিনল। মোট কয়টি খাতা?"
    data.write_text(json.dumps({"question": question, "answer": 8}) + "\n", "utf-8")
    run = evaluate(read_sets([f"mgsm={data}"]), Plan(routing=True), tmp_path / "run")
    row = run.records[0].row
    assert row["outputs"]
    assert row["read"] in question


def test_the_report_escapes_what_others_wrote(tmp_path: Path) -> None:
    """A question with markup stays text, in HTML and in Markdown; the page loads nothing."""
    data = tmp_path / "mgsm.jsonl"
    question = "<script>alert(1)</script> রিনার ৫টি | খাতা, আরও ৩টি কিনল। মোট কয়টি খাতা?"
    data.write_text(json.dumps({"question": question, "answer": 999}) + "\n", "utf-8")
    run = evaluate(read_sets([f"mgsm={data}"]), Plan(), tmp_path / "run")
    write_report(run)
    page = (run.folder / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert "data:image/svg+xml;base64," in page
    assert page.count("<figure><svg") == 4
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert (run.folder / "report.md").read_text("utf-8").startswith("# Evaluation of nano")


def test_two_runs_stand_side_by_side(run: Run, tmp_path: Path) -> None:
    """The comparison pairs the same questions and lists those that changed."""
    other = evaluate(
        read_sets(["msvamp"], DATA), Plan(decoding=Decoding(samples=3)), tmp_path / "other"
    )
    found, _ = write_report(other, run)
    assert found[0].title == "Side by side"
    assert found[1].rows[0][:2] == ("msvamp", "10")
    assert "Lost: right in A, wrong here" in (other.folder / "report.html").read_text("utf-8")
