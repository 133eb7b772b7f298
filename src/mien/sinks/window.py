"""A window that shows what is found while it is found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType

import cv2
import numpy as np

from mien import boxes
from mien.errors import SinkError
from mien.options import OverlayOptions
from mien.overlay import Timeline, draw
from mien.rate import Rate
from mien.sinks.display import display_problem
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Heat, Image, TrackedFace
from mien.view import ViewState

_QUIT_KEYS = ("q", "\x1b")
_HELP_KEY = "h"
_POLL_MS = 50
_OPENING_MS = 300
"""Time for a window to appear: Qt never paints one that is given pictures before it is there."""
_LONGEST_SIDE_PX = 1280
_SHORTEST_SIDE_PX = 480
_INSTEAD = "use --no-window, or --save FILE to look at it later"


class WindowSink(Sink):
    """Shows each frame with what was found in it, how fast that goes, and what is wrong.

    h shows the keys; q, Esc or closing the window set `wants_stop`. Pictures of a folder stay for their time
    or until a key is pressed, the last one stays until then. Frames are scaled to the window before anything
    is drawn on them, so that words and lines are crisp on a thumbnail and on 4K alike.
    """

    def __init__(
        self,
        title: str = "mien (h: keys, q: quit)",
        *,
        paced: bool = False,
        options: OverlayOptions | None = None,
        actions: Mapping[str, Callable[[], None]] | None = None,
        notice: Callable[[], str | None] = lambda: None,
        heats: Callable[[], tuple[Heat, ...]] = tuple,
    ) -> None:
        """paced: wait until each frame's time has come, for a recording; never for a camera.

        actions: what a key does, by its lower-case letter. notice: is asked what the person at the screen
        should know, heats: where the model looked in the newest frame that was analysed.
        SinkError if no window can be shown.
        """
        problem = display_problem()
        if problem:
            raise SinkError(f"cannot open a window: {problem}; {_INSTEAD}")
        self._title = title
        self._paced = paced
        self._options = options
        self._actions = {_HELP_KEY: self._toggle_help, **(actions or {})}
        self._notice = notice
        self._heats = heats
        self._rate = Rate()
        self._timeline = Timeline(options)
        self._fps: float | None = None
        self._shows_help = False
        self._frame: Frame | None = None
        self._result: FrameResult | None = None
        self._start_s = -math.inf
        self._is_open = False
        self._was_visible = False

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._paced:
            self._wait(self._due_s(frame.timestamp_s))
        self.show(frame, result)

    def show(self, frame: Frame | None, result: FrameResult | None) -> None:
        """Show a frame at once, or the last one again, under a result that may be of an earlier frame."""
        if self.wants_stop:
            return
        if frame is not None:
            self._frame = frame
            self._fps = None if frame.name else self._rate.tick(time.monotonic())
        self._result = result
        if result is not None:
            self._timeline.add(result)
        self._paint()
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

    @property
    def _on_still(self) -> bool:
        return self._frame is not None and bool(self._frame.name)

    def _paint(self) -> None:
        if self._frame is None:
            return
        image = self._frame.image
        size = _fitted(image, self._view_size(image))
        result = self._result or _nothing_found(self._frame)
        factor = size[0] / result.width
        heats = tuple(replace(heat, box_xyxy=boxes.scale(heat.box_xyxy, factor)) for heat in self._heats())
        state = ViewState(self._fps, result.timing, self._shows_help, self._notice(), heats)
        picture = draw(
            _scaled(image, size),
            _scaled_result(result, size),
            state,
            options=self._options,
            timeline=None if self._on_still else self._timeline,
        )
        cv2.imshow(self._title, picture)

    def _toggle_help(self) -> None:
        self._shows_help = not self._shows_help

    def _view_size(self, image: Image) -> tuple[int, int]:
        """Width and height at which a picture is shown; opens the window for the first one."""
        opening = _opening_size(image)
        if not self._is_open:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self._title, *opening)
            self._is_open = True
            cv2.waitKey(_OPENING_MS)
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
            pressed = _letter(cv2.waitKeyEx(max(1, int(min(left_ms, _POLL_MS)))))
            if pressed in self._actions:
                self._actions[pressed]()
                self._paint()
            elif pressed in _QUIT_KEYS or self._was_closed():
                self.wants_stop = True
            elif pressed and self._on_still:
                return
            if left_ms <= 1:
                return

    def _was_closed(self) -> bool:
        """Whether a person closed the window; one that has yet to appear was not closed."""
        visible = _is_visible(self._title)
        self._was_visible = self._was_visible or visible
        return self._was_visible and not visible


def _letter(key: int) -> str:
    """The letter of a key, in lower case; of an arrow and the like, some letter that means nothing here.

    key: a code of `cv2.waitKeyEx`, -1 for none. Of the left arrow `cv2.waitKey` keeps the lowest byte alone,
    which is "Q" on Linux. Above the lowest two bytes GTK tells of Num Lock and the like.
    """
    return "" if key == -1 else chr(key & 0xFFFF).lower()


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


def _nothing_found(frame: Frame) -> FrameResult:
    height, width = frame.image.shape[:2]
    return FrameResult(frame.index, frame.timestamp_s, width, height, (), 0.0)


def _fitted(image: Image, view: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the picture within those of a view, proportions kept."""
    height, width = image.shape[:2]
    factor = min(view[0] / width, view[1] / height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    """The picture at this width and height."""
    height, width = image.shape[:2]
    if size == (width, height):
        return image
    how = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)


def _scaled_result(result: FrameResult, size: tuple[int, int]) -> FrameResult:
    """The faces where they lie in a picture of this width and height."""
    factor = size[0] / result.width
    faces = tuple(_scaled_face(face, factor) for face in result.faces)
    return replace(result, width=size[0], height=size[1], faces=faces)


def _scaled_face(face: TrackedFace, factor: float) -> TrackedFace:
    points = face.landmarks_xy
    return replace(
        face,
        box_xyxy=boxes.scale(face.box_xyxy, factor),
        uncut_xyxy=face.uncut_xyxy and boxes.scale(face.uncut_xyxy, factor),
        landmarks_xy=points and tuple((x * factor, y * factor) for x, y in points),
    )


def _is_visible(title: str) -> bool:
    try:
        return cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) >= 1
    except cv2.error:
        return False
