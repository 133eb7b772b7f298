"""A window that shows what is found while it is found."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import time
from collections import deque
from dataclasses import replace
from types import TracebackType

import cv2
import numpy as np

from mien import boxes
from mien.errors import SinkError
from mien.options import OverlayOptions
from mien.overlay import draw
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Image

_QUIT_KEYS = (ord("q"), ord("Q"), 27)
_POLL_MS = 50
_LONGEST_SIDE_PX = 1280
_SHORTEST_SIDE_PX = 480
_NO_WINDOWS = "this OpenCV has no windows: install opencv-python in place of opencv-python-headless"
_INSTEAD = "use --no-window, or --save FILE to look at it later"


class WindowSink(Sink):
    """Shows each frame with what was found in it and the measured frames a second.

    q, Esc or closing the window set `wants_stop`. Pictures of a folder stay for their time or until a key is
    pressed, the last one stays until then. Frames are scaled to the window before anything is drawn on them,
    so that words and lines are crisp on a thumbnail and on 4K alike.
    """

    def __init__(
        self, title: str = "mien (q quits)", *, paced: bool = False, options: OverlayOptions | None = None
    ) -> None:
        """paced: wait until each frame's time has come, for a recording; never for a camera.

        SinkError if no window can be shown.
        """
        problem = display_problem()
        if problem:
            raise SinkError(f"cannot open a window: {problem}; {_INSTEAD}")
        self._title = title
        self._paced = paced
        self._options = options
        self._rate = _Rate()
        self._start_s = -math.inf
        self._is_open = False
        self._was_visible = False
        self._on_still = False

    def write(self, frame: Frame, result: FrameResult) -> None:
        self._on_still = bool(frame.name)
        if self._paced:
            self._wait(self._due_s(frame.timestamp_s))
        if self.wants_stop:
            return
        fps = None if self._on_still else self._rate.tick(time.monotonic())
        image, scaled = _scaled(frame.image, result, self._view_size(frame.image))
        cv2.imshow(self._title, draw(image, scaled, fps=fps, options=self._options))
        self._wait(time.monotonic())

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            if _is_visible(self._title):
                cv2.destroyWindow(self._title)
                cv2.waitKey(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._is_open and self._on_still and not self.wants_stop:
                self._wait(math.inf)
        finally:
            self.close()

    def _view_size(self, image: Image) -> tuple[int, int]:
        """Width and height at which a picture is shown; opens the window for the first one."""
        opening = _opening_size(image)
        if not self._is_open:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self._title, *opening)
            self._is_open = True
            return opening
        # The window still has the shape of the picture before, which in a folder may be another.
        return opening if self._on_still else _window_size(self._title) or opening

    def _due_s(self, timestamp_s: float) -> float:
        """When a frame is to be shown, on the clock; a late one delays all that follow."""
        self._start_s = max(self._start_s, time.monotonic() - timestamp_s)
        return self._start_s + timestamp_s

    def _wait(self, until_s: float) -> None:
        """Keep the window alive until then, or until a key is pressed on a still picture."""
        while self._is_open and not self.wants_stop:
            left_ms = (until_s - time.monotonic()) * 1000
            key = cv2.waitKey(max(1, int(min(left_ms, _POLL_MS))))
            if key & 0xFF in _QUIT_KEYS or self._was_closed():
                self.wants_stop = True
            if left_ms <= 1 or (key != -1 and self._on_still):
                return

    def _was_closed(self) -> bool:
        """Whether a person closed the window; one that has yet to appear was not closed."""
        visible = _is_visible(self._title)
        self._was_visible = self._was_visible or visible
        return self._was_visible and not visible


class _Rate:
    """Frames a second over the last thirty."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque(maxlen=30)

    def tick(self, now_s: float) -> float | None:
        """Count a frame; None for the first."""
        self._times_s.append(now_s)
        span_s = now_s - self._times_s[0]
        return (len(self._times_s) - 1) / span_s if span_s > 0 else None


def window_backend() -> str | None:
    """What this OpenCV draws its windows with, such as QT5, or None where it was built without windows."""
    match = re.search(r"GUI:\s+(\S+)", cv2.getBuildInformation())
    backend = match[1] if match else "unknown"
    return None if backend == "NONE" else backend


def display_problem() -> str | None:
    """Why no window can be shown here, in words, or None if one can.

    Without a display Qt ends the whole process, so that on Linux another process has to try.
    """
    if window_backend() is None:
        return _NO_WINDOWS
    if not sys.platform.startswith("linux"):
        return None
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not display:
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    try:
        trial = [sys.executable, "-c", "import cv2; cv2.namedWindow('mien')"]
        works = subprocess.run(trial, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        works = False
    return None if works else f"the display {display} does not answer"


def _opening_size(image: Image) -> tuple[int, int]:
    """Width and height of a window for a picture: neither a stamp nor larger than a desk."""
    height, width = image.shape[:2]
    grow, fit = _SHORTEST_SIDE_PX / min(width, height), _LONGEST_SIDE_PX / max(width, height)
    factor = min(max(1.0, grow), fit)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _window_size(title: str) -> tuple[int, int] | None:
    """Width and height that a person gave the window, or None where it does not say."""
    try:
        *_, width, height = cv2.getWindowImageRect(title)
    except cv2.error:
        return None
    return (width, height) if min(width, height) > 1 else None


def _scaled(image: Image, result: FrameResult, view: tuple[int, int]) -> tuple[Image, FrameResult]:
    """Picture and boxes scaled to fit into width x height, proportions kept."""
    height, width = image.shape[:2]
    factor = min(view[0] / width, view[1] / height)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return image, result
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    faces = tuple(replace(face, box_xyxy=boxes.scale(face.box_xyxy, factor)) for face in result.faces)
    scaled = np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)
    return scaled, replace(result, width=size[0], height=size[1], faces=faces)


def _is_visible(title: str) -> bool:
    try:
        return cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:
        return False
