"""Scenes: the wordings of single sentences that ``corpus.frames`` puts problems together from.

A story of the bank is told as a whole, so a model can learn it by heart.  A scene has several
wordings for each *role* (how many there are at first, how some come, how some go, what is asked);
which sentences a problem has, and so what must be calculated, is drawn anew each time.
``docs/bank-format.md`` describes the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType

from dagger_tools.corpus.bank import Lexicon, load_lexicon, read_slot
from dagger_tools.corpus.blocks import fault, read_blocks, read_files, shown_slots
from dagger_tools.corpus.roles import ASK_NEEDS, NEEDED, ONE_QUANTITY, RANGES, ROLES

__all__ = ["Scene", "load_scenes", "read_scenes"]

_ENDED_SHARE = re.compile(r"\{f(?::|\}[\u0980-\u09ff])")
"""A share with an ending: whether it is written as a percentage is drawn, and none fits every way."""
_RANGE = re.compile(r"(\d+)\s*\.\.\s*(\d+)")
_PEOPLE = frozenset({"person", "elder", "anyone"})
"""Lists of names."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The wordings of one scene by role; ``kinds`` are what ``{k}`` and ``{j}`` may be, and
    ``owners`` what ``{a}`` and ``{b}`` may."""

    name: str
    place: str
    frame: str
    people: tuple[tuple[str, str], ...]
    things: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    kinds_are_people: bool
    owners: tuple[str, ...]
    owners_are_people: bool
    ranges: Mapping[str, tuple[int, int]]
    roles: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Open:
    name: str
    place: str
    frame: str = ""
    people: list[tuple[str, str]] = field(default_factory=list)
    things: list[tuple[str, str]] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    kinds_are_people: bool = False
    owners: tuple[str, ...] = ()
    owners_are_people: bool = False
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=dict)


def read_scenes(text: str, lexicon: Lexicon, *, source: str = "<text>") -> Iterator[Scene]:
    """Read the scenes of one file.

    Raises:
        InputError: for the first line that does not fit the format, naming ``source:line``.
    """
    for name, place, lines in read_blocks(text, source=source, kind="scene"):
        scene = _Open(name=name, place=place)
        for at, line in lines:
            _read_line(scene, line, lexicon, at)
        yield _finish(scene)


def load_scenes() -> tuple[Scene, ...]:
    """The scenes of every shipped file, sorted by file name.

    Raises:
        InputError: a line does not fit the format, or two scenes have one name.
    """
    lexicon = load_lexicon()
    folder = resources.files("dagger_tools.corpus") / "scenes"
    found = (path for path in folder.iterdir() if path.name.endswith(".txt"))
    return read_files(
        sorted(found, key=lambda path: path.name),
        lambda text, name: read_scenes(text, lexicon, source=name),
    )


def _read_line(scene: _Open, line: str, lexicon: Lexicon, place: str) -> None:
    keyword, _, rest = line.partition(" ")
    if keyword in ("person", "thing"):
        slots = scene.people if keyword == "person" else scene.things
        slots.append(read_slot(rest, lexicon, place, default="person" * (keyword == "person")))
        return
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon:
        raise fault(place, f"unknown line {line[:40]!r}", "see docs/bank-format.md")
    known = ROLES.get(scene.frame, {})
    if name == "frame":
        if value not in ROLES:
            raise fault(place, f"no frame {value!r}", f"frames are {', '.join(ROLES)}")
        scene.frame = value
    elif not scene.frame:
        raise fault(place, f"{name!r} stands before 'frame:'", "say the frame first")
    elif name == "kinds":
        scene.kinds, scene.kinds_are_people = _words(value, lexicon)
    elif name == "owners":
        scene.owners, scene.owners_are_people = _words(value, lexicon)
    elif name in RANGES[scene.frame] and (name not in known or _RANGE.fullmatch(value)):
        scene.ranges[name] = _read_range(value, place)
    elif name in known:
        wordings = [wording.strip() for wording in value.split("||") if wording.strip()]
        for wording in wordings:
            _check_wording(scene, name, wording, place)
        scene.roles.setdefault(name, []).extend(wordings)
    else:
        raise fault(place, f"no role {name!r} in {scene.frame}", f"roles are {', '.join(known)}")


def _words(value: str, lexicon: Lexicon) -> tuple[tuple[str, ...], bool]:
    """The words of a list by its name, or those written out; and whether they are people."""
    words = tuple(word.replace("_", " ") for word in value.split())
    return lexicon.lists.get(value, words), value in _PEOPLE


def _read_range(value: str, place: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(value)
    if match is None or int(match[1]) >= int(match[2]):
        raise fault(place, f"{value!r} is no range", "write it as 2..15")
    return int(match[1]), int(match[2])


def _check_wording(scene: _Open, role: str, wording: str, place: str) -> None:
    """A wording has its role's slots, a number once; beside those, only people and things."""
    shown = shown_slots(wording)
    wanted = set(ROLES[scene.frame][role])
    for slot in "nmwf":
        if shown.count(slot) != (slot in wanted):
            raise fault(place, f"{role!r} shows {{{slot}}} {shown.count(slot)} times", wording)
    if lost := sorted(wanted - set(shown)):
        raise fault(place, f"{role!r} lacks {lost}", wording)
    also = {"k"} if scene.frame == "groups" and role != "idle" else set()
    declared = {name for name, _ in (*scene.people, *scene.things)}
    if strangers := sorted(set(shown) - wanted - also - declared):
        raise fault(place, f"{role!r} shows undeclared slots {strangers}", wording)
    if _ENDED_SHARE.search(wording):
        raise fault(place, f"{role!r} has an ending after {{f}}", "a share takes none")
    if role.startswith("ask") != wording.endswith("?"):
        raise fault(place, f"{role!r} and its end do not fit", "only questions end in '?'")


def _unmet(scene: _Open) -> Iterator[tuple[str, str]]:
    """Each role that asks and that no problem could ever ask, with what it lacks."""
    for role, needs in ASK_NEEDS[scene.frame].items():
        for need in needs if scene.roles.get(role) else ():
            if not any(scene.roles.get(other) for other in need.split("|")):
                yield role, need.replace("|", " or ")


def _finish(scene: _Open) -> Scene:
    if not scene.frame:
        raise fault(scene.place, f"scene {scene.name!r} has no frame", "add 'frame: change'")
    if lost := [role for role in NEEDED[scene.frame] if not scene.roles.get(role)]:
        raise fault(scene.place, f"scene {scene.name!r} lacks {', '.join(lost)}", "add them")
    if scene.frame not in ONE_QUANTITY and len(scene.kinds) < 2:
        raise fault(scene.place, f"scene {scene.name!r} needs two kinds", "add 'kinds: person'")
    if scene.frame == "grid" and len(scene.owners) < 2:
        raise fault(scene.place, f"scene {scene.name!r} needs two owners", "add 'owners: person'")
    if lost := [f"{need} for {role}" for role, need in _unmet(scene)]:
        hint = "add them, or leave out what asks"
        raise fault(scene.place, f"scene {scene.name!r} lacks {', '.join(lost)}", hint)
    return Scene(
        name=scene.name,
        place=scene.place,
        frame=scene.frame,
        people=tuple(scene.people),
        things=tuple(scene.things),
        kinds=scene.kinds,
        kinds_are_people=scene.kinds_are_people,
        owners=scene.owners,
        owners_are_people=scene.owners_are_people,
        ranges=MappingProxyType({**RANGES[scene.frame], **scene.ranges}),
        roles=MappingProxyType({role: tuple(texts) for role, texts in scene.roles.items()}),
    )
