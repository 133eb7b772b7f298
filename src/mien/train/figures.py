"""Pictures of numbers: confusion matrices and learning curves, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from mien.files import write_whole
from mien.train import csv_log
from mien.train.evaluate import Evaluation
from mien.train.scores import HeadScore
from mien.types import LABELS

CURVES = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "val_label_accuracy": "label head",
    "val_crowd_accuracy": "crowd head",
}


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure whole, as PNG."""
    FigureCanvasAgg(figure)
    write_whole(path, lambda beside: figure.savefig(beside, format="png", dpi=150))


def draw_confusions(result: Evaluation, folder: Path) -> list[Path]:
    """One PNG a head: `confusion-label.png`, `confusion-crowd.png`."""
    paths = []
    for head, score in (("label", result.label), ("crowd", result.crowd)):
        if score is not None:
            path = folder / f"confusion-{head}.png"
            save_figure(_confusion(score, f"{head} head, {result.protocol.value} protocol"), path)
            paths.append(path)
    return paths


def _confusion(score: HeadScore, title: str) -> Figure:
    figure = Figure(figsize=(5.6, 5.0), layout="constrained")
    axes = figure.subplots()
    picture = paint_confusion(axes, score.confusion, title)
    figure.colorbar(picture, ax=axes, shrink=0.8, label="share of the true class")
    return figure


def paint_confusion(axes: Axes, confusion: NDArray[np.int64], title: str) -> AxesImage:
    """A confusion matrix, true class by row, under a title that tells the accuracy as well."""
    pictures, right = confusion.sum(), confusion.trace()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    picture = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for row in range(len(LABELS)):
        for column in range(len(LABELS)):
            color = "white" if shares[row, column] > 0.55 else "black"
            text = f"{shares[row, column]:.0%}\n{confusion[row, column]}"
            axes.text(column, row, text, ha="center", va="center", color=color, fontsize=9)
    axes.set_xticks(range(len(LABELS)), LABELS)
    axes.set_yticks(range(len(LABELS)), LABELS)
    axes.set_xlabel("recognised")
    axes.set_ylabel("true")
    axes.set_title(f"{title}\n{pictures:,} pictures, accuracy {right / max(pictures, 1):.1%}", fontsize=11)
    return picture


def draw_curves(run_dir: Path, phases: Sequence[str], path: Path) -> None:
    """Loss and accuracies by epoch, all phases of a run one after the other."""
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    start = 0
    for number, phase in enumerate(phases):
        columns = csv_log.read_columns(csv_log.logs(run_dir / phase), CURVES)
        for order, (name, label) in enumerate(CURVES.items()):
            axes = losses if name.endswith("loss") else accuracies
            points = sorted(columns.get(name, {}).items())
            epochs, values = [start + epoch for epoch, _ in points], [value for _, value in points]
            axes.plot(epochs, values, f"C{order}o-", markersize=3, label=None if number else label)
        for axes in (losses, accuracies):
            axes.annotate(
                phase,
                (start + 0.5, 1.01),
                xycoords=("data", "axes fraction"),
                rotation=90,
                fontsize=8,
                color="0.4",
            )
            axes.axvline(start + 0.5, color="0.8", linewidth=0.8)
        start += max((epoch for points in columns.values() for epoch in points), default=0)
    losses.set(xlabel="epoch", ylabel="loss")
    accuracies.set(xlabel="epoch", ylabel="accuracy on validation")
    for axes in (losses, accuracies):
        # Below: the phases' names stand above, and within, a legend may hide points.
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    save_figure(figure, path)
