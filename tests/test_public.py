"""What users import, what importing costs, and what the documents promise."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dagger_tools
from dagger_tools import Answer, errors

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(dagger_tools.__path__, "dagger_tools.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted_and_true(name: str) -> None:
    """Every name of a module's __all__ is there, and the list is in order."""
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert all(hasattr(module, item) for item in listed)
    assert list(listed) == sorted(
        listed, key=lambda item: (not item.isupper(), not item[0].isupper(), item)
    )


def test_public_names_are_there() -> None:
    """Everything the package promises can be imported from it."""
    for name in dagger_tools.__all__:
        assert getattr(dagger_tools, name).__name__ == name
    with pytest.raises(AttributeError):
        dagger_tools.nothing  # noqa: B018  # asking is the test


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import dagger_tools", {"torch", "transformers", "optimum", "onnxruntime", "pydantic"}),
        (
            "from dagger_tools import Solver; Solver()",
            {"torch", "transformers", "optimum", "rich", "networkx"},
        ),
        ("import dagger_tools.router", {"onnxruntime", "tokenizers", "networkx"}),
    ],
)
def test_imports_stay_light(statement: str, absent: set[str]) -> None:
    """Nothing heavy is loaded before it is needed."""
    code = f"import sys; {statement}; print(' '.join(sorted({absent!r} & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_lower_floors_do_not_import_upper_ones() -> None:
    """text < graph < router, generators < solver < cli; nothing on the way imports the corpus."""
    # commands for people who make problems and models
    makers = {"problems.py", "augment.py", "options.py", "train.py"}
    floors = {"text": 0, "graph": 1, "router": 2, "generators": 2, "cli": 4}
    for path in (ROOT / "dagger_tools").rglob("*.py"):
        room = path.relative_to(ROOT / "dagger_tools").parts[0]
        if room not in floors:
            continue
        for imported in re.findall(r"from dagger_tools\.(\w+)", path.read_text(encoding="utf-8")):
            assert imported not in ("corpus", "training") or path.name in makers, path
            if imported in floors:
                assert floors[imported] <= floors[room], path
            elif imported in ("solver", "answer", "confidence"):
                assert floors[room] > 3, path


def test_error_tree_in_the_docstring_is_the_real_one() -> None:
    """Every class of the module is drawn, and hangs under the root."""
    for name in errors.__all__:
        item = getattr(errors, name)
        if isinstance(item, type) and issubclass(item, Exception):
            assert issubclass(item, errors.DaggerError)
            assert name in (errors.__doc__ or "")


def test_errors_carry_hints_and_long_reports_are_cut() -> None:
    """A message says what to do; thousands of faults do not become a megabyte."""
    assert "(do this)" in str(errors.InputError("bad", hint="do this"))
    report = errors.GraphError(errors.Fault(f"$.nodes[{i}]", "x") for i in range(5000))
    assert len(str(report)) < 2000
    assert len(report.faults) == 5000


def test_answer_has_a_schema_and_is_frozen() -> None:
    """Hosts get a JSON schema, and an answer cannot be changed."""
    schema = Answer.model_json_schema()
    names = """question status value exact text unit confidence route graph numbers checks steps generator
    output_tokens seconds""".split()
    assert set(names) <= set(schema["properties"])
    answer = Answer(question="?", status="failed")
    with pytest.raises(ValueError, match="frozen"):
        answer.status = "answered"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(question="?", status="answered", text="৫০০ টাকা"), "উত্তর: ৫০০ টাকা।"),
        (Answer(question="?", status="unsure", text="৫ টাকা"), "নিশ্চিত নই"),
        (Answer(question="?", status="not_math"), "গণিতের প্রশ্ন"),
        (Answer(question="?", status="failed"), "সমাধান করা গেল না"),
    ],
)
def test_answer_reads_in_bangla(answer: Answer, words: str) -> None:
    """str() is what a host can show."""
    assert words in str(answer)


def test_package_is_typed() -> None:
    """py.typed lies in the package."""
    assert (ROOT / "dagger_tools" / "py.typed").exists()


def without_confidence(text: str) -> str:
    """The text without the one figure that another processor may round otherwise."""
    return re.sub(r"confidence: [\d.]+", "confidence:", text)


def test_readme_shows_the_examples_that_run() -> None:
    """The README's Python is examples/solve.py, and what the first command prints is real."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = (ROOT / "examples" / "solve.py").read_text(encoding="utf-8")
    assert example.partition('"""\n\n')[2].strip() in readme
    script = (ROOT / "scripts" / "try").read_text(encoding="utf-8")
    question = re.search(r"1:-(.*?)}", script)
    assert question is not None
    command = [
        sys.executable,
        "-c",
        "from dagger_tools.cli import main; main()",
        "solve",
        question[1],
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert without_confidence(done.stdout.strip()) in without_confidence(readme)


def test_example_runs() -> None:
    """The example answers."""
    command = [sys.executable, str(ROOT / "examples" / "solve.py")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "500" in done.stdout
    assert "distractor" in done.stdout
