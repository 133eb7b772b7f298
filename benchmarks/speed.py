"""Time of each stage on this machine, and of the whole way of a frame, at one and two threads.

    python benchmarks/speed.py [--yunet FILE] [--repeats 60]

The frames are the project's drawn face at 640 x 480, for each detector at hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from mien.detector import find_yunet
from mien.options import RuntimeOptions
from mien.pipeline import load_models
from mien.scorecard.at_hand import detectors_at_hand
from mien.scorecard.machine import cpu_name, usable_cores
from mien.scorecard.speed import drawn_frames, time_batches, time_stages


def time_all(name: str, file: Path | None, threads: int, repeats: int) -> dict[str, list[float]]:
    """Milliseconds by stage, then a face by batch."""
    options = RuntimeOptions(threads=threads)
    models = load_models(name, file, None, options)
    batches = time_batches(models.classifier, repeats)
    return {
        **time_stages(models, options, drawn_frames(repeats + 1)),
        **{f"classify, {count} at once, each": took for count, took in batches.items()},
    }


def main() -> None:
    """Print a table of all detectors and thread counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yunet", type=Path, default=find_yunet())
    parser.add_argument("--repeats", type=int, default=60)
    chosen = parser.parse_args()
    table = Table(title=f"{cpu_name()}, {usable_cores()} cores; ms, median (p95)")
    for heading in ("detector", "stage", "1 thread", "2 threads"):
        table.add_column(heading, justify="left" if heading in ("detector", "stage") else "right")
    for name, file in detectors_at_hand(chosen.yunet).items():
        columns = [time_all(name, file, threads, chosen.repeats) for threads in (1, 2)]
        for stage in columns[0]:
            cells = (np.quantile(column[stage], (0.5, 0.95)) for column in columns)
            table.add_row(name, stage, *(f"{middle:.2f} ({high:.2f})" for middle, high in cells))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
