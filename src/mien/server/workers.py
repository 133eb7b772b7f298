"""The threads that analyse, so that the event loop never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mien.server.refusal import Reason, RefusedError

T = TypeVar("T")


class Workers:
    """So many threads; what is more than they can do waits, in the order in which it came."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="mien: analysis")
        self._is_closed = False

    async def run(self, work: Callable[[], T]) -> T:
        """What the call returns or raises, from one of the threads; RefusedError once they are closed."""
        if self._is_closed:
            raise RefusedError(503, Reason.BUSY, "the server stops")
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Begin nothing further; what waits is cancelled, what has begun ends in its own time."""
        self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
