"""What the server does not do, and how it says so."""

from __future__ import annotations

from enum import Enum

from starlette.responses import JSONResponse

from mien.errors import MienError


class Reason(str, Enum):
    """Why something was refused, as the metrics count it."""

    HOST = "host"
    ORIGIN = "origin"
    TOKEN = "token"
    FORM = "form"
    TYPE = "type"
    PICTURE = "picture"
    SIZE = "size"
    SLOW = "slow"
    BUSY = "busy"
    COMMAND = "command"
    FLOOD = "flood"
    UNKNOWN = "unknown"

    def __str__(self) -> str:
        return self.value


class RefusedError(MienError):
    """A request, or a part of one, that is not served: HTTP status, reason, and one line for the caller."""

    def __init__(self, status: int, reason: Reason, line: str) -> None:
        super().__init__(line)
        self.status = status
        self.reason = reason

    def response(self) -> JSONResponse:
        """The answer; a connection whose request was not read to its end is closed after it."""
        headers = {"connection": "close"} if self.status in (408, 413, 503) else {}
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        if self.status == 503:
            headers["retry-after"] = "1"
        return error_response(self.status, str(self), headers)


def error_response(status: int, line: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The JSON form of every error: {"error": line}."""
    return JSONResponse({"error": line}, status, headers)
