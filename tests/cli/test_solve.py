"""``solve``: exit codes, the JSON that hosts rely on, odd input, and damaged model files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tokenizers import Tokenizer

from dagger_tools import Answer
from dagger_tools.cli import main
from dagger_tools.generators.nano import EMBEDDED
from dagger_tools.generators.nano_codec import SPECIAL_TOKENS, NanoCodec
from dagger_tools.text import read_question

PENS = "মিনার কাছে ১০০টি কলম আছে। প্রতিটি কলমের দাম ৫ টাকা। মিনা সব কলম বিক্রি করলে কত টাকা পাবে?"
RAJU = PENS.replace("মিনা সব", "রাজুর কাছে ৫০টি কলম আছে। মিনা সব")
DESIGN_FIELDS = {
    *("question", "status", "value", "exact", "text", "unit", "confidence", "route", "graph"),
    *("numbers", "checks", "steps", "generator", "output_tokens", "seconds"),
}
CHECKS = ("structure", "distractors", "counterfactual", "grounding", "coverage", "units")
MANIFEST = json.loads((EMBEDDED / "manifest.json").read_text(encoding="utf-8"))
MODEL_FILES = ("manifest.json", *sorted(MANIFEST["sha256"]))


def solve(*words: str, text: str | bytes | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and standard error; anything but a clean exit fails the test."""
    result = CliRunner().invoke(main, ["solve", *words], input=text)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def solve_json(question: str, *words: str) -> dict[str, Any]:
    """The Answer of a question, strictly JSON."""
    out = solve("--json", question, *words)[1]

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    answer: dict[str, Any] = json.loads(out, parse_constant=refuse)
    return answer


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the embedded model's folder, to be damaged."""
    return Path(shutil.copytree(EMBEDDED, tmp_path / "model"))


