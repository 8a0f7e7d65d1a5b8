"""The JSON object of a graph, found in what a model wrote: prose, fences, drafts, slips, fragments.

Reading is one pass: every ``{`` that can begin an object is decoded where it stands; only what
fails is scanned a second time, to tell what is cut off from what is no JSON.  A graph is never read
out of the inside of another object, so a fragment is never answered from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NoReturn

from dagger_tools.errors import Fault, GraphParseError

__all__ = ["MAX_CHARS", "MAX_MENDED", "Document", "WrittenNumber", "extract"]

MAX_CHARS = 1_000_000
"""Characters of an output; the longest graph within the executor's bounds is far shorter."""
MAX_MENDED = 50_000
"""Characters of an object whose slips are mended; a longer one has to be JSON."""
_MAX_OBJECTS = 100  # JSON objects in one output
_MAX_BRACES = 10_000
_MAX_COMMAS = 60_000
_MAX_BRACKETS = 30_000  # in text that is no JSON, where they are counted one by one
_MAX_NESTING = 64
_INT_CHARS = 300  # an int() of more digits is slow, and no float is as large

_JSON_HINT = "write one JSON object with double quotes"
_CUT_HINT = "raise the limit on new tokens; a fragment is never answered from"

# what can be an object: an opening brace of prose or LaTeX is followed by other things
_START = re.compile(r"""\{(?=\s*+(?:["'“/]|nodes\b))""")
# groups are not repeated possessively, which Python before 3.11.5 gets wrong (python/cpython#106052);
# none of these can fail after such a group, so there is nothing to try again
_STRING = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*"?'
_REMARK = r"//[^\n]*+|/\*(?:.*?\*/|.*)"
_BRACKET = re.compile(
    rf'(?:[^"{{}}\[\]`/]++|{_STRING}|{_REMARK}|/|`(?!``))*(```|[{{}}\[\]]|\Z)', re.DOTALL
)
_BARE = r"[^\s\"'{}\[\],\\]++(?:(?:,(?=\d)|[ ](?![/}\]]))[^\s\"'{}\[\],\\]++)*"
_SLIP = re.compile(
    rf'(?P<key>"val"\s*+:\s*+)(?P<bare>{_BARE})|(?P<string>{_STRING})|(?P<remark>{_REMARK})'
    r"|\b(?P<word>True|False|None)\b|(?P<digit>[০-৯])",
    re.DOTALL,
)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*+[}}\]])", re.DOTALL)
_PLAIN = re.compile(
    r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null|NaN|-?Infinity"
)
_WORDS = {"True": "true", "False": "false", "None": "null"}


class WrittenNumber(str):
    """A JSON number that no int holds, as it was written, so that no digit is lost."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """``nodes`` as JSON has them, and what was repaired to read them, a sentence each.

    Ints are ints; any other number (and an int too long to be of use) is a ``WrittenNumber``.
    """

    nodes: list[Any]
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text that begins like an object; ``error`` says why it is none."""

    start: int
    end: int
    value: Any = None
    error: json.JSONDecodeError | None = None
    cut_at: str = ""


class _TwiceError(ValueError):
    """An object that holds a key twice."""


def extract(raw: str) -> Document:
    """The list of nodes of the last whole graph in ``raw``.

    Raises:
        GraphParseError: there is none: no JSON, cut off, or of another shape; the message says
            where.
    """
    if len(raw) > MAX_CHARS:
        _refuse("$", f"{len(raw):,} characters; at most {MAX_CHARS:,} are read")
    if raw.count("{") > _MAX_BRACES or raw.count(",") > _MAX_COMMAS:
        _refuse("$.nodes", f"more than {_MAX_BRACES:,} objects or {_MAX_COMMAS:,} items")
    pieces = _pieces(raw)
    graphs = [piece for piece in pieces if _is_graph(piece, raw)]
    repairs: list[str] = []
    if not graphs:
        _refuse_all(raw, pieces)
    last = graphs[-1]
    if last.cut_at:
        whole = next((piece for piece in reversed(graphs[:-1]) if piece.value is not None), None)
        # a model that does not stop begins its answer anew; anything else is an unfinished answer
        if whole is None or not _begins(raw[whole.start : whole.end], raw[last.start : last.end]):
            _refuse_cut(raw, last)
        last = whole
        repairs.append("the same graph begins once more and is cut off: the whole one was read")
    elif len(graphs) > 1:
        repairs.append(f"the text holds {len(graphs)} graphs: the last was read")
    value = last.value
    if last.error is not None:
        value = _mend(raw, last, repairs)
    nodes = value.get("nodes")
    if not isinstance(nodes, list):
        _refuse("$.nodes", "a list of nodes was expected")
    return Document(nodes, tuple(repairs))


def _pieces(raw: str) -> list[_Piece]:
    decoder = _CLEANING_DECODER if _may_hold_surrogates(raw) else _DECODER
    pieces: list[_Piece] = []
    at = 0
    while match := _START.search(raw, at):
        if len(pieces) == _MAX_OBJECTS:
            _refuse("$", f"more than {_MAX_OBJECTS} JSON objects", _JSON_HINT)
        start = match.start()
        try:
            value, end = decoder.raw_decode(raw, start)
            pieces.append(_Piece(start, end, value))
        except json.JSONDecodeError as error:
            end, cut_at = _span(raw, start)
            pieces.append(_Piece(start, end, None, error, cut_at))
        except RecursionError:
            _refuse("$", f"nested far deeper than {_MAX_NESTING} brackets {_place(raw, start)}")
        except _TwiceError as error:
            _refuse("$.nodes", f"{error}, in the object {_place(raw, start)}")
        at = end
    return pieces


