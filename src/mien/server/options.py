"""The limits of the server, each with the reason why it is there."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from mien.errors import OptionError
from mien.options import check_range

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{8,256}")


@dataclass(frozen=True)
class ServerOptions:
    """What the server takes from one caller, and from all of them together.

    token: what callers must show, or None: then only callers on this machine are served.
    workers: pictures analysed at a time, each on a thread of its own; None is one a core.
    max_waiting: photos and batches received or analysed at a time; further ones are told to come again.
    max_body_mb: a larger request body or message of a stream is refused.
    max_megapixels: a larger picture is refused before it is decoded.
    max_jpeg_scans: a progressive JPEG may paint its picture again and again, each time at full cost; this
        many times are taken, where usual files have about ten.
    max_batch: pictures in one batch.
    max_connections: sockets open at a time; further ones are closed at once.
    max_streams: streams open at a time.
    max_fps: frames of one stream analysed a second; the frames between are dropped.
    max_messages_a_second: a stream that sends more is closed.
    max_bad_messages: a stream that sends so many in a row that cannot be read is closed.
    header_s: a connection that has not sent a whole request head after so long is closed.
    body_s: and one that has not sent the whole body after so long.
    idle_s: a stream that sends nothing for so long is closed.
    send_s: and one that does not take its results for so long; a connection that takes nothing of an answer.
    ping_s: a stream that does not answer a ping for so long is gone.
    goodbye_s: at Ctrl-C, what is being answered has so long to finish.
    """

    token: str | None = field(default=None, repr=False)
    workers: int | None = None
    max_waiting: int = 32
    max_body_mb: float = 10.0
    max_megapixels: float = 50.0
    max_jpeg_scans: int = 32
    max_batch: int = 32
    max_connections: int = 512
    max_streams: int = 32
    max_fps: float = 60.0
    max_messages_a_second: int = 240
    max_bad_messages: int = 10
    header_s: float = 5.0
    body_s: float = 20.0
    idle_s: float = 300.0
    send_s: float = 10.0
    ping_s: float = 20.0
    goodbye_s: float = 3.0

    def __post_init__(self) -> None:
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise OptionError(
                f"the token of {len(self.token)} characters will not do: expected 8 to 256 letters, digits, "
                "or any of - . _ ~"
            )
        if self.workers is not None:
            check_range("server.workers", self.workers, 1, 256)
        check_range("server.max_waiting", self.max_waiting, 1, 10000)
        check_range("server.max_body_mb", self.max_body_mb, 0.001, 1000.0)
        check_range("server.max_megapixels", self.max_megapixels, 0.01, 1000.0)
        check_range("server.max_jpeg_scans", self.max_jpeg_scans, 1, 10000)
        check_range("server.max_batch", self.max_batch, 1, 1000)
        check_range("server.max_connections", self.max_connections, 1, 100000)
        check_range("server.max_streams", self.max_streams, 1, 10000)
        check_range("server.max_fps", self.max_fps, 0.1, 1000.0)
        check_range("server.max_messages_a_second", self.max_messages_a_second, 1, 100000)
        check_range("server.max_bad_messages", self.max_bad_messages, 1, 10000)
        for name in ("header_s", "body_s", "idle_s", "send_s", "ping_s", "goodbye_s"):
            check_range(f"server.{name}", getattr(self, name), 0.01, 86400.0)

    @property
    def max_body_bytes(self) -> int:
        """`max_body_mb` in bytes."""
        return int(self.max_body_mb * 1e6)

    @property
    def worker_count(self) -> int:
        """How many threads analyse: `workers`, or one for each core that this process may use."""
        if self.workers is not None:
            return self.workers
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
