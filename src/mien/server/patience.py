"""Connections that neither wait for ever for those who never ask, nor stumble over those who babble."""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from mien.server.options import ServerOptions

SENT_AHEAD_BYTES = 256 * 1024
"""So much of an answer the system takes ahead of a caller. By itself it would take megabytes, and who reads
slowly would for a long time look like one who does not read."""


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, which alone would hold a silent connection for ever.

    header_s: so long may a request's head take, from the connection or the first byte after the request
    before. send_s: so long may a caller take nothing of an answer that waits for it. max_connections: with
    more than this open, a further one is closed at once.
    """

    header_s: float
    send_s: float
    max_connections: int
    _patience: asyncio.TimerHandle | None = None
    _deaf: asyncio.TimerHandle | None = None

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
        self._is_heard()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for a caller who does not read."""
        super().pause_writing()
        self._listen(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """They do."""
        self._is_heard()
        super().resume_writing()

    def _listen(self, left: int) -> None:
        self._deaf = self.loop.call_later(self.send_s, self._give_up_on_the_deaf, left)

    def _give_up_on_the_deaf(self, before: int) -> None:
        """A large answer is handed over at once, so that it alone counts whether any of it was taken."""
        left = self.transport.get_write_buffer_size()
        if left < before:
            self._listen(left)
        else:
            self.transport.abort()

    def _is_heard(self) -> None:
        if self._deaf is not None:
            self._deaf.cancel()
            self._deaf = None

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


class SteadySocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which alone would stumble over bytes that follow the end of a stream."""

    def handle_parser_exception(self) -> None:
        """Close a stream that cannot be read; one that is over already is only let go."""
        if self.conn.close_sent is None:
            self.transport.abort()
        else:
            super().handle_parser_exception()


def impatient(options: ServerOptions) -> type[ImpatientProtocol]:
    """The protocol with the limits of these options; uvicorn makes one of it a connection."""
    limits = {name: getattr(options, name) for name in ("header_s", "send_s", "max_connections")}
    return type("LimitedProtocol", (ImpatientProtocol,), limits)
