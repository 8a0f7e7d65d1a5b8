"""What a figure was measured on: printed by every benchmark beside its figures."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe"]


def describe() -> str:
    """Processor, cores, system, Python and the versions that matter, on one line each."""
    packages = []
    for name in ("dagger-tools", "onnxruntime", "numpy", "llguidance"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"{name} absent")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return "\n".join(
        (
            f"machine: {_processor()}, {os.cpu_count()} cores, load {load:.1f}",
            f"system:  {platform.platform()}, Python {platform.python_version()}",
            f"with:    {', '.join(packages)}",
        )
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
