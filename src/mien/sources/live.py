"""A camera, or a stream from the network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

from mien.errors import SourceError
from mien.mailbox import Mailbox
from mien.options import SourceOptions
from mien.sources.capture import Capture, OpenCapture, read, stated_fps
from mien.sources.feed import Feed
from mien.sources.source import TICK_S, Source
from mien.types import Frame

_GOODBYE_S = 2.0
"""A read that hangs cannot be cut short; after so many seconds its thread is left to end by itself."""


class LiveSource(Source):
    """The newest frame of a camera or stream, fetched by a thread that always keeps up.

    Frames are numbered as the camera gives them, so that a gap in the numbers is what nobody fetched in time.
    Timestamps are read from the clock when a frame comes in. What drops out is opened again: then frames come
    late, with timestamps that went on, and perhaps in another size.
    """

    is_live = True

    def __init__(
        self,
        name: str,
        capture: Capture,
        options: SourceOptions,
        *,
        reopen: OpenCapture,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        """capture: opened; it is released by `close`. on_notice: is told in one line when it drops out.

        SourceError if there is no first picture.
        """
        self.name = name
        self.fps = stated_fps(capture)
        self._options = options
        self._tell = on_notice
        self._trouble: str | None = None
        self._error: Exception | None = None
        self._feed = Feed(name, capture, reopen, options, self._take_notice)
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._thread = threading.Thread(target=self._fetch, name=f"mien: {name}", daemon=True)
        self._start_s = self._last_s = time.monotonic()
        if read(capture) is None:
            self.close()
            raise SourceError(f"{name} is open but gives no picture: is another program using it?")

    def __iter__(self) -> Iterator[Frame]:
        return (frame for frame in self.moments() if frame is not None)

    def moments(self) -> Iterator[Frame | None]:
        """The newest frame, or None whenever there is none for `TICK_S`; once only.

        SourceError after `give_up_s` without a picture.
        """
        self._start_s = self._last_s = time.monotonic()
        self._thread.start()
        try:
            while True:
                try:
                    frame = self._mailbox.take(TICK_S)
                except TimeoutError:
                    self._give_up_at_last()
                    yield None
                    continue
                if frame is None:
                    break
                yield frame
        finally:
            self.close()
        if self._error:
            raise self._error

    @property
    def notice(self) -> str | None:
        """What is wrong at present, or None."""
        if self._trouble is None and self._quiet_s > self._options.quiet_s:
            return f"{self.name} has given no picture for {self._quiet_s:.0f} s"
        return self._trouble

    def age_s(self, frame: Frame) -> float:
        """Seconds since this frame came in."""
        return time.monotonic() - self._start_s - frame.timestamp_s

    def close(self) -> None:
        self._feed.stop()
        self._mailbox.close()
        if self._thread.ident is None:
            self._feed.release()
        elif self._thread is not threading.current_thread():
            self._thread.join(_GOODBYE_S)

    @property
    def _quiet_s(self) -> float:
        return time.monotonic() - self._last_s

    def _give_up_at_last(self) -> None:
        limit_s = self._options.give_up_s
        if limit_s is not None and self._quiet_s > limit_s:
            raise SourceError(f"{self.name} has given no picture for {limit_s:g} seconds: given up")

    def _take_notice(self, line: str | None) -> None:
        if self._tell:
            self._tell(line or f"{self.name} is back")
        self._trouble = line

    def _fetch(self) -> None:
        try:
            for index, image in zip(count(), self._feed, strict=False):
                now_s = time.monotonic()
                self._start_s = now_s if index == 0 else self._start_s
                self._last_s = now_s
                self._mailbox.put(Frame(index, now_s - self._start_s, image))
        except Exception as error:
            self._error = error
        finally:
            self._mailbox.close()
