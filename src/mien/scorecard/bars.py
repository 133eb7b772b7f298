"""What the project asks of itself: figures that are to be reached or not to be passed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """The least or the most that is good; with neither there is nothing to keep."""

    least: float | None = None
    most: float | None = None

    @property
    def text(self) -> str:
        """Such as `≥ 0.9`; empty where there is nothing to keep."""
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"

    def met(self, value: float) -> bool | None:
        """Whether a value keeps the bar, None where there is nothing to keep."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
