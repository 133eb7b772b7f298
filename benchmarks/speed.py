"""Time of each stage on this machine, and of the whole way of a frame, at one and two threads.

    python benchmarks/speed.py [--yunet FILE] [--repeats 60]

The frame is the project's drawn face at 640 x 480. Stages are timed one after the other within each repeat,
so that what else the machine does hits all of them alike.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
from at_hand import detectors_at_hand
from rich.console import Console
from rich.table import Table

from mien.demo_face import DemoFace
from mien.detector import find_yunet
from mien.options import RuntimeOptions
from mien.overlay import draw
from mien.pipeline import Models, build_pipeline, load_models
from mien.preprocess import cut_faces
from mien.types import Frame

BATCHES = (1, 8, 32)


def time_stages(
    models: Models, options: RuntimeOptions, frame: Frame, repeats: int
) -> dict[str, list[float]]:
    """Milliseconds of each stage, one value a repeat; the first repeat warms up and is dropped."""
    took: dict[str, list[float]] = defaultdict(list)
    pipeline = build_pipeline(models, options)
    rng = np.random.default_rng(0)
    crops = {count: rng.integers(0, 255, (count, 48, 48), dtype=np.uint8) for count in BATCHES}
    for _ in range(repeats + 1):
        start = time.perf_counter()

        def lap(name: str) -> None:
            nonlocal start
            now = time.perf_counter()
            took[name].append((now - start) * 1e3)
            start = time.perf_counter()

        faces = models.detector.detect(frame.image)
        lap(f"detect ({models.detector.name})")
        cut_faces(frame.image, faces, models.detector.framing, models.classifier.spec.input_px)
        lap("cut")
        for count in BATCHES:
            models.classifier.classify(crops[count])
            lap(f"classify, {count} at once, each")
            took[f"classify, {count} at once, each"][-1] /= count
        result = pipeline.process(frame)
        lap("whole way of a frame")
        draw(frame.image, result)
        lap("draw")
    return {name: values[1:] for name, values in took.items()}


def main() -> None:
    """Print a table a detector and thread count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yunet", type=Path, default=find_yunet())
    parser.add_argument("--repeats", type=int, default=60)
    chosen = parser.parse_args()
    frame = next(iter(DemoFace()))
    detectors = detectors_at_hand(chosen.yunet)
    table = Table(
        title=f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; ms, median (p95)"
    )
    for heading in ("detector", "stage", "1 thread", "2 threads"):
        table.add_column(heading, justify="left" if heading in ("detector", "stage") else "right")
    for name, file in detectors.items():
        columns = []
        for threads in (1, 2):
            options = RuntimeOptions(threads=threads)
            models = load_models(name, file, None, options)
            columns.append(time_stages(models, options, frame, chosen.repeats))
        for stage in columns[0]:
            cells = (np.quantile(column[stage], (0.5, 0.95)) for column in columns)
            table.add_row(name, stage, *(f"{middle:.2f} ({high:.2f})" for middle, high in cells))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