def _may_hold_surrogates(raw: str) -> bool:
    try:
        raw.encode()
    except UnicodeEncodeError:
        return True
    return "\\ud" in raw or "\\uD" in raw


def _span(raw: str, start: int) -> tuple[int, str]:
    """Where the brackets opened at ``start`` are closed, or where they end and in which path.

    Brackets in strings and remarks do not count; a fence ends an object that was never closed.
    """
    depth = elements = count = 0
    at = start
    while match := _BRACKET.match(raw, at):
        sign, at = match[1], match.end()
        if not sign or sign == "```":
            path = f"$.nodes[{elements}]" if depth > 1 or elements else "$"
            return at, path
        count += 1
        if count > _MAX_BRACKETS:
            _refuse("$", f"no JSON {_place(raw, start)}, with over {_MAX_BRACKETS:,} brackets")
        depth += 1 if sign in "{[" else -1
        elements += sign == "}" and depth == 2
        if depth > _MAX_NESTING:
            _refuse("$", f"nested deeper than {_MAX_NESTING} brackets {_place(raw, at)}")
        if depth == 0:
            return at, ""
    return len(raw), "$"


def _is_graph(piece: _Piece, raw: str) -> bool:
    if piece.error is None:
        return isinstance(piece.value, dict) and "nodes" in piece.value
    text = raw[piece.start : piece.end]
    if "..." in text and '"id"' not in text:
        return False  # {"nodes": [...]} in prose speaks of the shape
    # the head of a graph that was cut off within its first word counts too
    return "nodes" in text or (bool(piece.cut_at) and _begins('{"nodes"', text))


def _begins(whole: str, part: str) -> bool:
    """Whether ``whole`` begins with ``part``, white space and a closing fence aside."""
    squeezed = "".join(part.split()).removesuffix("```")
    return "".join(whole.split()).startswith(squeezed)


def _mend(raw: str, piece: _Piece, repairs: list[str]) -> Any:
    """Read a piece whose slips can be mended without a guess; ``repairs`` says which they were."""
    assert piece.error is not None
    if piece.end - piece.start > MAX_MENDED:
        _refuse_json(piece.error)
    said: dict[str, None] = {}

    def replace(match: re.Match[str]) -> str:
        if match["string"] is not None:
            return match["string"]
        if match["key"] is not None:
            if _PLAIN.fullmatch(match["bare"]):
                return match[0]
            said[f"the value {match['bare'][:40]} was put in quotes"] = None
            return match["key"] + json.dumps(match["bare"], ensure_ascii=False)
        if match["remark"] is not None:
            said["remarks were dropped"] = None
            return " "
        if match["word"] is not None:
            said[f"{match['word']} was read as {_WORDS[match['word']]}"] = None
            return _WORDS[match["word"]]
        said["Bangla digits outside quotes were read as digits"] = None
        return str(int(match["digit"]))

    text = _SLIP.sub(replace, raw[piece.start : piece.end])
    mended = _COMMA.sub(lambda match: match[1] or "", text)
    if mended != text:
        said["trailing commas were dropped"] = None
    try:
        value, end = _CLEANING_DECODER.raw_decode(mended)
    except (json.JSONDecodeError, RecursionError):
        end = -1
    except _TwiceError as error:
        _refuse("$.nodes", f"{error}, in the object {_place(raw, piece.start)}")
    if end != len(mended) or not isinstance(value, dict):
        _refuse_json(piece.error)
    repairs.extend(said)
    return value


def _refuse_all(raw: str, pieces: list[_Piece]) -> NoReturn:
    """Say why no piece is a graph."""
    last = pieces[-1] if pieces else None
    if last is None:
        what = "the text is empty" if not raw.strip() else 'no JSON object with "nodes" was found'
        _refuse("$", what, _JSON_HINT)
    if last.cut_at:
        _refuse_cut(raw, last)
    if last.error is not None:
        _refuse_json(last.error)
    _refuse("$.nodes", 'the JSON object has no "nodes"', _JSON_HINT)


def _refuse_cut(raw: str, piece: _Piece) -> NoReturn:
    end = len(raw[: piece.end].rstrip("` \n"))
    what = f"the JSON object {_place(raw, piece.start)} is cut off (truncated) {_place(raw, end)}"
    _refuse(piece.cut_at, f"{what}: its brackets are never closed", _CUT_HINT)


def _refuse_json(error: json.JSONDecodeError) -> NoReturn:
    near = error.doc[error.pos : error.pos + 20]
    what = f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}, near {near!r}"
    _refuse("$", what, _JSON_HINT)


def _refuse(path: str, message: str, hint: str = "") -> NoReturn:
    raise GraphParseError([Fault(path, message)], hint=hint)


def _place(raw: str, at: int) -> str:
    line = raw.count("\n", 0, at) + 1
    return f"at line {line}, column {at - raw.rfind(chr(10), 0, at)}"


def _read_int(text: str) -> int | WrittenNumber:
    return int(text) if len(text) < _INT_CHARS else WrittenNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _TwiceError(f"the key {twice[:40]!r} is written twice (id {value.get('id')!r})")
    return value


def _clean_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without halves of surrogate pairs, which no UTF-8 can write."""
    return _object([(str(_clean(key)), _clean(value)) for key, value in pairs])


def _clean(value: Any) -> Any:
    if type(value) is str:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return [_clean(item) for item in value] if type(value) is list else value


def _decoder(hook: Any) -> json.JSONDecoder:
    # strict=False: a raw newline in a label is a slip, not a fault
    return json.JSONDecoder(
        strict=False,
        parse_int=_read_int,
        parse_float=WrittenNumber,
        parse_constant=WrittenNumber,
        object_pairs_hook=hook,
    )


_DECODER = _decoder(_object)
_CLEANING_DECODER = _decoder(_clean_object)
