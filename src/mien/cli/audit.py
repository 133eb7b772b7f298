"""`mien data audit`: what is in a copy of FER2013, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mien.cli.app import note
from mien.cli.data import SkipBadFlag, Sources, bad_rows, data_app, with_votes
from mien.cli.models import ThreadsOption
from mien.cli.progress import counted
from mien.cli.ready import ready_outputs


@data_app.command("audit")
def audit_data(
    sources: Sources,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The page.")] = Path(
        "audit.html"
    ),
    votes: Annotated[
        Path | None, typer.Option("--votes", help="FER+'s fer2013new.csv: ten people's votes a picture.")
    ] = None,
    limit: Annotated[
        int,
        typer.Option(
            min=0, max=1000, help="How many pictures, or groups of repeats, to show for each finding."
        ),
    ] = 24,
    json_path: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all numbers as JSON, too.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="An .onnx or a .ckpt that doubts labels and is scored [default: the model in the package]."
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Correlation above which two pictures are the same.", show_default=True)
    ] = 0.98,
    skip_bad: SkipBadFlag = False,
    threads: ThreadsOption = 1,
) -> None:
    """Look at a copy of FER2013 before you trust it: one page of numbers and pictures.

    It holds counts, repeats within and across splits, blank pictures and such without a face, labels against
    the votes of people, labels that the model doubts, and what the official and the leak-free protocol drop.
    The page shows people's faces: keep it private. `--limit 0` writes one without pictures.

    Examples:

        mien data audit fer2013.csv --votes fer2013new.csv -o audit.html

        mien data audit archive/ --limit 60

        mien data audit fer2013.parquet --limit 0 --json audit.json
    """
    from mien.train.audit import audit, write_page  # noqa: PLC0415
    from mien.train.cleaning import check_threshold  # noqa: PLC0415
    from mien.train.evaluate import open_reader, write_record  # noqa: PLC0415
    from mien.train.fer2013 import read_sources  # noqa: PLC0415

    ready_outputs([output, json_path], [*sources, votes, model])
    check_threshold(threshold)
    reader = open_reader(model, threads)
    with bad_rows(skip_bad) as tell, counted("Reading") as progress:
        faces = read_sources(sources, tell, progress)
        if votes is not None:
            faces, told = with_votes(faces, votes, tell)
            note(told)
    found = audit(faces, reader, threshold, counted)
    write_page(found, f"Audit of {', '.join(path.name for path in sources)}", output, limit)
    if json_path is not None:
        origin = {"sources": [str(path) for path in sources], "model": str(model or "mien")}
        write_record({**origin, "threshold": threshold, **found.as_record()}, json_path)
    typer.echo(f"saved {output}: {found.in_short()}")
