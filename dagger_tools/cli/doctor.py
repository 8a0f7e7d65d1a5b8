"""``dagger-tools doctor``: what is installed, what is usable, and what to install for the rest."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import click

from dagger_tools.errors import DaggerError

__all__ = ["doctor"]

_OPTIONAL = (
    ("optimum-onnx", "export checkpoints to ONNX", "dagger-tools[onnx]"),
    ("openai", "ask an OpenAI-compatible server", "dagger-tools[openai]"),
    ("datasets", "read sets of problems from the hub", "dagger-tools[hub]"),
    ("matplotlib", "plots in the report of eval", "dagger-tools[eval]"),
    ("torch", "train the embedded model", "dagger-tools[train]"),
    ("transformers", "export and train", "dagger-tools[onnx]"),
    ("trl", "fine-tune checkpoints", "dagger-tools[train]"),
)
_CORE = ("numpy", "tokenizers", "networkx", "pydantic", "llguidance", "click", "rich")


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say what is installed and usable; exit 1 if the embedded model cannot answer."""
    click.echo(f"dagger-tools {version('dagger-tools')}, Python {platform.python_version()}")
    missing = [name for name in _CORE if _version(name) is None]
    for name in _CORE:
        found = _version(name)
        click.echo(
            f"  ok       {name} {found}" if found else f"  MISSING  {name}: pip install {name}"
        )
    usable = _runtime() and not missing and _answers()
    for name, purpose, extra in _OPTIONAL:
        found = _version(name)
        mend = "" if found else f"  pip install '{extra}'"
        click.echo(f"  {'ok     ' if found else 'absent '}  {name} {found or ''} ({purpose}){mend}")
    ctx.exit(0 if usable else 1)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _runtime() -> bool:
    """ONNX Runtime: present once, with which providers."""
    wheels = [name for name in ("onnxruntime", "onnxruntime-gpu") if _version(name)]
    if not wheels:
        click.echo("  MISSING  onnxruntime: pip install 'dagger-tools[cpu]' (or [gpu] for CUDA)")
        return False
    if len(wheels) == 2:
        click.echo(
            "  CLASH    onnxruntime and onnxruntime-gpu own one folder: uninstall both, install one"
        )
    try:
        import onnxruntime
    except ImportError as error:
        click.echo(f"  BROKEN   {wheels[0]}: {error}: uninstall it and install it again")
        return False
    providers = ", ".join(onnxruntime.get_available_providers())
    click.echo(f"  ok       {wheels[0]} {_version(wheels[0])} (providers: {providers})")
    return True


def _answers() -> bool:
    """Whether the embedded model opens and answers."""
    from dagger_tools.generators import Refusal, known_generators, open_generator
    from dagger_tools.text import read_question

    click.echo(f"  ok       generators: {', '.join(known_generators())}")
    try:
        generator = open_generator("nano")
        outcome = generator.generate([read_question("২টি আম ও ৩টি আম মিলে মোট কতটি আম?")])[0]
        generator.close()
    except DaggerError as error:
        click.echo(f"  BROKEN   embedded model: {error}")
        return False
    if isinstance(outcome, Refusal):
        click.echo(f"  BROKEN   embedded model refuses: {outcome.reason}")
        return False
    click.echo(f"  ok       embedded model answers ({outcome[0].text})")
    return True
