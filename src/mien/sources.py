"""Where frames come from: a camera, a video, a picture, a folder of pictures, or a stream from the network.

What is recorded gives every frame. What is live gives the newest one: whoever reads too slowly misses frames,
which are counted, and never falls behind.
"""

from __future__ import annotations

import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import cv2

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.pictures import as_bgr, is_still, list_pictures, read_picture
from mien.types import Frame, Image

if TYPE_CHECKING:
    from typing_extensions import Self

EXPECTED = "expected an index, a file, a folder or an rtsp:// URL"

_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp")


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used here."""

    def isOpened(self) -> bool: ...  # noqa: N802
    def read(self) -> tuple[bool, Any]: ...
    def get(self, prop: int, /) -> float: ...
    def set(self, prop: int, value: float, /) -> bool: ...
    def release(self) -> None: ...


class Source(ABC):
    """An iterable of frames that holds a device or file until it is closed.

    name: what it is, for people; without a URL's password. is_live: frames are lost if nobody fetches them.
    fps: frames a second as the source itself states, or None. frame_count: how many there are, or None.
    dropped: frames of a live source that nobody fetched in time.
    """

    name: str
    is_live: bool = False
    fps: float | None = None
    frame_count: int | None = None
    dropped: int = 0

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]: ...

    def close(self) -> None:  # noqa: B027 - not every source holds something
        """Give back what is held; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PictureSource(Source):
    """Pictures one after the other, each with its path in `Frame.name`.

    on_skip: is told in one line of each picture that cannot be read; without it SourceError is raised.
    """

    def __init__(
        self,
        name: str,
        paths: list[Path],
        options: SourceOptions,
        on_skip: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self.fps = 1 / options.picture_interval_s
        self.frame_count = len(paths)
        self._paths = paths
        self._options = options
        self._on_skip = on_skip

    def __iter__(self) -> Iterator[Frame]:
        index = 0
        for path in self._paths:
            image = self._read(path)
            if image is not None:
                yield Frame(index, index * self._options.picture_interval_s, image, str(path))
                index += 1
        if index == 0:
            raise SourceError(f"{self.name}: none of its {len(self._paths)} pictures can be read")

    def _read(self, path: Path) -> Image | None:
        try:
            return read_picture(path, self._options)
        except SourceError as error:
            if self._on_skip is None:
                raise
            self._on_skip(str(error))
            return None


class VideoSource(Source):
    """Every frame of a recording, at the time that the recording states."""

    def __init__(self, name: str, capture: Capture, options: SourceOptions) -> None:
        """capture: opened; it is released by `close`. SourceError if there is no first frame."""
        self.name = name
        self.fps = _positive(capture.get(cv2.CAP_PROP_FPS))
        frames = _positive(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.frame_count = None if frames is None else round(frames)
        self._capture = capture
        self._step_s = 1 / (self.fps or options.fallback_fps)
        self._first = _read(capture)
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
            image = _read(self._capture)
            position_s = self._position_s() - start_s
            # Some files state no times, or the same one twice: then the frame rate is the clock.
            timestamp_s = position_s if position_s > timestamp_s else timestamp_s + self._step_s

    def close(self) -> None:
        self._capture.release()

    def _position_s(self) -> float:
        position_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return position_s if math.isfinite(position_s) else 0.0


class LiveSource(Source):
    """The newest frame of a camera or stream, fetched by a thread that always keeps up.

    Timestamps are read from the clock when a frame comes in. A camera that stops raises SourceError, a stream
    that stops just ends; either raises if it gives nothing for `stall_s`.
    """

    is_live = True

    def __init__(self, name: str, capture: Capture, options: SourceOptions, *, endless: bool) -> None:
        """capture: opened; it is released by `close`. endless: the frames may not come to an end."""
        self.name = name
        self.fps = _positive(capture.get(cv2.CAP_PROP_FPS))
        self._capture = capture
        self._endless = endless
        self._stall_s = options.stall_s
        self._mailbox = _Mailbox()
        self._thread: threading.Thread | None = None
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        if _read(capture) is None:
            self.close()
            raise SourceError(f"{name} is open but gives no picture: is another program using it?")

    def __iter__(self) -> Iterator[Frame]:
        self._thread = threading.Thread(target=self._fetch, name=f"mien: {self.name}", daemon=True)
        self._thread.start()
        try:
            start_s: float | None = None
            for index in count():
                letter = self._wait(index)
                if letter is None:
                    return
                now_s, image = letter
                start_s = now_s if start_s is None else start_s
                yield Frame(index, now_s - start_s, image)
        finally:
            self.close()

    def close(self) -> None:
        self._mailbox.close()
        if self._thread is None:
            self._capture.release()
        elif self._thread is not threading.current_thread():
            # The thread releases the capture itself: releasing it under a running read would crash.
            self._thread.join(self._stall_s)

    def _wait(self, index: int) -> tuple[float, Image] | None:
        """Time and picture, or None at the end."""
        try:
            letter = self._mailbox.take(self._stall_s)
        except TimeoutError:
            raise SourceError(f"{self.name} has given no picture for {self._stall_s:g} seconds") from None
        self.dropped = self._mailbox.dropped
        if letter is None and self._endless:
            raise SourceError(f"{self.name} stopped after {index} frames: was it unplugged?")
        return letter

    def _fetch(self) -> None:
        try:
            while not self._mailbox.closed and (image := _read(self._capture)) is not None:
                self._mailbox.put((time.monotonic(), image))
        finally:
            self._mailbox.close()
            self._capture.release()


class _Mailbox:
    """Room for one letter: a newer one takes the place of one that nobody has taken."""

    def __init__(self) -> None:
        self.dropped = 0
        self.closed = False
        self._letter: tuple[float, Image] | None = None
        self._changed = threading.Condition()

    def put(self, letter: tuple[float, Image]) -> None:
        with self._changed:
            self.dropped += self._letter is not None
            self._letter = letter
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify()

    def take(self, timeout_s: float) -> tuple[float, Image] | None:
        """The letter, or None once the box is closed and empty; TimeoutError if nothing comes."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.closed or self._letter is not None, timeout_s):
                raise TimeoutError
            letter, self._letter = self._letter, None
            return letter


def open_source(
    spec: str,
    *,
    options: SourceOptions | None = None,
    on_skip: Callable[[str], None] | None = None,
    open_capture: Callable[..., Capture] = cv2.VideoCapture,
) -> Source:
    """A source out of what a person typed: `0`, `clip.mp4`, `photo.jpg`, `holiday/`, `rtsp://…`, `http://…`.

    on_skip: is told in one line of each picture in a folder that cannot be read; without it that raises.
    open_capture: stands in for `cv2.VideoCapture`. Raises SourceError where nothing can be read.
    """
    options = options or SourceOptions()
    if "://" in spec:
        return _open_url(spec, options, open_capture)
    path = Path(spec)
    if spec.isdecimal() or path.is_char_device():
        name = f"camera {spec}"
        capture = _opened(open_capture(int(spec) if spec.isdecimal() else spec), name)
        return LiveSource(name, capture, options, endless=True)
    if spec and path.is_dir():
        return _open_folder(path, options, on_skip)
    if not path.is_file():
        raise SourceError(f"cannot open {spec!r}: {EXPECTED}")
    return _open_file(path, options, open_capture)


def _open_folder(path: Path, options: SourceOptions, on_skip: Callable[[str], None] | None) -> Source:
    pictures = list_pictures(path)
    if not pictures:
        raise SourceError(
            f"{path}: there is no picture in this folder: expected .jpg, .png, .webp, .bmp or .tif"
        )
    return PictureSource(str(path), pictures, options, on_skip)


def _open_file(path: Path, options: SourceOptions, open_capture: Callable[..., Capture]) -> Source:
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path}: the file is empty: expected a video or a picture")
        still = is_still(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error
    if still:
        return PictureSource(str(path), [path], options)
    # The other readers of OpenCV take a text file for a list of pictures, or print lines of their own.
    capture = open_capture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{path}: neither a video nor a picture, or it is cut short or damaged")
    return VideoSource(str(path), capture, options)


def _open_url(url: str, options: SourceOptions, open_capture: Callable[..., Capture]) -> Source:
    """A URL that states its number of frames is a recording, any other is live."""
    name = _without_password(url)
    if urlsplit(url).scheme.lower() not in _SCHEMES:
        raise SourceError(f"cannot open {name}: {EXPECTED}")
    stall_ms = round(options.stall_s * 1000)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, stall_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, stall_ms]
    capture = _opened(open_capture(url, cv2.CAP_ANY, limits), name)
    if _positive(capture.get(cv2.CAP_PROP_FRAME_COUNT)):
        return VideoSource(name, capture, options)
    return LiveSource(name, capture, options, endless=False)


def _opened(capture: Capture, name: str) -> Capture:
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"cannot open {name}: {EXPECTED}")
    return capture


def _read(capture: Capture) -> Image | None:
    """The next picture, or None at the end or where decoding fails for good."""
    try:
        ok, image = capture.read()
        return as_bgr(image) if ok and image is not None else None
    except (cv2.error, SourceError):
        return None


def _positive(value: float) -> float | None:
    return value if math.isfinite(value) and value > 0 else None


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
