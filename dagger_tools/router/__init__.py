"""Is a text a Bangla maths question?  A small trained classifier, its reasons, and the question's place."""

from dagger_tools.router.frame import Framed, frame
from dagger_tools.router.verdict import NO_BELOW, THRESHOLD, YES_FROM, Route, route

__all__ = ["NO_BELOW", "THRESHOLD", "YES_FROM", "Framed", "Route", "frame", "route"]
