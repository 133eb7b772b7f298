"""The body of a request, read as far as it may go."""

from __future__ import annotations

import anyio
from starlette.requests import ClientDisconnect, Request

from mien.server.options import ServerOptions
from mien.server.refusal import Reason, RefusedError


async def read_body(request: Request, options: ServerOptions) -> bytes:
    """The whole body; RefusedError if it is too large, comes too slowly, or ends early."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > options.max_body_bytes:
        raise _too_large(int(stated), options)
    try:
        with anyio.fail_after(options.body_s):
            return await _collect(request, options)
    except TimeoutError:
        raise RefusedError(
            408, Reason.SLOW, f"the body is not here yet: expected all of it within {options.body_s:g} s"
        ) from None
    except ClientDisconnect:
        raise RefusedError(400, Reason.FORM, "the body is cut short: expected all of it") from None


async def _collect(request: Request, options: ServerOptions) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > options.max_body_bytes:
            raise _too_large(len(body), options)
    return bytes(body)


def _too_large(size: int, options: ServerOptions) -> RefusedError:
    return RefusedError(
        413,
        Reason.SIZE,
        f"the body has {size / 1e6:.1f} MB or more: expected at most {options.max_body_mb:g} MB",
    )