def trust(folder: Path) -> None:
    """Let the manifest name the files as they are now."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in manifest["sha256"]:
        manifest["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")


def assert_one_clear_fault(folder: Path, named: str) -> None:
    """Solving with the model in ``folder`` exits 5 with one line that names the file, and a hint."""
    code, out, err = solve(PENS, "--generator", f"nano:{folder}")
    lines = err.splitlines()
    assert code == 5, err
    assert out == ""
    assert lines[0].startswith("error: ")
    assert named in lines[0]
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("  hint: "))


def test_added_sentence_is_set_aside() -> None:
    """The model card's question still gives 500 with another's pens in it, shown as distractor."""
    answer = solve_json(RAJU, "--threshold", "0")
    assert (answer["status"], answer["value"], answer["exact"]) == ("answered", 500, "500")
    roles = {number["value"]: number["role"] for number in answer["numbers"]}
    assert roles == {100: "used", 5: "used", 50: "distractor"}
    assert "৫০" in solve(RAJU, "--threshold", "0")[1].split("অপ্রাসঙ্গিক")[1].splitlines()[0]


@pytest.mark.parametrize("question", [PENS, RAJU])
def test_people_see_each_number_under_its_role(question: str) -> None:
    """What the JSON says was used or set aside is on the line of that role, and on no other."""
    answer = solve_json(question, "--threshold", "0")
    out = solve(question, "--threshold", "0")[1]
    assert str(answer["text"]) in out
    assert f"value: {answer['exact']}" in out
    names = {"used": "ব্যবহৃত: ", "distractor": "অপ্রাসঙ্গিক", "unmentioned": "অনুল্লিখিত: "}
    for role, name in names.items():
        wanted = [number["text"] for number in answer["numbers"] if number["role"] == role]
        lines = [line for line in out.splitlines() if line.startswith(name)]
        assert len(lines) == bool(wanted)
        found = [
            word.strip().split(" ")[0] for line in lines for word in line.split(": ")[1].split(",")
        ]
        assert found == wanted


@pytest.mark.parametrize(
    ("question", "threshold", "code", "status"),
    [
        (PENS, "0.0", 0, "answered"),
        (PENS, "1.0", 3, "unsure"),
        ("আজ আবহাওয়া কেমন?", "0.0", 4, "not_math"),
        ("What is 2 + 2?", "0.0", 4, "not_math"),
        ("৫টি আম, " * 17 + "মোট কতটি আম আছে?", "0.0", 5, "failed"),
    ],
)
def test_exit_code_follows_the_status(
    question: str, threshold: str, code: int, status: str
) -> None:
    """Each status has its exit code, the same for people and for --json."""
    words = ("--threshold", threshold)
    assert solve(question, *words)[0] == code
    found, out, err = solve("--json", question, *words)
    assert (found, json.loads(out)["status"], err) == (code, status, "")


@pytest.mark.parametrize("question", [PENS, "আজ আবহাওয়া কেমন?", "৫টি আম, " * 17 + "মোট কত?"])
@pytest.mark.parametrize("threshold", ["0.0", "1.0"])
def test_json_has_every_field_whatever_the_status(question: str, threshold: str) -> None:
    """The fields of the design and of Answer are there, on one line that reads back."""
    out = solve("--json", question, "--threshold", threshold)[1]
    answer = json.loads(out)
    assert out.count("\n") == 1
    assert set(answer) == set(Answer.model_fields)
    assert set(answer) >= DESIGN_FIELDS
    assert answer["question"] == question
    assert 0 <= answer["confidence"] <= 1
    assert set(answer["route"]) >= {"math", "score", "language", "reasons"}
    if answer["status"] != "answered":
        assert answer["reason"]
        assert answer["detail"]


def test_json_of_an_answer_carries_numbers_checks_and_steps() -> None:
    """What a host shows is complete: spans cut the question, the seven checks are named."""
    answer = solve_json(PENS, "--threshold", "0")
    assert answer["text"] == "৫০০ টাকা"
    assert answer["unit"] == "টাকা"
    assert answer["generator"] == "nano"
    assert answer["output_tokens"] > 0
    assert answer["seconds"] > 0
    for number in answer["numbers"]:
        assert set(number) == {"text", "value", "unit", "span", "role"}
        start, end = number["span"]
        assert PENS[start:end] == number["text"]
    assert {check["name"] for check in answer["checks"]} == {*CHECKS, "plausibility"}
    assert all(set(check) >= {"name", "passed", "detail"} for check in answer["checks"])
    assert answer["steps"]
    assert answer["graph"]["nodes"][-1]["id"] == "final_result"


@pytest.mark.parametrize("address", ["nobody", "nobody:x", "", ":", "nano/", "NANO"])
def test_unknown_address_says_what_is_known(address: str) -> None:
    """A generator that does not exist is a fault of the set-up, with the known names."""
    code, out, err = solve(PENS, "--generator", address)
    assert (code, out) == (5, "")
    assert repr(address) in err.splitlines()[0]
    assert "known: " in err
    assert "nano" in err.splitlines()[1]


def test_generators_escalate_in_the_order_given() -> None:
    """The address may be given twice; the answer counts the tokens of both."""
    once = solve_json(PENS, "--threshold", "1")
    twice = solve_json(PENS, "--threshold", "1", "--generator", "nano", "--generator", "nano")
    assert twice["value"] == once["value"]
    assert twice["output_tokens"] == 2 * once["output_tokens"]


@pytest.mark.parametrize("empty", ["", " ", "\n\t", "\u200b\u200c\ufeff", "\x00\x01"])
def test_text_without_anything_in_it_is_empty(empty: str) -> None:
    """Blanks and invisible characters are no question, as argument or through a pipe."""
    for code, out, err in (solve(empty), solve("-", text=empty)):
        assert (code, out) == (2, "")
        assert err.startswith("error: the question is empty")


@pytest.mark.parametrize(
    "long", ["ক" * 1_000_000, "৫ " * 500_000, "\x00" * 1_000_000, "(" * 1_000_000]
)
def test_a_megabyte_is_refused_at_once(long: str) -> None:
    """A text far too long is bad usage, told in one short message whatever it is made of."""
    code, out, err = solve("-", text=long)
    assert (code, out) == (2, "")
    assert "1,000,000" in err
    assert len(err) < 300


def test_control_characters_do_not_change_the_answer() -> None:
    """Between and inside the words of a question they are dropped."""
    for odd in ("\x00", "\x1b", "\u200b", "\u202e"):
        answer = solve_json(PENS.replace(" ", f" {odd}").replace("কলম", f"কল{odd}ম") + odd)
        assert answer["value"] == 500, repr(odd)
        assert [number["value"] for number in answer["numbers"]] == [100, 5], repr(odd)


@pytest.mark.parametrize("text", [b"\xff\xfe\xfa", PENS.encode()[:-2], PENS.encode("utf-16")])
def test_bytes_that_are_no_utf8_are_bad_usage(text: bytes) -> None:
    """A pipe of another encoding gets one clear message, not a traceback."""
    code, out, err = solve("-", text=text)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")


def test_argument_with_undecodable_bytes_does_not_crash() -> None:
    """Python hands such bytes on as lone surrogates; they are refused or read around."""
    code, _, err = solve("--json", PENS + "\udcff")
    assert code in (0, 2, 3)
    assert "Traceback" not in err


def test_threshold_that_is_no_number_is_bad_usage() -> None:
    """Every comparison with nan is false: it would refuse whatever the model is sure of."""
    assert [solve(PENS, "--threshold", bad)[0] for bad in ("nan", "-0.1", "1.1", "x")] == [2] * 4


@pytest.mark.parametrize("digits", [30, 309, 400, 4_000, 9_000])
def test_enormous_numbers_are_shown_or_refused(digits: int) -> None:
    """A number beyond a float, or beyond the bounds, gives an answer or a typed failure."""
    question = f"রহিমের {'৯' * digits}টি আম আছে। ২টি খেলে কয়টি থাকে?"
    assert solve(question)[0] in (0, 3, 5)
    assert solve_json(question)["status"] in ("answered", "unsure", "failed")


def test_special_tokens_typed_by_a_pupil_are_read_as_letters() -> None:
    """None of the model's own tokens gets into its input through the text."""
    codec = NanoCodec(Tokenizer.from_file(str(EMBEDDED / "tokenizer.json")))
    special = {codec.id(token) for token in SPECIAL_TOKENS}

    def seen(text: str) -> Counter[int]:
        ids = codec.encode_question(read_question(text))
        return Counter(index for index in ids if index in special)

    plain = seen(PENS)
    # tokens with a digit in them add a number to the text, and with it one slot of its own
    for token in SPECIAL_TOKENS:
        if not any(character.isdigit() for character in token):
            assert seen(f"{token} {PENS} {token}") == plain, token
    for token in ("<n1>", "<r2>", "<s1>", "<=100>"):
        text = f"{PENS} {token}"
        slots = len(read_question(text).numbers)
        found = seen(text)
        assert all(found[codec.id(f"<n{i}>")] == 1 for i in range(1, slots + 1)), token
        assert found[codec.id("<s1>")] == found[codec.id("<=100>")] == 0, token
        assert found[codec.id("<graph>")] == 1, token


