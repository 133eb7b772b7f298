"""An annotated video."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from mien.errors import SinkError
from mien.files import beside_of, naming, ready_to_replace
from mien.options import OverlayOptions
from mien.overlay import Timeline, draw
from mien.sinks.encoder import FRAGMENTED, Encoder
from mien.sinks.fit import letterboxed
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Heat
from mien.view import ViewState

CODECS_OF_SUFFIX = {
    ".mp4": ("mp4v", "avc1"),
    ".m4v": ("mp4v", "avc1"),
    ".mov": ("mp4v", "avc1"),
    ".mkv": ("MJPG", "mp4v"),
    ".avi": ("MJPG", "XVID"),
    ".webm": ("VP80", "VP90"),
}
"""Four-letter codes that are tried for a file, in this order."""

_FRAGMENTED = {".mp4": FRAGMENTED, ".m4v": FRAGMENTED}
"""Containers that are tried first, for they can be played without their end."""


class VideoSink(Sink):
    """All frames, annotated, at a steady rate that keeps their time.

    A frame is written again until the next one is due, and left out where two are due at once, so that a
    camera that gave 12 frames a second does not play at double speed. Frames of another size than the first
    are fitted into it. The file takes its name with the first frame; a process that is killed leaves a video
    that plays up to the last second or so (docs/live.md has the figures; not .mov, whose index comes last).

    codec: the four-letter code in use, or None before the first frame.
    """

    codec: str | None = None

    def __init__(
        self,
        path: Path,
        fps: float | None = None,
        *,
        options: OverlayOptions | None = None,
        on_fallback: Callable[[str], None] | None = None,
        heats: Callable[[], tuple[Heat, ...]] = tuple,
        longest_still_s: float = 5.0,
    ) -> None:
        """fps: frames a second, 25 if unknown. on_fallback: is told in one line if another codec had to do.
        heats: is asked where the model looked in each frame. longest_still_s: a longer time without a frame,
        as when a camera was gone, is cut down to this.

        SinkError if the path cannot be written or its suffix is not one of `CODECS_OF_SUFFIX`.
        """
        if path.suffix.lower() not in CODECS_OF_SUFFIX:
            raise SinkError(f"cannot write {path}: expected a name in {', '.join(CODECS_OF_SUFFIX)}")
        _check_name(path)
        self._path = path
        self._place = ready_to_replace(path)
        self._beside = beside_of(self._place, path.suffix)
        with naming(path):
            self._beside.touch()
        self._fps = _writable_fps(fps or 25.0)
        self._options = options
        self._timeline = Timeline(options)
        self._on_fallback = on_fallback
        self._heats = heats
        self._encoder: Encoder | None = None
        self._size = (0, 0)
        self._written = 0
        self._longest_still = max(1, round(longest_still_s * self._fps))
        self._left_out = 0

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._encoder is None:
            height, width = frame.image.shape[:2]
            self._size = (width, height)
            self._encoder = self._open()
            self._take_name()
        self._timeline.add(result)
        due = self._due(frame.timestamp_s)
        if due > self._written:
            view = ViewState(heats=self._heats())
            picture = draw(frame.image, result, view, options=self._options, timeline=self._timeline)
            image = letterboxed(picture, self._size)
            with naming(self._path):
                for _ in range(due - self._written):
                    self._encoder.write(image)
            self._written = due

    def close(self) -> None:
        try:
            if self._encoder is not None:
                with naming(self._path):
                    self._encoder.close()
        finally:
            if self._encoder is not None:
                self._encoder = None
                self._take_name()
            self._beside.unlink(missing_ok=True)

    def _due(self, timestamp_s: float) -> int:
        """How many frames the video should have once this one is in it."""
        due = round(timestamp_s * self._fps) + 1 - self._left_out
        too_many = max(0, due - self._written - self._longest_still)
        self._left_out += too_many
        return due - too_many

    def _open(self) -> Encoder:
        suffix = self._path.suffix.lower()
        codecs = CODECS_OF_SUFFIX[suffix]
        for codec in codecs:
            for container in filter(None, (_FRAGMENTED.get(suffix), suffix)):
                encoder = self._try(codec, container)
                if encoder is not None:
                    self._settle(codec, codecs[0])
                    return encoder
        width, height = self._size
        raise SinkError(
            f"cannot write {self._path}: no codec for {width} x {height} pixels at {self._fps:g} frames a "
            f"second, tried {', '.join(codecs)}"
        )

    def _settle(self, codec: str, wanted: str) -> None:
        self.codec = codec
        if codec != wanted and self._on_fallback:
            self._on_fallback(f"{self._path}: {wanted} cannot be written here, {codec} is used")

    def _try(self, codec: str, container: str) -> Encoder | None:
        """An encoder into the file beside, which gets this container's name; None if it cannot be opened."""
        self._beside.unlink(missing_ok=True)
        self._beside = beside_of(self._place, container)
        encoder = Encoder(self._beside, codec, self._fps, self._size)
        if encoder.is_open:
            return encoder
        encoder.close()
        return None

    def _take_name(self) -> None:
        """Give the file beside the name that was asked for; Windows allows that only once it is closed."""
        try:
            if self._beside.exists():
                self._beside.replace(self._place)
        except OSError as error:
            if self._encoder is None:
                raise SinkError(f"cannot write {self._path}: {error.strerror or error}") from error


def _writable_fps(fps: float) -> float:
    """A rate close to this one that MPEG-4 can state.

    OpenCV states a rate to a thousandth, as a number over a power of ten; for that number MPEG-4 has 16 bits.
    """
    return round(fps, 2) if fps * 1000 >= 1 << 16 else fps


def _check_name(path: Path) -> None:
    """SinkError for a name that is no text: OpenCV cannot take it."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        name = os.fsencode(path).decode(errors="replace")
        raise SinkError(f"cannot write {name}: expected a name in UTF-8") from None
