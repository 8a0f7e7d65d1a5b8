"""The help of the whole and of each command."""

from __future__ import annotations

from click.testing import CliRunner

from dagger_tools.cli import main


def run(*words: str) -> tuple[int, str]:
    """Exit code and standard output of a command."""
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout


def test_help_names_every_command() -> None:
    """The help of the whole and of each part is there."""
    _, out = run("--help")
    for command in ("batch", "doctor", "eval", "export", "graph", "numbers", "route", "solve"):
        assert command in out
        assert run(command, "--help")[0] == 0
    assert run("nonsense")[0] == 2
