"""How often something happens."""

from __future__ import annotations

from collections import deque

SPAN_S = 1.0
"""Seconds over which a rate is measured."""


class Rate:
    """Times a second, over the last second or, where it happens more rarely, since the last time."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque()

    def tick(self, now_s: float) -> float | None:
        """Count one time, at `now_s` seconds on a steady clock; None for the first."""
        self._times_s.append(now_s)
        while len(self._times_s) > 2 and now_s - self._times_s[0] > SPAN_S:
            self._times_s.popleft()
        span_s = now_s - self._times_s[0]
        return (len(self._times_s) - 1) / span_s if span_s > 0 else None
