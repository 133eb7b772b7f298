"""What a phase logged, epoch by epoch: a CSV log for each time that it was begun."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import count
from pathlib import Path

FILE = "metrics.csv"


def new_version(phase_dir: Path) -> str:
    """Name of the folder for the log of a start: `csv`, or `csv-2` and so on where a phase is taken up again.

    Lightning deletes the log in a folder that it opens again.
    """
    return next(name for name in _names() if not (phase_dir / name / FILE).exists())


def logs(phase_dir: Path) -> list[Path]:
    """The logs of a phase, in the order of its starts."""
    paths = []
    for name in _names():
        path = phase_dir / name / FILE
        if not path.is_file():
            break
        paths.append(path)
    return paths


def _names() -> Iterator[str]:
    yield "csv"
    yield from (f"csv-{number}" for number in count(2))


def read_columns(paths: Sequence[Path], names: Collection[str]) -> dict[str, dict[int, float]]:
    """Value by epoch, counted from 1, by name of a column; the later log knows better."""
    columns: dict[str, dict[int, float]] = defaultdict(dict)
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in names:
                    if row.get(name):
                        columns[name][int(row["epoch"]) + 1] = float(row[name])
    return columns
