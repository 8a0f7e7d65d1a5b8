"""What stands after the name in a generator's address: ``SOURCE?option=value&option=value``."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from dagger_tools.errors import GeneratorAddressError

__all__ = ["read_options"]


def read_options(query: str, known: Mapping[str, str], what: str) -> dict[str, str]:
    """``known`` options with the values that ``query`` gives them.

    Raises:
        GeneratorAddressError: an option is unknown, given twice or without a value; ``what`` names
            the generator.
    """
    options = dict(known)
    try:
        pairs = parse_qsl(query, strict_parsing=True, max_num_fields=20) if query else []
    except ValueError as error:
        raise GeneratorAddressError(
            f"{what}: the options {query!r} are none", hint="write name=value&name=value"
        ) from error
    names = [name for name, _ in pairs]
    for name, value in pairs:
        if name not in known or names.count(name) > 1:
            fault = "unknown" if name not in known else "given twice"
            raise GeneratorAddressError(
                f"{what}: the option {name!r} is {fault}", hint=f"known: {', '.join(known)}"
            )
        options[name] = value
    return options
