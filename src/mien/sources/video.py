"""A recording."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import count

import cv2

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.sources.capture import Capture, read, stated, stated_fps
from mien.sources.source import Source
from mien.types import Frame, Image

MOST_LOST = 50
"""So many pictures in a row may be damaged before a recording counts as ended."""

EARLY_S, EARLY_SHARE = 0.5, 0.05
"""A recording that ends earlier than it states, by more than both, is cut short; sound may end later."""


class VideoSource(Source):
    """Every frame of a recording that can be read, at the time that the recording states."""

    def __init__(
        self,
        name: str,
        capture: Capture,
        options: SourceOptions,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        """capture: opened; it is released by `close`. on_notice: is told in one line, at the end, of damaged
        pictures and of an end that came early. SourceError if there is no first frame.
        """
        self.name = name
        self.fps = stated_fps(capture)
        frames = stated(capture, cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = None if frames is None else round(frames)
        self._capture = capture
        self._on_notice = on_notice
        self._step_s = 1 / (self.fps or options.fallback_fps)
        self._lost = 0
        self._first = read(capture)
        if self._first is None:
            self.close()
            raise SourceError(f"{name}: cannot be read as a video: there is no picture in it")

    def __iter__(self) -> Iterator[Frame]:
        image, self._first = self._first, None
        start_s = self._position_s()
        timestamp_s = 0.0
        for index in count():
            if image is None:
                break
            yield Frame(index, timestamp_s, image)
            image = self._next(index + 1)
            position_s = self._position_s() - start_s
            # Some files state no times, or the same one twice: then the frame rate is the clock.
            timestamp_s = position_s if position_s > timestamp_s else timestamp_s + self._step_s
        self._tell(timestamp_s)

    def close(self) -> None:
        self._capture.release()

    def _next(self, given: int) -> Image | None:
        """The next picture that can be decoded, or None at the end; given: how many came before."""
        for lost in range(MOST_LOST + 1):
            image = read(self._capture)
            if image is not None:
                self._lost += lost
                return image
            if given + self._lost + lost >= (self.frame_count or 0):
                break
        return None

    def _tell(self, length_s: float) -> None:
        """Say what is missing of a recording that had pictures for so long."""
        if self._on_notice is None:
            return
        if self._lost:
            self._on_notice(f"{self.name}: damaged: {self._lost} of its pictures could not be read")
        stated_s = (self.frame_count or 0) * self._step_s
        if stated_s - length_s > max(EARLY_S, EARLY_SHARE * stated_s):
            self._on_notice(
                f"{self.name}: cut short or damaged: it ended after {length_s:.1f} s of {stated_s:.1f} s"
            )

    def _position_s(self) -> float:
        position_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return position_s if math.isfinite(position_s) else 0.0
