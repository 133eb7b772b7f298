"""The way in: every request passes here first, and every answer here last."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mien.server.access import Access
from mien.server.headers import security_headers
from mien.server.metrics import Metrics
from mien.server.refusal import RefusedError


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
        headers = security_headers(Headers(scope=scope).get("host", ""))

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(headers)
            await send(message)

        try:
            self._access.check(scope)
        except RefusedError as refusal:
            self._metrics.refused(refusal.reason)
            await refusal.response()(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)
