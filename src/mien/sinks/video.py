"""An annotated video."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from mien.errors import SinkError
from mien.files import naming, ready_file
from mien.options import OverlayOptions
from mien.overlay import draw
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Image

CODECS_OF_SUFFIX = {
    ".mp4": ("mp4v", "avc1"),
    ".m4v": ("mp4v", "avc1"),
    ".mov": ("mp4v", "avc1"),
    ".mkv": ("mp4v", "MJPG"),
    ".avi": ("MJPG", "XVID"),
    ".webm": ("VP90", "VP80"),
}
"""Four-letter codes that are tried for a file, in this order."""


class VideoSink(Sink):
    """All frames, annotated, at a steady rate that keeps their time.

    A frame is written again until the next one is due, and left out where two are due at once, so that a
    camera that gave 12 frames a second does not play at double speed. Frames of another size than the first
    are fitted into it. The video is written beside and takes its name when closed, also after an exception.

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
    ) -> None:
        """fps: frames a second, 25 if unknown. on_fallback: is told in one line if another codec had to do.

        SinkError if the path cannot be written or its suffix is not one of `CODECS_OF_SUFFIX`.
        """
        if path.suffix.lower() not in CODECS_OF_SUFFIX:
            raise SinkError(f"cannot write {path}: expected a name in {', '.join(CODECS_OF_SUFFIX)}")
        ready_file(path)
        self._path = path
        self._beside = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
        with naming(path):
            self._beside.touch()
        self._fps = fps or 25.0
        self._options = options
        self._on_fallback = on_fallback
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._written = 0

    def write(self, frame: Frame, result: FrameResult) -> None:
        if self._writer is None:
            height, width = frame.image.shape[:2]
            self._size = (width, height)
            self._writer = self._open()
        due = round(frame.timestamp_s * self._fps) + 1
        if due > self._written:
            image = _fit(draw(frame.image, result, options=self._options), self._size)
            for _ in range(due - self._written):
                self._writer.write(image)
            self._written = due

    def close(self) -> None:
        if self._writer is not None:
            self._writer.release()
            self._writer = None
            with naming(self._path):
                self._beside.replace(self._path)
        self._beside.unlink(missing_ok=True)

    def _open(self) -> cv2.VideoWriter:
        codecs = CODECS_OF_SUFFIX[self._path.suffix.lower()]
        for codec in codecs:
            code = cv2.VideoWriter.fourcc(*codec)
            writer = cv2.VideoWriter(str(self._beside), code, self._fps, self._size)
            if writer.isOpened():
                self.codec = codec
                if codec != codecs[0] and self._on_fallback:
                    self._on_fallback(f"{self._path}: {codecs[0]} cannot be written here, {codec} is used")
                return writer
            writer.release()
        width, height = self._size
        raise SinkError(
            f"cannot write {self._path}: no codec for {width} x {height} pixels, tried {', '.join(codecs)}"
        )


def _fit(image: Image, size: tuple[int, int]) -> Image:
    """The picture scaled into width x height, in the middle of black."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    share = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * share)), max(1, round(height * share)))
    fitted = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    fitted[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=cv2.INTER_AREA
    )
    return fitted
