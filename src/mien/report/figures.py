"""Pictures of a session as SVG that takes the page's own text colour, light or dark."""

from __future__ import annotations

import html
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from mien.overlay import BGR_OF_LABEL
from mien.report.person import QUALITY, Person, Run

ORDER = tuple(BGR_OF_LABEL)
"""The labels from top to bottom."""

MAX_RUNS = 1500
"""A timeline with more pieces than this is drawn in so many steps, each with its most frequent label."""

MAX_POINTS = 300
"""A curve with more points than this is drawn with means."""

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_INK = "#010203"
_TITLES = {"size_px": "size, px", "sharpness": "sharpness", "light": "light, 0 to 1"}


def hex_of(label: str) -> str:
    """The colour of a label as the web writes it."""
    blue, green, red = BGR_OF_LABEL[label]
    return f"#{red:02x}{green:02x}{blue:02x}"


def timeline_svg(person: Person, start_s: float, end_s: float) -> str:
    """A row a label, a bar wherever it was shown."""
    with _style(f"timeline {person.id}"):
        figure = Figure(figsize=(9.0, 2.1), layout="constrained")
        axes = figure.subplots()
        for row, label in enumerate(ORDER):
            bars = [
                (run.start_s, max(run.end_s - run.start_s, (end_s - start_s) / 2000))
                for run in _thinned(person.runs)
                if run.label == label
            ]
            axes.broken_barh(bars, (row - 0.4, 0.8), facecolors=hex_of(label))
        axes.set_yticks(range(len(ORDER)), ORDER)
        axes.set_ylim(len(ORDER) - 0.5, -0.5)
        _time_axis(axes, start_s, end_s, 8)
        return _svg(figure, f"Timeline of person {person.id}: {in_words(person)}")


def shares_svg(person: Person) -> str:
    """How much of the time each label was shown, as bars with their numbers."""
    with _style(f"shares {person.id}"):
        figure = Figure(figsize=(4.4, 2.3), layout="constrained")
        axes = figure.subplots()
        total_s = person.seen_s or 1.0
        shares = [100 * person.seconds.get(label, 0.0) / total_s for label in ORDER]
        bars = axes.barh(ORDER, shares, color=[hex_of(label) for label in ORDER])
        axes.bar_label(bars, [f" {share:.0f} %" for share in shares], color=_INK)
        axes.invert_yaxis()
        axes.set(xlim=(0, 118), xticks=[])
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        return _svg(figure, f"Time shares of person {person.id}: {in_words(person)}")


def quality_svg(person: Person, start_s: float, end_s: float) -> str:
    """How well the face could be seen over time; empty where the session does not say."""
    if not any(person.quality.values()):
        return ""
    with _style(f"quality {person.id}"):
        figure = Figure(figsize=(9.0, 1.8), layout="constrained")
        said = []
        for axes, name in zip(figure.subplots(1, len(QUALITY)), QUALITY, strict=True):
            times_s, values = _curve(person.quality[name])
            # Of a single point no line is drawn.
            axes.plot(times_s, values, "." if len(values) == 1 else "-", color="#0072b2", linewidth=1.2)
            axes.set_title(_TITLES[name], fontsize=9)
            axes.set_ylim(0, 1.0 if name == "light" else 1.1 * max(values, default=1.0))
            _time_axis(axes, start_s, end_s, 4)
            if values.size:
                said.append(f"{_TITLES[name]}: {values.min():.3g} to {values.max():.3g}")
        return _svg(figure, f"Quality of person {person.id} over time. {'; '.join(said)}")


def in_words(person: Person) -> str:
    """The time shares, longest first."""
    total_s = person.seen_s or 1.0
    longest = sorted(person.seconds.items(), key=lambda pair: -pair[1])
    parts = [f"{label} {seconds / total_s:.0%}" for label, seconds in longest]
    return ", ".join(parts)


def _thinned(runs: list[Run]) -> list[Run]:
    if len(runs) <= MAX_RUNS:
        return runs
    start_s, end_s = runs[0].start_s, runs[-1].end_s
    step_s = max(end_s - start_s, 1e-9) / MAX_RUNS
    steps: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for run in runs:
        first, last = int((run.start_s - start_s) / step_s), int((run.end_s - start_s) / step_s)
        for step in range(first, last + 1):
            begin_s = start_s + step * step_s
            shown_s = min(run.end_s, begin_s + step_s) - max(run.start_s, begin_s)
            steps[step][run.label] += shown_s
    return [
        Run(max(shown, key=shown.__getitem__), start_s + step * step_s, start_s + (step + 1) * step_s)
        for step, shown in sorted(steps.items())
    ]


def _curve(seconds: dict[int, tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Times in seconds and mean values, at most `MAX_POINTS`."""
    points = np.array([(second + 0.5, total / count) for second, (total, count) in sorted(seconds.items())])
    if not points.size:
        return np.empty(0), np.empty(0)
    parts = np.array_split(points, min(len(points), MAX_POINTS))
    means = np.array([part.mean(axis=0) for part in parts])
    return means[:, 0], means[:, 1]


def _time_axis(axes: Axes, start_s: float, end_s: float, ticks: int) -> None:
    """Time from left to right, at most so many ticks, at round times of a clock."""
    end_s = max(end_s, start_s + 1.0)
    step_s = next((step for step in _STEPS_S if (end_s - start_s) / step <= ticks), (end_s - start_s) / ticks)
    axes.set_xlim(start_s, end_s)
    axes.xaxis.set_major_locator(MultipleLocator(step_s))
    axes.xaxis.set_major_formatter(lambda value, _: clock(value))
    axes.spines[["top", "right"]].set_visible(False)


def clock(seconds: float) -> str:
    """1:02:03, or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def _style(salt: str) -> Iterator[None]:
    """Text as text, so that it can be searched and read aloud; names of parts that are unlike elsewhere."""
    ink: dict[Any, Any] = dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK
    )
    with mpl.rc_context({**ink, "svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 9.0}):
        yield


def _svg(figure: Figure, alt: str) -> str:
    """The figure for use within a page: no header, no names that come twice, and what it shows in words."""
    FigureCanvasSVG(figure)
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda name: name[0] if name[1] in used else "", text)
    text = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", text, count=1)
    label = html.escape(alt, quote=True)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1).replace(_INK, "currentColor")
