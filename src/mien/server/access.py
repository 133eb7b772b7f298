"""Who is served: callers that come from where they should, and show the token if there is one."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from mien.server.refusal import Reason, RefusedError

TOKEN_PROTOCOL = "mien.token."
"""A WebSocket may show its token as the subprotocol of this name followed by the token."""

_OPEN_PATHS = ("/", "/health", "/ready")
_OPEN_FOLDER = "/static/"


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without a port, is this machine's own."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Access:
    """Checks the head of a request.

    Host: without a token it must be this machine's own name, or a foreign page could have its own name lead
    here and would then count as of the same origin. Origin: on what changes or costs something, and on
    streams, it must be that host, or absent as with programs.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token

    def check(self, scope: Scope) -> None:
        """Raises RefusedError for an HTTP or WebSocket scope that is not to be served."""
        headers = Headers(scope=scope)
        self._check_host(headers.get("host", ""))
        if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
            _check_origin(headers)
        if self._token is not None and not _is_open(scope):
            self._check_token(scope, headers, self._token)

    def _check_host(self, host: str) -> None:
        if self._token is None and not is_loopback(_name_of(host)):
            raise RefusedError(
                403,
                Reason.HOST,
                f"the request is for host {host[:100]!r}: expected localhost or 127.0.0.1, "
                "other names are served only with a token",
            )

    def _check_token(self, scope: Scope, headers: Headers, token: str) -> None:
        shown = _shown(scope, headers)
        if shown is None:
            raise RefusedError(
                401, Reason.TOKEN, "there is no token: expected the header Authorization: Bearer TOKEN"
            )
        if not hmac.compare_digest(shown.encode(), token.encode()):
            raise RefusedError(401, Reason.TOKEN, "the token is not the one that this server has")


def token_protocol(scope: Scope) -> str | None:
    """The subprotocol with a token that a WebSocket offers, or None."""
    offered: list[str] = scope.get("subprotocols", [])
    return next((name for name in offered if name.startswith(TOKEN_PROTOCOL)), None)


def _check_origin(headers: Headers) -> None:
    host = headers.get("host", "").lower()
    for origin in headers.getlist("origin"):
        if _web_host(origin) != host:
            raise RefusedError(
                403,
                Reason.ORIGIN,
                f"the request comes from a page of {origin[:100]!r}: expected one of this server",
            )


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    return scope["type"] == "http" and (path in _OPEN_PATHS or path.startswith(_OPEN_FOLDER))


def _shown(scope: Scope, headers: Headers) -> str | None:
    """The token that a caller shows, or None."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    if scope["type"] == "websocket":
        protocol = token_protocol(scope)
        if protocol is not None:
            return protocol.removeprefix(TOKEN_PROTOCOL)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return query["token"][0] if "token" in query else None
    return None


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    if host.startswith("["):
        return host.partition("]")[0]
    return host.partition(":")[0]


def _web_host(origin: str) -> str | None:
    """The host, with its port, of an origin that is a web page's; None for any other."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") else None
