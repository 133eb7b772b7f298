"""Headers that tell a browser what the page may do: load from here, send here, and nothing else."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")

_FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    # Together they give the page threads for WebAssembly, and keep other sites from embedding what is served.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}


def security_headers(host: str) -> dict[str, str]:
    """The headers of every answer; host: the request's Host header, where its stream is, too."""
    return {**_FIXED, "content-security-policy": content_policy(host)}


def content_policy(host: str) -> str:
    """The Content-Security-Policy; `'self'` alone does not cover WebSockets in every browser."""
    streams = f" ws://{host} wss://{host}" if _NAME.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "worker-src 'self'",
            f"connect-src 'self'{streams}",
            "img-src 'self'",
            "style-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
