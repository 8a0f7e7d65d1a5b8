"""Is a text a Bangla maths question?  First version: rules over script, numerals and cue words."""

from dagger_tools.router.rules import Route, route

__all__ = ["Route", "route"]
