"""Annotated copies of pictures."""

from __future__ import annotations

from pathlib import Path

import cv2

from mien.errors import SinkError
from mien.files import naming, write_bytes
from mien.options import OverlayOptions
from mien.overlay import draw
from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Image

WRITTEN_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""What OpenCV writes wherever it is installed; a copy of anything else is a PNG."""


class PhotoSink(Sink):
    """A copy of each picture under its own name, or `frame-000012.png` where it has none.

    A file that was there before is never replaced, it may be the original: `photo.jpg` becomes `photo-2.jpg`.
    """

    def __init__(self, folder: Path, options: OverlayOptions | None = None) -> None:
        """SinkError if the folder cannot be made."""
        self._folder = folder
        self._options = options
        with naming(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def write(self, frame: Frame, result: FrameResult) -> None:
        name = Path(frame.name or f"frame-{frame.index:06d}.png")
        suffix = name.suffix if name.suffix.lower() in WRITTEN_SUFFIXES else ".png"
        path = _free(self._folder / f"{name.stem}{suffix}")
        _save(draw(frame.image, result, options=self._options), path)


def _free(path: Path) -> Path:
    """The path, or the first of `name-2`, `name-3`, … that is not there yet."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _save(image: Image, path: Path) -> None:
    try:
        ok, data = cv2.imencode(path.suffix, image)
    except cv2.error:
        ok = False
    if not ok:
        height, width = image.shape[:2]
        raise SinkError(f"cannot write {path}: no {path.suffix} of {width} x {height} pixels")
    write_bytes(path, data.tobytes())
