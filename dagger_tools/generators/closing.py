"""Where a graph ends in an output that is still being written."""

from __future__ import annotations

__all__ = ["GraphEnd", "OpenEnd"]


class GraphEnd:
    """Watches an output piece by piece for the closing brace of an object with ``"nodes"``."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._object: list[str] = []
        self._depth = 0
        self._in_string = self._escaped = False

    @property
    def text(self) -> str:
        """What was written so far, nothing after the graph's end."""
        return "".join(self._written)

    def feed(self, piece: str) -> bool:
        """Take the next piece; True once the graph is closed."""
        for place, letter in enumerate(piece):
            if self._closes(letter):
                self._written.append(piece[: place + 1])
                return True
        self._written.append(piece)
        return False

    def _closes(self, letter: str) -> bool:
        if self._depth == 0 and letter != "{":
            return False
        self._object.append(letter)
        if self._escaped:
            self._escaped = False
        elif self._in_string:
            self._escaped = letter == "\\"
            self._in_string = letter != '"'
        elif letter == '"':
            self._in_string = True
        elif letter in "{[":
            self._depth += 1
        elif letter in "}]":
            self._depth -= 1
            if self._depth == 0:
                whole, self._object = "".join(self._object), []
                return '"nodes"' in whole
        return False


class OpenEnd(GraphEnd):
    """For an output that is no graph: the model alone says where it ends."""

    def feed(self, piece: str) -> bool:
        """Take the next piece; always False."""
        self._written.append(piece)
        return False
