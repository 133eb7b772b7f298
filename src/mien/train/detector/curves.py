"""Learning curves of a detector's run, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from mien.train.csv_log import read_columns
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
    columns = read_columns(logs, (*LOSSES, *PRECISIONS))
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
