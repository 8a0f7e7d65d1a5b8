"""What the bank's files have in common: blocks under ``== name``, slots in braces, faults with a place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib.resources.abc import Traversable
from typing import Protocol, TypeVar

from dagger_tools.errors import InputError

__all__ = ["SLOT", "content_lines", "fault", "read_blocks", "read_files", "shown_slots"]

SLOT = re.compile(r"\{([a-z][a-z0-9]*)(?::([^}]*))?\}")
"""``{name}`` or ``{name:ending}``."""


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def place(self) -> str: ...


_Block = TypeVar("_Block", bound=_Named)


def content_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1."""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield number, line


def read_blocks(
    text: str, *, source: str, kind: str
) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """The blocks of one file: name, place (``source:line``), and the lines under it as (place, line).

    Raises:
        InputError: a line stands before the first block; ``kind`` says what a block is.
    """
    block: tuple[str, str, list[tuple[str, str]]] | None = None
    for number, line in content_lines(text):
        place = f"{source}:{number}"
        if line.startswith("=="):
            if block is not None:
                yield block
            block = line.strip("= "), place, []
        elif block is None:
            raise fault(place, f"{line!r} stands before any {kind}", "begin with '== name'")
        else:
            block[2].append((place, line))
    if block is not None:
        yield block


def read_files(
    paths: Iterable[Traversable], read: Callable[[str, str], Iterable[_Block]]
) -> tuple[_Block, ...]:
    """What ``read`` makes of the text and the name of each file.

    Raises:
        InputError: two blocks have one name.
    """
    blocks: dict[str, _Block] = {}
    for path in paths:
        for block in read(path.read_text(encoding="utf-8"), path.name):
            if block.name in blocks:
                twin = blocks[block.name].place
                raise fault(
                    block.place, f"the name {block.name!r} is taken at {twin}", "rename one"
                )
            blocks[block.name] = block
    return tuple(blocks.values())


def shown_slots(text: str) -> list[str]:
    """The names of a text's slots, as often as it shows them."""
    return [match[1] for match in SLOT.finditer(text)]


def fault(place: str, message: str, hint: str) -> InputError:
    """An error of a file of the bank."""
    return InputError(f"{place}: {message}", hint=hint)
