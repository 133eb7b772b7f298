"""The way in: every request passes here first, and every answer here last."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.server.access import Access
from mien.server.headers import security_headers
from mien.server.metrics import Metrics
from mien.server.refusal import Reason, RefusedError


class Gate:
    """Middleware that lets in whom `Access` serves, and puts the security headers on all that goes out."""

    def __init__(self, app: ASGIApp, access: Access, metrics: Metrics) -> None:
        self._app = app
        self._access = access
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, security_headers(Headers(scope=scope).get("host", "")))
        try:
            self._access.check(scope)
            await self._app(scope, receive, answer)
        except RefusedError as refusal:
            self._metrics.refused(refusal.reason)
            await refusal.response()(scope, receive, answer)
        except asyncio.CancelledError:
            # The server stops: whoever still waits is told so, if that can be told.
            if scope["type"] == "http" and not answer.has_begun:
                await RefusedError(503, Reason.BUSY, "the server stops").response()(scope, receive, answer)


class _Answer:
    """Sends an answer with the security headers on it, and knows whether it has begun."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self.has_begun = False
        self._send = send
        self._headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.has_begun = True
            MutableHeaders(scope=message).update(self._headers)
        await self._send(message)
