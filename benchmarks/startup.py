"""Seconds from a fresh process to its first result, and the most memory that it held.

    python benchmarks/startup.py [--repeats 5]

"library" is `import mien` and `mien.analyze` of a picture; "command" is `mien predict` of it. The picture is
the project's drawn face at 640 x 480. The fastest of several processes counts: the first fills the file
cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

from mien.demo_face import DemoFace

LIBRARY = "import sys, mien; assert mien.analyze(sys.argv[1])"


def measure(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock and peak memory in MB of one process; RuntimeError if it fails."""
    start_s = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took_s = time.perf_counter() - start_s
    if status:
        raise RuntimeError(f"{' '.join(command)} failed")
    return took_s, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    print("| way | s | peak memory, MB |\n|---|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        picture = str(Path(folder) / "face.png")
        cv2.imwrite(picture, next(iter(DemoFace())).image)
        ways = {"library": ["-c", LIBRARY, picture], "command": ["-m", "mien", "predict", picture]}
        for name, arguments in ways.items():
            measured = [measure([sys.executable, *arguments]) for _ in range(repeats)]
            fastest_s, most_mb = min(each[0] for each in measured), max(each[1] for each in measured)
            print(f"| {name} | {fastest_s:.2f} | {most_mb:.0f} |")


if __name__ == "__main__":
    main()