@pytest.mark.parametrize("token", ["<eos>", "<bos>", "<pad>", "<graph>", "<asked>", "<n1>"])
def test_special_tokens_do_not_change_the_answer(token: str) -> None:
    """Typed before or after the question they leave the graph alone; none is a number."""
    for text in (f"{token} {PENS}", f"{PENS} {token}"):
        answer = solve_json(text, "--threshold", "0")
        assert answer["value"] == 500
        assert [number["value"] for number in answer["numbers"]] == [100, 5]


def test_copied_model_answers_under_its_own_address(model: Path) -> None:
    """``nano:DIR`` opens another folder and says so."""
    answer = solve_json(PENS, "--threshold", "0", "--generator", f"nano:{model}")
    assert answer["value"] == 500
    assert answer["generator"] == f"nano:{model}"


@pytest.mark.parametrize("name", MODEL_FILES)
def test_missing_model_file_is_named(model: Path, name: str) -> None:
    """A file that was deleted is told by its name."""
    (model / name).unlink()
    assert_one_clear_fault(model, name)


@pytest.mark.parametrize("name", MODEL_FILES[1:])
@pytest.mark.parametrize("place", [0, 0.5, 0.999])
def test_flipped_byte_of_a_model_file_is_found(model: Path, name: str, place: float) -> None:
    """One wrong bit anywhere is damage, and the file is named."""
    raw = bytearray((model / name).read_bytes())
    raw[int(len(raw) * place)] ^= 1
    (model / name).write_bytes(raw)
    assert_one_clear_fault(model, name)


