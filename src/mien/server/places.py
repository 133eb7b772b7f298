"""Room for so many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mien.server.refusal import Reason, RefusedError


class Places:
    """So many places, each held for a while; for one event loop."""

    def __init__(self, count: int, what: str) -> None:
        """what: the name of those who hold them, such as "streams"."""
        self._count = count
        self._what = what
        self._held = 0

    @property
    def are_free(self) -> bool:
        """Whether a further one may come in."""
        return self._held < self._count

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place; RefusedError where all are held."""
        if not self.are_free:
            raise RefusedError(
                503, Reason.BUSY, f"{self._held} {self._what} are served, as many as there may be: come again"
            )
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
