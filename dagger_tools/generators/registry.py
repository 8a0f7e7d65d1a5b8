"""Generators by address: ``nano``, ``nano:DIR``, and what other packages register.

An address is ``name`` or ``name:rest``.  A package adds a backend under the entry point group
``dagger_tools.generators``: the entry's name is the address's, its object a callable that takes the
``rest`` (``""`` where there is none) and returns a ``Generator``.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from dagger_tools.errors import GeneratorAddressError
from dagger_tools.generators.base import Generator

__all__ = ["GROUP", "known_generators", "open_generator"]

GROUP = "dagger_tools.generators"


def known_generators() -> tuple[str, ...]:
    """The names that addresses may begin with, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def open_generator(address: str) -> Generator:
    """The generator at ``address``.

    Raises:
        GeneratorAddressError: nothing is registered under that name.
        ModelFileError: the backend's files are missing or corrupt.
        MissingDependencyError: the backend needs a package that is not installed.
    """
    name, _, rest = address.partition(":")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none: is dagger-tools installed?"
        raise GeneratorAddressError(f"no generator answers to {address!r}", hint=f"known: {known}")
    generator = found[name].load()(rest)
    if not isinstance(generator, Generator):
        raise GeneratorAddressError(
            f"the entry point {name!r} of {found[name].dist} gives no Generator",
            hint="see dagger_tools.generators.base",
        )
    return generator
