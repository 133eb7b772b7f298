"""From what a person typed to a source."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import cv2

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import is_still, list_pictures, unreadable
from mien.sources.capture import Capture, OpenCapture, stated
from mien.sources.live import LiveSource
from mien.sources.source import Source
from mien.sources.stills import PictureSource
from mien.sources.video import VideoSource

EXPECTED = "expected an index, a file, a folder or an rtsp:// URL"

EXPECTED_CAMERA = "expected one that is connected, free and allowed; see `mien doctor`, or `mien demo`"

HIGHEST_CAMERA = 9999
"""OpenCV counts the cameras of each system interface from a multiple of 100 on."""

_FILE_SCHEMES = ("http", "https")
_FILE_SUFFIXES = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm")
"""Such a file ends, though those that browsers record do not state when."""

_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp")


def open_source(
    spec: str | int | Path,
    *,
    options: SourceOptions | None = None,
    on_skip: Callable[[str], None] | None = None,
    on_notice: Callable[[str], None] | None = None,
    open_capture: Callable[..., Capture] = cv2.VideoCapture,
) -> Source:
    """A source out of what a person typed: `0`, `clip.mp4`, `photo.jpg`, `holiday/`, `rtsp://…`, `http://…`.

    spec: a camera may also be given as an int, a file or folder as a Path. on_skip: is told in one line of
    each picture in a folder that cannot be read; without it that raises. on_notice: is told in one line, from
    another thread, when a camera or stream drops out, and each time that it is opened again; of a recording,
    what of it could not be read. open_capture: stands in for `cv2.VideoCapture`. Raises SourceError where
    nothing can be read.
    """
    spec, options = str(spec), options or SourceOptions()
    if "://" in spec:
        return _open_url(spec, options, on_notice, open_capture)
    path = Path(spec)
    if spec.isdecimal() or path.is_char_device():
        return _open_camera(spec, options, on_notice, open_capture)
    if spec and path.is_dir():
        return _open_folder(path, options, on_skip)
    if not path.is_file():
        raise SourceError(f"cannot open {spec!r}: {EXPECTED}")
    return _open_file(path, options, on_notice, open_capture)


def _open_folder(path: Path, options: SourceOptions, on_skip: Callable[[str], None] | None) -> Source:
    pictures = list_pictures(path, None if on_skip is None else lambda error: on_skip(unreadable(error)))
    if not pictures:
        raise SourceError(
            f"{path}: there is no picture in this folder: expected .jpg, .png, .webp, .bmp, .tif or .gif"
        )
    return PictureSource(str(path), pictures, options, on_skip)


def _open_file(
    path: Path,
    options: SourceOptions,
    on_notice: Callable[[str], None] | None,
    open_capture: Callable[..., Capture],
) -> Source:
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty: expected a video or a picture")
        still = is_still(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    if still:
        return PictureSource(str(path), [path], options)
    # The other readers of OpenCV take a text file for a list of pictures, or print lines of their own.
    capture = open_capture(_for_opencv(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{path}: neither a video nor a picture, or it is cut short or damaged")
    return VideoSource(str(path), capture, options, on_notice)


def _open_camera(
    spec: str,
    options: SourceOptions,
    on_notice: Callable[[str], None] | None,
    open_capture: Callable[..., Capture],
) -> Source:
    name = f"camera {spec}"
    if spec.isdecimal() and len(spec) > len(str(HIGHEST_CAMERA)):
        raise SourceError(f"cannot open {name}: expected an index up to {HIGHEST_CAMERA}")
    reopen = _unqueued(lambda: open_capture(int(spec) if spec.isdecimal() else spec))
    capture = _opened(reopen(), name, EXPECTED_CAMERA)
    return LiveSource(name, capture, options, reopen=reopen, on_notice=on_notice)


def _open_url(
    url: str,
    options: SourceOptions,
    on_notice: Callable[[str], None] | None,
    open_capture: Callable[..., Capture],
) -> Source:
    """A URL that states its number of frames, or is a file's on a web server, is a recording, else live."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SourceError(f"cannot open {url.rpartition('@')[2]!r}: no URL: {EXPECTED}") from None
    name = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    if parts.scheme.lower() not in _SCHEMES:
        raise SourceError(f"cannot open {name}: {EXPECTED}")
    stall_ms = round(options.stall_s * 1000)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, stall_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, stall_ms]
    reopen = _unqueued(lambda: open_capture(url, cv2.CAP_ANY, limits))
    capture = _opened(reopen(), name, EXPECTED)
    is_file = parts.scheme.lower() in _FILE_SCHEMES and parts.path.lower().endswith(_FILE_SUFFIXES)
    if is_file or stated(capture, cv2.CAP_PROP_FRAME_COUNT):
        return VideoSource(name, capture, options, on_notice)
    return LiveSource(name, capture, options, reopen=reopen, on_notice=on_notice)


def _for_opencv(path: Path) -> str | bytes:
    """The path as OpenCV can take it: absolute, for FFmpeg may take `12:30.mp4` for a protocol and its rest;
    as bytes where it is no text.
    """
    name = str(path.absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name)
    return name


def _unqueued(open_capture: OpenCapture) -> OpenCapture:
    """The same, without the driver's queue, whose pictures would be long past."""

    def opened() -> Capture:
        capture = open_capture()
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    return opened


def _opened(capture: Capture, name: str, expected: str) -> Capture:
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"cannot open {name}: {expected}")
    return capture
