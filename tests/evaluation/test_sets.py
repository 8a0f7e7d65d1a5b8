"""Sets in their published shapes, from files and folders."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagger_tools.errors import InputError
from dagger_tools.evaluation import read_sets
from dagger_tools.evaluation.files import read_file
from dagger_tools.evaluation.shapes import read_problems

DATA = Path(__file__).parent / "data"
ANSWERS = [23, 18, 84, 12, 20, 12, 125, 33, 19, 15]


@pytest.mark.parametrize(
    "file",
    [
        "mgsm_bn.tsv",
        "msvamp_bn.jsonl",
        "other/published.json",
        "other/table.csv",
        "distractmath/mgsm.jsonl",
        "distractmath/msvamp.jsonl",
        "dagger/sft.jsonl",
        "dagger/grpo.jsonl",
    ],
)
def test_every_shape_is_recognised_by_its_columns(file: str) -> None:
    """Each published shape gives the same ten answers, in order."""
    problems = list(read_problems(read_file(DATA / file), "own"))
    assert [problem.answer for problem in problems] == ANSWERS
    assert len({problem.id for problem in problems}) == 10


def test_names_are_looked_up_in_a_folder_and_rows_are_paired() -> None:
    """DistractMath rows find their base rows, whatever the names of the kinds in the file."""
    mgsm, harder = read_sets(["mgsm", "mgsm+d"], DATA)
    assert not harder.made
    assert [p.base_id for p in harder.problems] == [f"mgsm/{p.id}" for p in mgsm.problems]
    assert [p.kind for p in harder.problems[:3]] == ["RED", "OAD", "NEED"]


def test_a_distracted_set_that_is_not_there_is_made(tmp_path: Path) -> None:
    """Without DistractMath-Bn the engine distracts the base set, and the set says so."""
    (tmp_path / "msvamp_bn.jsonl").write_bytes((DATA / "msvamp_bn.jsonl").read_bytes())
    base, harder = read_sets(["msvamp", "msvamp+d"], tmp_path)
    assert harder.made
    assert {p.kind for p in harder.problems} == {"RED", "OAD", "NEED"}
    assert {p.base_id for p in harder.problems} <= {f"msvamp/{p.id}" for p in base.problems}
    assert all(p.unused for p in harder.problems)
    (again,) = read_sets(["msvamp+d"], tmp_path)
    assert again.digest == harder.digest


def test_gold_graphs_give_roles_and_operations() -> None:
    """The response of an sft row tells which numbers are used and which operations are needed."""
    first = next(iter(read_problems(read_file(DATA / "dagger/sft.jsonl"), "dagger")))
    assert first.used == (Fraction(14), Fraction(9))
    assert first.unused == (Fraction(21),)
    assert first.operations == ("add",)


def test_prefix_equations_give_operations() -> None:
    """The equation of an MSVAMP row tells its steps."""
    problems = list(read_problems(read_file(DATA / "msvamp_bn.jsonl"), "msvamp"))
    assert problems[4].operations == ("sub", "mul")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "x"}', "no known set"),
        ('{"question": "ক", "answer": "many"}', "no answer"),
        ('{"question": "ক", "answer": true}', "no answer"),
        ('{"question": "  ", "answer": 1}', "no text"),
        ("[1]", "no JSON object"),
        ("{", "not JSON"),
        ('{"modified_question": "ক", "ground_truth": 1, "augmentation_type": "X"}', "none of"),
    ],
)
def test_a_bad_row_is_one_error_with_its_place(tmp_path: Path, line: str, says: str) -> None:
    """The error names the file and the line."""
    path = tmp_path / "mgsm.jsonl"
    path.write_text('{"question": "ক ২ খ ৩?", "answer": 1}\n' + line + "\n", "utf-8")
    with pytest.raises(InputError, match=says) as caught:
        read_sets(["mgsm"], tmp_path)
    assert "mgsm.jsonl:2" in str(caught.value)


def test_a_copy_of_the_hub_is_read(tmp_path: Path) -> None:
    """A folder as the hub lays it out, a Parquet file a config, is read by the folder's names."""
    rows = [dict(fields) for _, fields in read_file(DATA / "distractmath/msvamp.jsonl")]
    folder = tmp_path / "DistractMath-Bn" / "msvamp"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "test-00000-of-00001.parquet")
    (harder,) = read_sets(["msvamp+d"], tmp_path)
    assert not harder.made
    assert [problem.answer for problem in harder.problems] == ANSWERS


def test_two_files_for_one_name_are_an_error(tmp_path: Path) -> None:
    """Nothing is guessed between two files; the hint tells how to name one."""
    row = json.dumps({"question": "ক ২?", "answer": 1})
    for name in ("mgsm_a.jsonl", "mgsm_b.jsonl"):
        (tmp_path / name).write_text(row, "utf-8")
    with pytest.raises(InputError, match="mgsm=FILE"):
        read_sets(["mgsm"], tmp_path)
    (one,) = read_sets([f"mgsm={tmp_path / 'mgsm_a.jsonl'}"])
    assert len(one.problems) == 1


def test_unknown_names_and_empty_folders_are_errors(tmp_path: Path) -> None:
    """A set that is nowhere is bad usage."""
    for name in ("nonsense", "mgsm"):
        with pytest.raises(InputError, match="holds no file"):
            read_sets([name], tmp_path)
    with pytest.raises(InputError, match="no set is called"):
        read_sets(["nonsense"])
