"""A recording."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import cv2

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.sources.capture import Capture, read, stated, stated_fps
from mien.sources.source import Source
from mien.types import Frame


class VideoSource(Source):
    """Every frame of a recording, at the time that the recording states."""

    def __init__(self, name: str, capture: Capture, options: SourceOptions) -> None:
        """capture: opened; it is released by `close`. SourceError if there is no first frame."""
        self.name = name
        self.fps = stated_fps(capture)
        frames = stated(capture, cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = None if frames is None else round(frames)
        self._capture = capture
        self._step_s = 1 / (self.fps or options.fallback_fps)
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
                return
            yield Frame(index, timestamp_s, image)
            image = read(self._capture)
            position_s = self._position_s() - start_s
            # Some files state no times, or the same one twice: then the frame rate is the clock.
            timestamp_s = position_s if position_s > timestamp_s else timestamp_s + self._step_s

    def close(self) -> None:
        self._capture.release()

    def _position_s(self) -> float:
        position_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return position_s if math.isfinite(position_s) else 0.0