@pytest.mark.parametrize("name", MODEL_FILES)
@pytest.mark.parametrize("share", [0, 0.5])
def test_truncated_model_file_is_found(model: Path, name: str, share: float) -> None:
    """A file that was cut off, as by a full disk at download, is named."""
    raw = (model / name).read_bytes()
    (model / name).write_bytes(raw[: int(len(raw) * share)])
    assert_one_clear_fault(model, name)


def test_flipped_byte_of_the_manifest_is_found(model: Path) -> None:
    """Wherever the manifest is hurt, either it still holds or the fault is told."""
    path = model / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 19):
        raw = bytearray(whole)
        raw[place] ^= 1
        path.write_bytes(raw)
        code, _, err = solve("আজ আবহাওয়া কেমন?", "--generator", f"nano:{model}")
        assert code in (4, 5), err
        assert code == 4 or err.startswith("error: "), err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"format": 2, "sha256": {}}',
        '{"format": 1, "sha256": null}',
        '{"format": 1, "sha256": []}',
        '{"format": 1, "sha256": {"config.json": "no digest"}}',
    ],
)
def test_manifest_of_another_shape_is_a_fault(model: Path, text: str) -> None:
    """JSON that is no manifest is told like any other damage."""
    (model / "manifest.json").write_text(text, encoding="utf-8")
    assert_one_clear_fault(model, "manifest.json")


def test_digest_that_is_no_text_is_a_fault(model: Path) -> None:
    """A number in a digest's place is told with the file that it should vouch for."""
    path = model / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["sha256"]["config.json"] = 1
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert_one_clear_fault(model, "config.json")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.onnx", "not a model"),
        ("model.onnx.data", "not weights"),
        ("tokenizer.json", "{}"),
        ("calibration.json", "[]"),
        ("calibration.json", '{"intercept": null, "weights": {}}'),
    ],
)
def test_model_that_does_not_fit_together_is_a_fault(model: Path, name: str, text: str) -> None:
    """Files that the manifest vouches for but that are no model are told, not raised."""
    (model / name).write_text(text, encoding="utf-8")
    trust(model)
    assert_one_clear_fault(model, name.removesuffix(".data"))


def test_folder_that_is_no_folder_is_a_fault(tmp_path: Path) -> None:
    """An empty folder, a file and nothing at all are told alike."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name in ("empty", "file", "absent"):
        assert_one_clear_fault(tmp_path / name, "manifest.json")


def test_process_prints_bangla_whatever_the_locale() -> None:
    """In a bare container, warnings being errors, JSON goes to stdout and nothing to stderr."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LC_")},
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "PYTHONWARNINGS": "error",
    }
    command = Path(sys.executable).with_name("dagger-tools")
    done = subprocess.run(
        [str(command), "solve", "--json", "--threshold", "0", "-"],
        input=PENS.encode(),
        capture_output=True,
        env=environment,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["text"] == "৫০০ টাকা"
    assert "৫০০".encode() in done.stdout


def test_help_states_the_exit_codes() -> None:
    """What scripts rely on is written where they look."""
    _, out, _ = solve("--help")
    for word in ("--json", "--generator", "--threshold", "0 answered", "3 unsure", "5 failed"):
        assert word in out


def test_samples_are_voted_on_and_their_cost_is_told() -> None:
    """--samples asks for several candidates; the attempts say how many and what they cost."""
    code, out, _ = solve("--samples", "3", "--threshold", "0", PENS)
    assert code == 0
    assert "৫০০ টাকা" in out
    assert "3 candidates" in out


def test_wrong_sampling_is_bad_usage() -> None:
    """A temperature of 0 or no sample at all is refused before a model is opened."""
    assert solve("--temperature", "0", PENS)[0] == 2
    assert solve("--samples", "0", PENS)[0] == 2
