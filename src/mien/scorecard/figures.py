"""The card's pictures, each drawn from what the JSON says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mien.drawn import draw_crop
from mien.scorecard.card import Card, Part
from mien.train.corruption_figure import corruption_panels
from mien.train.figures import paint_confusion
from mien.train.scores import CALIBRATION_BINS
from mien.types import LABELS

_BLUE, _ORANGE, _GREEN = "#0072b2", "#d55e00", "#009e73"
"""Okabe and Ito's, which people with any kind of colour vision can tell apart."""

_COLOURS = (_BLUE, _ORANGE, _GREEN)
_MARKED_LIMITS = (0.6, 0.7, 0.8, 0.9)

FIGURES = (
    *("confusions-official", "confusions-leak-free", "reliability", "coverage"),
    *("corruptions", "photographs", "speed"),
)
"""The names of all figures that there can be."""


def draw_figures(card: Card) -> dict[str, Figure]:
    """By name, without the ending, each figure of the parts that were measured."""
    return {
        name: figure
        for part, found in card.found.items()
        if part in _DRAWN_BY
        for name, figure in _DRAWN_BY[part](found)
    }


def _accuracy(found: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    for protocol, scores in found["protocols"].items():
        yield f"confusions-{protocol}", _confusions(protocol, scores)
    yield "reliability", _reliability(found["reliability"])
    if found["coverage"] is not None:
        yield "coverage", _coverage(found["coverage"])


def _confusions(protocol: str, scores: dict[str, Any]) -> Figure:
    heads = [head for head in ("label", "crowd") if scores[head] is not None]
    figure = Figure(figsize=(0.6 + 4.7 * len(heads), 4.6), layout="constrained")
    panels = np.ravel(figure.subplots(1, len(heads), squeeze=False))
    for axes, head in zip(panels, heads, strict=True):
        counts = np.array(scores[head]["confusion"], dtype=np.int64)
        picture = paint_confusion(axes, counts, f"{head} head, {protocol} protocol")
    figure.colorbar(picture, ax=list(panels), shrink=0.8, label="share of the true class")
    return figure


def _reliability(bins: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(4.6 * len(bins), 4.8), layout="constrained")
    grid = figure.subplots(2, len(bins), squeeze=False, sharex=True, height_ratios=(3, 1))
    for column, (head, said) in enumerate(bins.items()):
        _paint_reliability(grid[0, column], grid[1, column], said)
        grid[0, column].set_title(f"{head} head", fontsize=11)
    grid[0, 0].set_ylabel("share that is right")
    grid[1, 0].set_ylabel("pictures")
    return figure


def _paint_reliability(shares: Axes, counts: Axes, said: dict[str, Any]) -> None:
    """Accuracy over mean probability, bin by bin, and below how many answers each bin holds."""
    filled = np.array(said["n"]) > 0
    edges = np.arange(CALIBRATION_BINS) / CALIBRATION_BINS
    width = 1 / CALIBRATION_BINS
    shares.plot((0, 1), (0, 1), color="0.6", linestyle="--", linewidth=1, label="worth what it says")
    shares.plot(
        np.array(said["confidence"])[filled],
        np.array(said["accuracy"])[filled],
        "o-",
        color=_BLUE,
        label="measured",
    )
    shares.set(xlim=(0, 1), ylim=(0, 1))
    shares.legend(loc="upper left", frameon=False)
    shares.grid(alpha=0.3)
    counts.bar(edges, said["n"], width=width, align="edge", color=_BLUE, alpha=0.5)
    counts.set_xlabel("largest probability")


def _coverage(said: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.subplots()
    points = [point for point in said["points"] if point["accuracy"] is not None]
    axes.plot(*_percent(points), color=_BLUE)
    for point in points:
        if point["limit"] in _MARKED_LIMITS:
            axes.plot(*_percent([point]), "o", color=_BLUE, markersize=5)
            axes.annotate(
                f"{point['limit']:g}", _place(point), (6, 4), textcoords="offset points", fontsize=9
            )
    default = said["default"]
    if default["accuracy"] is not None:
        label = (
            f"default limit {default['limit']:g}: answers {default['share']:.1%}, "
            f"right in {default['accuracy']:.1%} of them"
        )
        axes.plot(*_percent([default]), "D", color=_ORANGE, label=label)
        axes.legend(loc="lower left", frameon=False)
    axes.set(xlabel="faces answered, % (the others are “unsure”)", ylabel="right among them, %")
    axes.grid(alpha=0.3)
    axes.set_title(
        f"Risk and coverage of the crowd head, {said['n']:,} pictures; at points the least probability",
        fontsize=10,
    )
    return figure


def _place(point: dict[str, float]) -> tuple[float, float]:
    return 100 * point["share"], 100 * point["accuracy"]


def _percent(points: list[dict[str, float]]) -> tuple[list[float], list[float]]:
    shares, rights = zip(*map(_place, points), strict=True)
    return list(shares), list(rights)


def _corruptions(found: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    head = "label" if found["clean"]["crowd"] is None else "crowd"
    losses = {
        name: loss for score in found["scores"] for name, loss in score[head]["loss_by_direction"].items()
    }
    yield "corruptions", corruption_panels(losses, head, draw_crop())


def _photographs(found: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    rows = [row for row in found["rows"] if not row["turned_deg"]]
    names = (*LABELS, "mean")
    figure = Figure(figsize=(8.0, 3.6), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(rows)
    for number, (row, colour) in enumerate(zip(rows, _COLOURS, strict=False)):
        values = [row["recalls"][label] or 0.0 for label in LABELS] + [row["mean_recall"]]
        places = np.arange(len(names)) + (number - (len(rows) - 1) / 2) * width
        bars = axes.bar(places, values, width=0.92 * width, color=colour, label=row["detector"])
        axes.bar_label(bars, [f"{value:.3f}" for value in values], fontsize=7, padding=1)
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="recall", ylim=(0, 1.05))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=len(rows), loc="upper center", bbox_to_anchor=(0.5, 1.15), frameon=False)
    yield "photographs", figure


def _speed(found: dict[str, Any]) -> Iterator[tuple[str, Figure]]:
    figure = Figure(figsize=(10.0, 3.8), layout="constrained")
    stages, batches = figure.subplots(1, 2, width_ratios=(3, 2))
    for number, (threads, said) in enumerate(found["threads"].items()):
        label, colour = f"{threads} thread{'s' if threads != '1' else ''}", _COLOURS[number]
        _paint_stages(stages, said["stages"], number, label, colour)
        took = [each["p50"] for each in said["batches"].values()]
        batches.plot(list(said["batches"]), took, "o-", color=colour, label=label)
    stages.set(xlabel="ms: median, and 95th percentile as whisker")
    batches.set(xlabel="faces at once", ylabel="ms a face, median")
    batches.set_ylim(bottom=0)
    batches.grid(alpha=0.3)
    for axes in (stages, batches):
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    yield "speed", figure


def _paint_stages(
    axes: Axes, stages: dict[str, dict[str, float]], number: int, label: str, colour: str
) -> None:
    middles = np.array([said["p50"] for said in stages.values()])
    above = np.array([said["p95"] for said in stages.values()]) - middles
    places = np.arange(len(stages)) + (number - 0.5) * 0.38
    whiskers = {"ecolor": "0.4", "capsize": 2, "linewidth": 1}
    axes.barh(places, middles, 0.36, xerr=(0 * above, above), color=colour, label=label, error_kw=whiskers)
    if not number:
        axes.set_yticks(range(len(stages)), list(stages))
        axes.invert_yaxis()


_DRAWN_BY: dict[Part, Callable[[dict[str, Any]], Iterator[tuple[str, Figure]]]] = {
    Part.ACCURACY: _accuracy,
    Part.CORRUPTIONS: _corruptions,
    Part.PHOTOGRAPHS: _photographs,
    Part.SPEED: _speed,
}
