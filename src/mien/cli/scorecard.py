"""`mien scorecard`: everything that is said about mien's quality, measured and written anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from mien.cli.app import MAKING, app, note
from mien.cli.extras import needs_extra
from mien.cli.models import ModelOption
from mien.cli.progress import counted
from mien.cli.ready import ready_outputs
from mien.detector import find_yunet
from mien.errors import OptionError

if TYPE_CHECKING:
    from mien.scorecard.card import Card, Part
    from mien.scorecard.plan import Inputs, Job


@app.command(rich_help_panel=MAKING)
def scorecard(
    *,
    data: Annotated[
        Path | None, typer.Option("--data", help="Parquet of FER2013's PublicTest, as `mien data` writes it.")
    ] = None,
    votes: Annotated[
        Path | None, typer.Option("--votes", help="FER+'s fer2013new.csv, where DATA has no votes yet.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="PublicTest, if DATA holds more.")] = None,
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Photographs of one face each, with labels.csv.")
    ] = None,
    photo_labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Their CSV, `file` and `emotion` [default: DIR/labels.csv]."),
    ] = None,
    yunet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YuNet's file, to lay YuNet beside mien's detector.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Measure this part alone: accuracy, corruptions, photographs, speed or footprint; may be "
            "given again."
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep other parts of the card that is there, if of the same models."),
    ] = False,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="Measure nothing: write page and pictures again from the JSON.")
    ] = False,
    readme: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Fill the places marked in this Markdown file; may be given again."
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=2, max=10000, help="How many frames, and batches of each size, are timed [default: 100]."
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder of the card.")] = Path(
        "docs"
    ),
    model: ModelOption = None,
) -> None:
    """Measure how good, how fast and how large mien is, and write scorecard.md, scorecard.json and pictures.

    A part whose data is not named is told as not measured, and nothing of an older card stays unless --keep
    asks for it. All files are written at the end, each whole: Ctrl-C before that changes nothing. A place in
    a Markdown file is `<!-- scorecard:NAME -->…<!-- /scorecard -->`.

    Examples:

        mien scorecard --data public_test.parquet --votes fer2013new.csv --photos photos/ -o docs/

        mien scorecard --only speed --only footprint --keep --readme README.md

        mien scorecard --rewrite --readme README.md
    """
    with needs_extra("scorecard"):
        from mien.scorecard.card import Part, read_card  # noqa: PLC0415 - an extra
        from mien.scorecard.plan import Inputs  # noqa: PLC0415
        from mien.scorecard.readme import filled_file  # noqa: PLC0415
        from mien.scorecard.tables import busy_warning  # noqa: PLC0415
        from mien.scorecard.writing import (  # noqa: PLC0415
            JSON_NAME,
            PAGE_NAME,
            check_whole,
            write_card,
        )

    if rewrite:
        asked = {"--only": only, "--keep": keep, "--data": data, "--votes": votes, "--split": split}
        asked |= {"--photos": photos, "--photo-labels": photo_labels, "--yunet": yunet, "--model": model}
        _refuse_beside_rewrite({**asked, "--repeats": repeats})
    before, page, readmes = output / JSON_NAME, output / PAGE_NAME, readme or []
    old = read_card(before) if rewrite or keep else None
    times = repeats or Inputs.repeats
    inputs = Inputs(model, data, votes, split, photos, photo_labels, yunet or find_yunet(), times)
    card, jobs = (old, {}) if rewrite and old is not None else _plan(inputs, only or [], old)
    if old is not None:
        check_whole(card, before)
    for path in readmes:
        filled_file(path, card)  # minutes before it would turn out that it cannot be filled
    read = (data, votes, photo_labels or (photos and photos / "labels.csv"), inputs.yunet, model)
    ready_outputs((before, page, *readmes), read)
    card = _measure(card, jobs)
    write_card(card, output, readmes)
    _print_bars(card)
    warning = busy_warning(card.found[Part.SPEED]) if Part.SPEED in card.found else None
    if warning is not None:
        note(f"speed was {warning}")
    for path in (page, before, *readmes):
        note(f"wrote {path}")


def _refuse_beside_rewrite(asked: Mapping[str, object]) -> None:
    """OptionError names the options, by name, that say what to measure."""
    given = [name for name, value in asked.items() if value]
    if given:
        raise OptionError(f"--rewrite measures nothing: expected it without {', '.join(given)}")


def _plan(inputs: Inputs, only: list[str], old: Card | None) -> tuple[Card, dict[Part, Job]]:
    """The card before anything is measured, with the old one's parts where there is one, and what to do."""
    from mien.scorecard.card import Card, Part, describe_models  # noqa: PLC0415
    from mien.scorecard.plan import plan  # noqa: PLC0415

    wanted = [Part.named(name) for name in only] or list(Part)
    jobs, missing = plan(inputs, wanted)
    card = Card(describe_models(inputs.model), {}, missing)
    return (card if old is None else card.keeping(old)).without(jobs), jobs


def _measure(card: Card, jobs: Mapping[Part, Job]) -> Card:
    """The card with what the jobs find, with a bar a part."""
    from mien.scorecard.plan import run  # noqa: PLC0415

    found = {}
    for part, job in jobs.items():
        with counted(f"mien: {part}") as progress:
            found[part] = run(job, progress)
    return replace(card, found=found).keeping(card)


def _print_bars(card: Card) -> None:
    from mien.scorecard.goals import judge  # noqa: PLC0415

    table = Table()
    for heading in ("", "measured", "bar"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_column("")
    for verdict in judge(card):
        table.add_row(verdict.goal.name, verdict.shown, verdict.goal.bar.text, verdict.word)
    Console().print(table)
