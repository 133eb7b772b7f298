"""Room for one letter between two threads."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A newer letter takes the place of one that nobody has taken, so a slow reader never falls behind."""

    def __init__(self) -> None:
        self._letter: T | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, letter: T) -> None:
        """Leave a letter; once the box is closed it goes nowhere."""
        with self._changed:
            if not self._closed:
                self._letter = letter
                self._changed.notify_all()

    def close(self) -> None:
        """Take no more letters; may be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> T | None:
        """The letter, or None once the box is closed and empty; TimeoutError if nothing comes in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._letter is not None, timeout_s):
                raise TimeoutError
            letter, self._letter = self._letter, None
            return letter
