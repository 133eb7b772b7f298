"""The pictures of a camera or stream that may drop out and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from mien.options import SourceOptions
from mien.sources.capture import Capture, OpenCapture, read
from mien.types import Image

_PATIENCE_S = 0.01
"""Between two reads of a camera that gave no picture."""


def pauses(options: SourceOptions) -> Iterator[float]:
    """Seconds to wait before each try to open a camera again: doubling, up to the longest, without an end."""
    pause_s = options.reopen_first_s
    while True:
        yield min(pause_s, options.reopen_longest_s)
        pause_s = min(2 * pause_s, options.reopen_longest_s)


class Feed:
    """One picture after the other until it is told to stop; what drops out is opened again.

    It lives on one thread, which reads, opens and releases: a capture that is released under a running read
    would crash.
    """

    def __init__(
        self,
        name: str,
        capture: Capture,
        reopen: OpenCapture,
        options: SourceOptions,
        on_notice: Callable[[str | None], None],
    ) -> None:
        """capture: opened, and released in the end. on_notice: is told what is wrong, None when well."""
        self._name = name
        self._capture = capture
        self._reopen = reopen
        self._options = options
        self._on_notice = on_notice
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the pictures as soon as the running read returns; from any thread, may be called twice."""
        self._stop.set()

    def release(self) -> None:
        """Give the camera back; only where nobody reads."""
        self._capture.release()

    def __iter__(self) -> Iterator[Image]:
        try:
            yield from self._until_lost()
            while self._comes_back():
                yield from self._until_lost()
        finally:
            self.release()

    def _until_lost(self) -> Iterator[Image]:
        """Pictures until none has come for longer than a glitch takes."""
        last_s = time.monotonic()
        while not self._stop.is_set():
            image = read(self._capture)
            if image is not None:
                yield image
                last_s = time.monotonic()
            elif time.monotonic() - last_s > self._options.glitch_s:
                return
            else:
                self._stop.wait(_PATIENCE_S)

    def _comes_back(self) -> bool:
        """Whether it gives pictures again; it tries until it does, or until it is told to stop."""
        if self._stop.is_set():
            return False
        self._capture.release()
        for number, pause_s in enumerate(pauses(self._options), 1):
            self._on_notice(f"{self._name} gave no picture; trying again in {pause_s:g} s (try {number})")
            if self._stop.wait(pause_s):
                break
            self._capture = self._reopen()
            if self._capture.isOpened() and read(self._capture) is not None:
                self._on_notice(None)
                return True
            self._capture.release()
        return False
