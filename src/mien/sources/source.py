"""What all sources have in common."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

from mien.held import Held
from mien.types import Frame

TICK_S = 0.05
"""Whoever shows a source hears of it at least so often."""


class Source(Held, ABC):
    """An iterable of frames that holds a device or file until it is closed.

    name: what it is, for people; without a URL's password. is_live: frames are lost if nobody fetches them.
    is_still: each frame is a picture of its own, to be looked at for a while. fps: frames a second as the
    source itself states, or None. frame_count: how many there are, or None. notice: why there is no picture
    at present, for people, or None.
    """

    name: str
    is_live: bool = False
    is_still: bool = False
    fps: float | None = None
    frame_count: int | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]: ...

    @property
    def notice(self) -> str | None:
        return None

    def moments(self) -> Iterator[Frame | None]:
        """Each frame when its time has come, and None whenever there is none for `TICK_S`.

        So a window stays awake, and a recording plays at its own pace; a late frame delays all that follow.
        """
        start_s = -math.inf
        for frame in self:
            start_s = max(start_s, time.monotonic() - frame.timestamp_s)
            while (left_s := start_s + frame.timestamp_s - time.monotonic()) > TICK_S:
                time.sleep(TICK_S)
                yield None
            time.sleep(max(0.0, left_s))
            yield frame
