"""The part of OpenCV's capture that sources read from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import cv2

from mien.errors import SourceError
from mien.pictures import as_bgr
from mien.types import Image


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool: ...  # noqa: N802
    def read(self) -> tuple[bool, Any]: ...
    def get(self, prop: int, /) -> float: ...
    def set(self, prop: int, value: float, /) -> bool: ...
    def release(self) -> None: ...


OpenCapture: TypeAlias = Callable[[], Capture]
"""Opens a camera or stream, and again after it was lost; what cannot be opened is not `isOpened`."""


def read(capture: Capture) -> Image | None:
    """The next picture, HxWx3 uint8 BGR, or None where there is none or it cannot be decoded."""
    try:
        ok, image = capture.read()
        return as_bgr(image) if ok and image is not None else None
    except (cv2.error, SourceError):
        return None


FASTEST_FPS = 480.0
"""A higher frame rate is a file's or stream's unit of time, such as Matroska's 1000 or RTP's 90000."""


def stated_fps(capture: Capture) -> float | None:
    """Frames a second, or None where the capture states none that could be true."""
    fps = stated(capture, cv2.CAP_PROP_FPS)
    return fps if fps is not None and fps <= FASTEST_FPS else None


def stated(capture: Capture, prop: int) -> float | None:
    """A property such as `cv2.CAP_PROP_FPS`, or None where the capture states no sensible one."""
    value = capture.get(prop)
    return value if math.isfinite(value) and value > 0 else None
