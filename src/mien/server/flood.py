"""When somebody sends too often."""

from __future__ import annotations


class MessageRate:
    """Counts the messages of each second."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._second_s = float("-inf")
        self._count = 0

    def is_exceeded(self, now_s: float) -> bool:
        """Count one message, at `now_s` seconds on a steady clock; whether it is one too many."""
        if now_s - self._second_s >= 1:
            self._second_s, self._count = now_s, 0
        self._count += 1
        return self._count > self.limit
