"""How every command of the project tells a fault."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["FaultGroup"]


class FaultGroup(click.Group):
    """Commands whose typed errors are one message with its hint, and an exit status, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; 2 is the caller's bad input, 5 what could not be done."""
        from dagger_tools.errors import DaggerError, InputError

        try:
            return super().invoke(ctx)
        except DaggerError as error:
            click.echo(f"error: {error.message}", err=True)
            if error.hint:
                click.echo(f"  hint: {error.hint}", err=True)
            ctx.exit(2 if isinstance(error, InputError) else 5)
