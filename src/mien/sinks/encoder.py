"""A video file and OpenCV's encoder that fills it."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import cv2

from mien.held import Held
from mien.sinks.piped import PipedFile
from mien.types import Image

FRAGMENTED = ".ismv"
"""OpenCV writes an MP4 whose pieces have an index each, in place of one at the end, under this name only."""


ROOM_BYTES = 16_000_000
"""What a disk must have free for the next picture, and for the index that a file ends with."""


class Encoder(Held):
    """Pictures of one size into a video file.

    What is written under the name `FRAGMENTED` is in the file as soon as a piece is full, where the system
    has named pipes.

    is_open: whether this container and codec can be written here.
    """

    def __init__(self, path: Path, codec: str, fps: float, size: tuple[int, int]) -> None:
        """path: the file, whose suffix is the container. codec: four letters. size: width, height."""
        self._path = path
        self._piped = _piped(path) if path.suffix == FRAGMENTED else None
        name = path if self._piped is None else self._piped.pipe
        # Of a relative name FFmpeg may take what stands before a colon for a protocol.
        self._writer = cv2.VideoWriter(str(name.absolute()), cv2.VideoWriter.fourcc(*codec), fps, size)
        self.is_open = self._writer.isOpened()
        if self._piped is not None and self.is_open:
            self._piped.start()

    def write(self, image: Image) -> None:
        """Add a picture, HxWx3 uint8 BGR; OSError if it, or what came before, cannot be kept."""
        if self._piped is None:
            _check_room(self._path.parent)
        self._writer.write(image)
        if self._piped is not None:
            self._piped.check()

    def close(self) -> None:
        """Complete the file; OSError as in `write`."""
        self.is_open = False
        self._writer.release()
        if self._piped is not None:
            self._piped.close()
            self._piped.check()


def _check_room(folder: Path) -> None:
    """OSError if the disk is nearly full: OpenCV would go on without a word."""
    if shutil.disk_usage(folder).free < ROOM_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _piped(path: Path) -> PipedFile | None:
    """The file behind a pipe, or None where there are no pipes."""
    try:
        return PipedFile(path)
    except OSError:
        return None
