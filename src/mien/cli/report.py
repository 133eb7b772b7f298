"""`mien report`: a recorded session as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mien.cli.app import app, note
from mien.cli.extras import needs_extra
from mien.cli.progress import counted
from mien.errors import DataError, OptionError
from mien.files import place_of


@app.command()
def report(
    session: Annotated[Path, typer.Argument(help="What `mien run --jsonl` wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The page; else SESSION with the ending .html."),
    ] = None,
) -> None:
    """Make one page of a session: each person's timeline, time shares, changes and quality.

    It holds everything it needs, so that it can be read without a network, printed, and sent as one file.

    Examples:

        mien run --jsonl session.jsonl

        mien report session.jsonl -o report.html
    """
    if session.is_dir():
        raise DataError(f"cannot read {session}: it is a folder, expected a file of `mien run --jsonl`")
    page = output or session.with_suffix(".html")
    if place_of(page) == place_of(session):
        raise OptionError(f"{page} is the session itself: expected another file to write")
    with needs_extra("report"):
        from mien.report import read_session, write_page  # noqa: PLC0415 - an extra
    with counted(f"mien: reading {session}") as progress:
        read = read_session(session, progress)
    write_page(read, page)
    for line in read.notes:
        note(line)
    note(f"saved {page}")
