"""Plots as SVG: text stays text, and the same figures give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from dagger_tools.errors import MissingDependencyError

__all__ = ["draw_svg"]

_METADATA: dict[str, Any] = {"Date": None, "Creator": None}
"""Left out of the SVG: the same run gives the same bytes."""


def draw_svg(draw: Callable[[Any], None], *, size: tuple[float, float]) -> str:
    """An SVG document of ``size`` (width and height in inches); ``draw`` fills matplotlib's figure.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            "matplotlib is not installed", hint="pip install 'dagger-tools[eval]'"
        ) from error
    # ids do not depend on the process
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dagger-tools"}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=_METADATA)
    return out.getvalue()
