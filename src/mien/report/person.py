"""What a session says about one person, summed up line by line."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field

GAP_S = 1.0
"""A person not seen for longer was away: that time belongs to no label."""

QUALITY = ("size_px", "sharpness", "light")
"""What of a face's quality is drawn over time."""


@dataclass
class Run:
    """One label over a time, in seconds of the session."""

    label: str
    start_s: float
    end_s: float


@dataclass
class Person:
    """Sums over all lines in which one id stands.

    seconds: how long each label was shown. changes: how often one label followed another without a gap.
    doubts: frames by the reason of doubt. quality: per whole second and name, sum and count.
    """

    id: int
    frames: int = 0
    personal: bool = False
    runs: list[Run] = field(default_factory=list)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    quality: dict[str, dict[int, tuple[float, int]]] = field(
        default_factory=lambda: {name: {} for name in QUALITY}
    )

    @property
    def seen_s(self) -> float:
        """Seconds in view."""
        return sum(self.seconds.values())

    def add_label(self, time_s: float, label: str) -> None:
        """Take what was shown at this time; it lasts until the next line, unless a gap follows."""
        self.frames += 1
        last = self.runs[-1] if self.runs else None
        if last is None or not 0 <= time_s - last.end_s <= GAP_S:
            self.runs.append(Run(label, time_s, time_s))
            return
        self.seconds[last.label] += time_s - last.end_s
        last.end_s = time_s
        if last.label != label:
            self.changes[last.label, label] += 1
            self.runs.append(Run(label, time_s, time_s))

    def add_quality(self, time_s: float, quality: dict[str, float | None]) -> None:
        """Take how well the face could be seen; ValueError for a value that is no number."""
        for name in QUALITY:
            value = quality.get(name)
            if value is not None:
                if not math.isfinite(value):
                    raise ValueError(f"{name} is {value}")
                total, count = self.quality[name].get(int(time_s), (0.0, 0))
                self.quality[name][int(time_s)] = (total + value, count + 1)
