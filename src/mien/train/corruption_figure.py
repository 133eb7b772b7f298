"""One face under every corruption, as PNG, so that a reader sees what was done to the pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mien.train.corruptions import CORRUPTIONS
from mien.train.figures import save_figure
from mien.train.robustness import CorruptionScore
from mien.types import Grey

COLUMNS = 4


def draw_corruptions(scores: Sequence[CorruptionScore], face: Grey, folder: Path) -> Path:
    """Write `corruptions.png`: `corruption_panels` of the crowd head, without votes of the label head."""
    path = folder / "corruptions.png"
    head = "label" if scores[0].crowd is None else "crowd"
    save_figure(corruption_panels(_losses(scores), head, face), path)
    return path


def corruption_panels(losses: Mapping[str, float], head: str, face: Grey) -> Figure:
    """The face as it is, then under each corruption with what that costs.

    losses: by corruption, in points, those of the head that is named. face: 48x48 uint8.
    """
    pictures = {"as it is": face, **{each.name: each.apply(face[None])[0] for each in CORRUPTIONS}}
    rows = math.ceil(len(pictures) / COLUMNS)
    figure = Figure(figsize=(2.0 * COLUMNS, 2.4 * rows + 0.5), layout="constrained")
    grid = np.ravel(figure.subplots(rows, COLUMNS, squeeze=False))
    for axes in grid:
        axes.set_axis_off()
    for axes, (name, picture) in zip(grid, pictures.items(), strict=False):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(f"{name}\n{_cost(losses[name])}" if name in losses else f"{name}\n", fontsize=10)
    figure.suptitle(f"What the {head} head's accuracy loses, in points; the face is drawn", fontsize=11)
    return figure


def _losses(scores: Sequence[CorruptionScore]) -> dict[str, float]:
    """The served head's loss by direction."""
    return {
        name: loss
        for score in scores
        for name, loss in zip(score.directions, (score.crowd or score.label).direction_points, strict=True)
    }


def _cost(loss: float) -> str:
    return f"gains {-loss:.2f}" if loss < 0 else f"loses {loss:.2f}"
