"""Where the server listens, and that it does."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket

import uvicorn
from fastapi import FastAPI

from mien.errors import OptionError
from mien.server.access import is_loopback
from mien.server.options import ServerOptions
from mien.server.patience import impatient, steady
from mien.server.workers import Workers

_LARGEST_HEAD_BYTES = 16 * 1024
_QUEUE = 128


def check_host(host: str, options: ServerOptions) -> None:
    """OptionError unless only this machine can reach that address, or a token guards it."""
    if options.token is None and not is_loopback(host):
        raise OptionError(
            f"--host {host} can be reached from other machines: expected a token with it, "
            "--token or MIEN_TOKEN, or --host 127.0.0.1"
        )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free. OptionError where it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_QUEUE)
    except (OSError, UnicodeError) as error:
        # The number tells it shorter than what create_server says; a name that is not found has none.
        number = getattr(error, "errno", None) or 0
        what = os.strerror(number) if number > 0 else str(error)
        raise OptionError(
            f"cannot listen at {host} port {port}: {what}: expected this machine's address and a free port"
        ) from error


def address(listener: socket.socket) -> str:
    """The URL under which this machine reaches it."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        # It listens at every address, which is none that a browser could open.
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn's server, which at its end begins no analysis that still waits."""

    def __init__(self, config: uvicorn.Config, workers: Workers) -> None:
        super().__init__(config)
        self._workers = workers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what has begun, for as long as the config says."""
        self._workers.close()
        await super().shutdown(sockets)


def server_of(app: FastAPI, options: ServerOptions) -> Server:
    """The server of what `create_app` made, to be `run` with listening sockets.

    Nothing of a request is logged, its address included: that of a stream may hold the token.
    """
    # It quotes what it cannot read.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        http=impatient(options),
        ws=steady(options),
        ws_max_size=options.max_body_bytes,
        ws_ping_interval=options.ping_s,
        ws_ping_timeout=options.ping_s,
        # What compresses well decompresses large; pictures do not compress.
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
        timeout_graceful_shutdown=max(1, round(options.goodbye_s)),
    )
    return Server(config, app.state.service.workers)
