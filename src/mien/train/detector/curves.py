"""Learning curves of a detector's run, as PNG."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from mien.train.figures import save_figure

LOSSES = {
    "train_loss": "training loss",
    "train_score": "of it: score",
    "train_box": "box, unweighted",
    "train_landmarks": "landmarks, unweighted",
    "val_loss": "validation loss",
}
PRECISIONS = {
    "val_ap_small": "faces of 12 to 32 px",
    "val_ap_medium": "32 to 96 px",
    "val_ap_large": "over 96 px",
    "val_score": "mean",
}


def draw_curves(logs: Sequence[Path], path: Path) -> None:
    """Losses and average precisions by epoch, out of CSV logs: one for each time that the run was begun."""
    columns = _read_columns(logs)
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    parts = zip(figure.subplots(1, 2), (LOSSES, PRECISIONS), ("loss", "average precision"), strict=True)
    for axes, names, title in parts:
        for name, label in names.items():
            if name in columns:
                epochs, values = zip(*sorted(columns[name].items()), strict=True)
                axes.plot(epochs, values, "o-", markersize=3, label=label)
        axes.set(xlabel="epoch", ylabel=title)
        axes.legend()
        axes.grid(alpha=0.3)
    save_figure(figure, path)


def _read_columns(logs: Sequence[Path]) -> dict[str, dict[int, float]]:
    """Value by epoch, counted from 1, by name of a column; the later log knows better."""
    columns: dict[str, dict[int, float]] = defaultdict(dict)
    for log in logs:
        with log.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in (*LOSSES, *PRECISIONS):
                    if row.get(name):
                        columns[name][int(row["epoch"]) + 1] = float(row[name])
    return columns
