"""Connections that neither wait for ever for those who never ask, nor stumble over those who babble."""

from __future__ import annotations

import asyncio
import socket
import time

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from mien.server.flood import MessageRate
from mien.server.options import ServerOptions

SENT_AHEAD_BYTES = 256 * 1024
"""So much of an answer the system takes ahead of a caller. By itself it would take megabytes, and who reads
slowly would for a long time look like one who does not read."""


SMALL_BYTES = 1024
"""A part of a message that is smaller than this costs as much as a message."""

BITE_BYTES = 4096
"""So much of what came is read before it is asked again whether that was too often."""


class DeafnessGuard(asyncio.Protocol):
    """What lets go of a caller who takes nothing of what waits for them, before one of uvicorn's protocols.

    deaf_s: for so long.
    """

    deaf_s: float
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _deaf: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Listen no more."""
        self._is_heard()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for a caller who does not read."""
        super().pause_writing()
        self._listen()

    def resume_writing(self) -> None:
        """They do."""
        self._is_heard()
        super().resume_writing()

    def _listen(self) -> None:
        self._is_heard()
        left = self.transport.get_write_buffer_size()
        if left:
            self._deaf = self.loop.call_later(self.deaf_s, self._give_up_on_the_deaf, left)

    def _give_up_on_the_deaf(self, before: int) -> None:
        """A large answer is handed over at once, so that it alone counts whether any of it was taken."""
        if self.transport.get_write_buffer_size() < before:
            self._listen()
        else:
            self.transport.abort()

    def _is_heard(self) -> None:
        if self._deaf is not None:
            self._deaf.cancel()
            self._deaf = None


class ImpatientProtocol(DeafnessGuard, H11Protocol):
    """uvicorn's protocol, which alone would hold a silent connection for ever.

    header_s: so long may a request's head take, from the connection or the first byte after the request
    before. max_connections: with more than this open, a further one is closed at once.
    """

    header_s: float
    max_connections: int
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait, or turn the caller away."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD_BYTES)
        if len(self.connections) > self.max_connections:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on, until the head is whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if not self._is_waiting():
            self._stop()
        elif self._patience is None:
            self._patience = self.loop.call_later(self.header_s, self._give_up)

    def _is_waiting(self) -> bool:
        """Whether a request's head is due: it has not begun to be answered, nor become a WebSocket's."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return False
        return self.cycle is None or self.cycle.response_complete

    def _give_up(self) -> None:
        self._patience = None
        if self._is_waiting():
            self.transport.abort()

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class SteadySocket(DeafnessGuard, WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which alone would hold a deaf stream for ever, and stumble over odd bytes.

    max_small_a_second: a stream whose messages come in more crumbs than this, or with more pings, is cut off.
    """

    max_small_a_second: int

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to count."""
        super().connection_made(transport)
        self._small = MessageRate(self.max_small_a_second)

    async def run_asgi(self) -> None:
        """Serve the stream, and then wait no longer than that for its last words to be taken."""
        await super().run_asgi()
        self._listen()

    def data_received(self, data: bytes) -> None:
        """Read on, bite by bite, for as long as the stream is not cut off."""
        for start in range(0, len(data), BITE_BYTES):
            if not self.transport.is_closing():
                super().data_received(data[start : start + BITE_BYTES])

    def handle_cont(self, event: Frame) -> None:
        """Take a further part of a message."""
        if len(event.data) >= SMALL_BYTES or self._may_go_on():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer it."""
        if self._may_go_on():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take it for the answer to our ping if it is."""
        if self._may_go_on():
            super().handle_pong(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on; text that is none ends the stream, without the log that uvicorn keeps."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.conn.send_close(CloseCode.INVALID_DATA)
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close a stream that cannot be read; one that is over already is only let go."""
        if self.conn.close_sent is None:
            self.transport.abort()
        else:
            super().handle_parser_exception()

    def _may_go_on(self) -> bool:
        if self._small.is_exceeded(time.monotonic()):
            self.transport.abort()
        return not self.transport.is_closing()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def impatient(options: ServerOptions) -> type[ImpatientProtocol]:
    """The protocol with the limits of these options; uvicorn makes one of it a connection."""
    limits = {
        "header_s": options.header_s,
        "deaf_s": options.send_s,
        "max_connections": options.max_connections,
    }
    return type("LimitedProtocol", (ImpatientProtocol,), limits)


def steady(options: ServerOptions) -> type[SteadySocket]:
    """The same for streams. One ends by itself after `send_s`, and has as long again for its last words."""
    limits = {"deaf_s": 2 * options.send_s, "max_small_a_second": options.max_messages_a_second}
    return type("LimitedSocket", (SteadySocket,), limits)
