"""How fast each face detector is on one core, and how large its file.

    python benchmarks/detector.py [--yunet FILE] [--repeats 60]

The pictures are the project's drawn face. The detectors take turns, so that what else the machine does hits
all of them alike, and the process's own time is counted. "network" is mien's network on the picture as it is,
with the decoding of its answers, without the scaling and choosing around it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.demo_face import DemoFace
from mien.detector import SHIPPED_FACE_MODEL, OnnxFaceDetector, find_yunet, make_detector
from mien.scorecard.at_hand import detectors_at_hand
from mien.types import Image

SIZES = ((320, 240), (640, 480))


@dataclass(frozen=True)
class Contender:
    """Something that looks at a picture, and the size of its file in bytes, None for no file of its own."""

    look: Callable[[Image], object]
    file_bytes: int | None = None


def contenders(yunet: Path | None) -> dict[str, Contender]:
    """By name: each detector at hand, and mien's network alone."""
    found = {}
    for name, file in detectors_at_hand(yunet).items():
        path = SHIPPED_FACE_MODEL if name == "mien" else file
        found[name] = Contender(make_detector(name, file).detect, path.stat().st_size if path else None)
    return {**found, "network": Contender(OnnxFaceDetector().read)}


def measure(several: Mapping[str, Contender], image: Image, repeats: int) -> dict[str, tuple[float, float]]:
    """By name: median and 95th percentile of the milliseconds; the first round warms up and is dropped."""
    took: dict[str, list[float]] = {name: [] for name in several}
    for _ in range(repeats + 1):
        for name, contender in several.items():
            start_s = time.process_time()
            contender.look(image)
            took[name].append((time.process_time() - start_s) * 1e3)
    return {name: tuple(np.quantile(values[1:], (0.5, 0.95)).tolist()) for name, values in took.items()}


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yunet", type=Path, default=find_yunet(), help="YuNet's model file")
    parser.add_argument("--repeats", type=int, default=60)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    several = contenders(chosen.yunet)
    columns = [measure(several, next(iter(DemoFace(size))).image, chosen.repeats) for size in SIZES]
    heads = [f"{width} x {height}, ms (p95)" for width, height in SIZES]
    print(f"| detector | file, kB | {' | '.join(heads)} |")
    print("|---|" + "---:|" * (1 + len(heads)))
    for name, contender in several.items():
        size = "–" if contender.file_bytes is None else f"{contender.file_bytes / 1e3:.0f}"
        cells = [f"{middle:.1f} ({high:.1f})" for middle, high in (column[name] for column in columns)]
        print(f"| {name} | {size} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
