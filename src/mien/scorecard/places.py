"""What a marked place in a README can hold: tables and single figures of the card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from mien.scorecard import tables
from mien.scorecard.card import Card, Part
from mien.scorecard.goals import install_mb, own_photographs, worst_corruption
from mien.scorecard.speed import WHOLE_WAY

_Render: TypeAlias = Callable[[dict[str, Any]], str]


def _percent(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def _official(head: str, tell: Callable[[dict[str, Any]], str]) -> _Render:
    """A figure of one head's official score."""

    def render(found: dict[str, Any]) -> str:
        score = found["protocols"]["official"][head]
        return "not measured" if score is None else tell(score)

    return render


def _plain(head: str, name: str) -> _Render:
    """A figure of one head without its decision rule."""
    return lambda found: _percent(found["plain"][head][name]) if head in found["plain"] else "not measured"


def _coverage(name: str, tell: Callable[[float], str] = _percent) -> _Render:
    """A figure of the curve at the runtime's own limit."""

    def render(found: dict[str, Any]) -> str:
        curve = found["coverage"]
        value = None if curve is None else curve["default"][name]
        return "not measured" if value is None else tell(value)

    return render


def _number(value: float | None, digits: int) -> str:
    return "not measured" if value is None else f"{value:,.{digits}f}"


def _speed_cpu(found: dict[str, Any]) -> str:
    """The processor, and that it was busy if it was."""
    busy = "" if tables.busy_warning(found) is None else ", busy with other work"
    return f"{found['measured']['machine']['cpu']}{busy}"


def _frame_ms(found: dict[str, Any], *, quantile: str) -> str:
    """The whole way of a frame on one thread: most take a glance, the slowest a full look."""
    return f"{found['threads']['1']['stages'][WHOLE_WAY][quantile]:.1f}"


def _one_face(found: dict[str, Any], *, turned: bool) -> str:
    """Share of the photographs in which mien's own detector finds exactly one face."""
    rows = [row for row in found["rows"] if row["detector"] == "mien" and bool(row["turned_deg"]) is turned]
    return _percent(sum(row["one"] for row in rows) / sum(row["photos"] for row in rows))


_OF_PART: dict[str, tuple[Part, _Render]] = {
    "accuracy": (Part.ACCURACY, tables.accuracy_table),
    "accuracy-by-class": (Part.ACCURACY, partial(tables.accuracy_table, classes=True)),
    "label-prior-share": (Part.ACCURACY, lambda found: f"{found['rules']['label']['share']:.2f}"),
    "crowd-prior-share": (Part.ACCURACY, lambda found: f"{found['rules']['crowd']['share']:.2f}"),
    "label-plain-accuracy": (Part.ACCURACY, _plain("label", "accuracy")),
    "crowd-plain-accuracy": (Part.ACCURACY, _plain("crowd", "accuracy")),
    "crowd-plain-recall": (Part.ACCURACY, _plain("crowd", "mean_recall")),
    "sad-precision": (
        Part.ACCURACY,
        _official("crowd", lambda score: f"{100 * score['per_class']['sad']['precision']:.0f}"),
    ),
    "unsure-limit": (Part.ACCURACY, _coverage("limit", "{:g}".format)),
    "unsure-share": (Part.ACCURACY, _coverage("share")),
    "unsure-accuracy": (Part.ACCURACY, _coverage("accuracy")),
    "corruptions": (Part.CORRUPTIONS, tables.corruption_table),
    "corruptions-worst": (Part.CORRUPTIONS, lambda found: _number(worst_corruption(found), 2)),
    "photographs": (Part.PHOTOGRAPHS, tables.photograph_table),
    "photos": (Part.PHOTOGRAPHS, lambda found: f"{own_photographs(found)['photos']:,}"),
    "photos-labelled": (Part.PHOTOGRAPHS, tables.labelled_in_words),
    "photos-ms": (Part.PHOTOGRAPHS, lambda found: f"{own_photographs(found)['ms']['p50']:.0f}"),
    "photos-cpu": (Part.PHOTOGRAPHS, lambda found: str(found["measured"]["machine"]["cpu"])),
    "photos-recall": (Part.PHOTOGRAPHS, lambda found: _percent(own_photographs(found)["mean_recall"])),
    "photos-one-face": (Part.PHOTOGRAPHS, partial(_one_face, turned=False)),
    "photos-one-face-turned": (Part.PHOTOGRAPHS, partial(_one_face, turned=True)),
    "frame-ms": (Part.SPEED, partial(_frame_ms, quantile="p50")),
    "full-look-ms": (Part.SPEED, partial(_frame_ms, quantile="p95")),
    "recording-fps": (Part.SPEED, lambda found: f"{found['recording_fps']['watched']:.0f}"),
    "classify-ms": (Part.SPEED, lambda found: f"{found['threads']['1']['batches']['1']['p50']:.1f}"),
    "speed-cpu": (Part.SPEED, _speed_cpu),
    "first-result-s": (Part.FOOTPRINT, lambda found: f"{found['first_result_s']['p50']:.1f}"),
    "predict-mb": (Part.FOOTPRINT, lambda found: _number(found["predict_peak_mb"], 0)),
    "install-mb": (Part.FOOTPRINT, lambda found: _number(install_mb(found), 0)),
}

PLACES: dict[str, Callable[[Card], str]] = {
    "bars": tables.bars_table,
    "model-mb": lambda card: f"{card.models['emotion']['bytes'] / 1e6:.1f}",
    **{name: partial(tables.of_part, part=part, render=render) for name, (part, render) in _OF_PART.items()},
}
"""By name, what the place holds."""
