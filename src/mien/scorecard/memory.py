"""How much memory a process holds."""

from __future__ import annotations

import sys
from pathlib import Path


def memory_mb(name: str) -> float | None:
    """Memory of this process in MB (a million bytes); None where the system does not tell.

    name: VmHWM is the most that it ever held, VmRSS what it holds now; elsewhere than on Linux both are the
    most.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return None
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes / 1e6
