"""What memory this process took."""

from __future__ import annotations

import sys

__all__ = ["peak_bytes"]


def peak_bytes() -> int | None:
    """The most memory the process held so far, and on a GPU the most that torch took there.

    None where the system keeps no such account.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    total: int = peak if sys.platform == "darwin" else peak * 1024  # Linux counts in KiB
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        total += int(torch.cuda.max_memory_allocated())
    return total
