"""The ``dagger-tools`` command; one file a command, imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from dagger_tools.cli.faults import FaultGroup

__all__ = ["main"]

_COMMANDS = (
    "augment",
    "batch",
    "doctor",
    "eval",
    "export",
    "graph",
    "numbers",
    "problems",
    "route",
    "solve",
    "train",
)


class _Commands(FaultGroup):
    """Imports a command's module only when it is called: a cold start pays for one, not for all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"dagger_tools.cli.{name}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dagger-tools")
def main() -> None:
    """Answer Bangla maths questions with computational graphs that are executed and checked."""
    # Bangla must come out whole where the locale says ASCII (a bare container, a pipe)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
