"""`mien serve`: the page, and the interface for programs."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import suppress
from typing import Annotated

import typer

from mien.cli.app import app, note
from mien.cli.extras import needs_extra
from mien.cli.models import (
    Detector,
    DetectorModelOption,
    DetectorOption,
    ModelChoice,
    ModelOption,
    PriorShareOption,
    ThreadsOption,
)

TOKEN_ENV = "MIEN_TOKEN"


@app.command()
def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8000,
    *,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            envvar=TOKEN_ENV,
            show_envvar=True,
            help="What callers must show. Others on this machine can see a command's options: prefer the "
            "variable.",
        ),
    ] = None,
    open_page: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open", help="Open the page in the browser [default: at a desktop's terminal]."
        ),
    ] = None,
    detector: DetectorOption = Detector.AUTO,
    detector_model: DetectorModelOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = 1,
    prior_share: PriorShareOption = None,
) -> None:
    """Serve a page that shows in the browser what the window shows, and an interface for programs.

    Frames go from the browser to this server and no further; nothing of them is kept or logged. On the page
    the same models can also run within the browser, and then no frame leaves it. Ctrl-C ends it.

    Examples:

        mien serve

        mien serve --port 9000 --no-open

        MIEN_TOKEN=... mien serve --host 0.0.0.0

        curl --data-binary @photo.jpg -H "Content-Type: image/jpeg" http://127.0.0.1:8000/v1/analyze
    """
    with needs_extra("server"):
        from mien.server import (  # noqa: PLC0415 - an extra
            ServerOptions,
            address,
            check_host,
            create_app,
            listen,
            server_of,
        )
    options = ServerOptions(token=token or None)
    check_host(host, options)
    choice = ModelChoice(detector, detector_model, model, threads, prior_share=prior_share)
    with listen(host, port) as listener:
        server = server_of(create_app(choice.load(), options, choice.options), options)
        url = address(listener)
        note(f"serving at {url} until Ctrl-C; frames come to this machine only, and nothing of them is kept")
        if _at_desktop() if open_page is None else open_page:
            webbrowser.open(url)
        # The server has said its goodbyes by then: Ctrl-C is how it ends.
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    note("stopped")


def _at_desktop() -> bool:
    """Whether a person sits before this: a terminal, and where that tells, a display."""
    tells = sys.platform.startswith("linux")
    has_display = not tells or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return sys.stderr.isatty() and has_display
