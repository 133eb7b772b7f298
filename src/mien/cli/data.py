"""`mien data …`: FER2013 in, cleaned, looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from mien.cli.progress import counted
from mien.cli.ready import ready_outputs
from mien.data_protocol import DataProtocol

if TYPE_CHECKING:
    from mien.train.cleaning import Cleaned
    from mien.train.fingerprints import Agreement
    from mien.train.table import FaceTable

data_app = typer.Typer(
    help="Bring FER2013 into one Parquet file, clean it, and see what is in it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

_SHOWN_BAD = 5


Sources = Annotated[
    list[Path],
    typer.Argument(help="fer2013.csv, icml_face_data.csv, a folder with train/ and test/, or .parquet."),
]
TableFile = Annotated[Path, typer.Argument(help="A Parquet file that `mien data import` wrote.")]
SkipBadFlag = Annotated[bool, typer.Option("--skip-bad", help="Drop and count bad rows and files; no error.")]


@data_app.command("import")
def import_data(
    sources: Sources,
    output: Annotated[Path, typer.Option("--output", "-o", help="The Parquet file to write.")],
    votes: Annotated[
        Path | None, typer.Option("--votes", help="FER+'s fer2013new.csv: ten people's votes a picture.")
    ] = None,
    skip_bad: SkipBadFlag = False,
) -> None:
    """Import FER2013 as you have it: all seven classes, all splits, into one Parquet file.

    Examples:

        mien data import fer2013.csv --votes fer2013new.csv -o fer2013.parquet

        mien data import archive/ -o fer2013.parquet

        mien data import training.parquet public_test.parquet --votes fer2013new.csv -o fer2013.parquet
    """
    from mien.train.fer2013 import read_sources  # noqa: PLC0415
    from mien.train.table import write_table  # noqa: PLC0415

    ready_outputs([output], [*sources, votes])
    with bad_rows(skip_bad) as tell, counted("Reading") as progress:
        table = read_sources(sources, tell, progress)
        joined, note = with_votes(table, votes, tell)
    write_table(joined, output)
    _print_counts(joined, str(output))
    typer.echo(note)


@data_app.command("clean")
def clean_data(
    source: TableFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="The Parquet file to write.")],
    protocol: Annotated[
        DataProtocol,
        typer.Option(
            help="official: everything but fear and disgust. leak-free: the training split also loses blank "
            "pictures, what most voters call not a face, repeats, and what comes again in a test split."
        ),
    ] = DataProtocol.OFFICIAL,
    dropped: Annotated[
        Path | None, typer.Option(help="CSV of what was dropped and why [default: OUTPUT.dropped.csv].")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="PNG with the first examples of each kind [default: OUTPUT.dropped.png]."),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Correlation above which two pictures are the same.", show_default=True)
    ] = 0.98,
    skip_bad: SkipBadFlag = False,
) -> None:
    """Leave out what should not be trained on, and write down every picture that was dropped and why.

    Examples:

        mien data clean fer2013.parquet -o clean.parquet --protocol leak-free

        mien data clean fer2013.parquet -o five.parquet --protocol official --sheet look.png
    """
    from mien.train import cleaning, contact_sheet, table  # noqa: PLC0415

    dropped = dropped or output.parent / f"{output.stem}.dropped.csv"
    sheet = sheet or output.parent / f"{output.stem}.dropped.png"
    ready_outputs([output, dropped, sheet], [source])
    with bad_rows(skip_bad) as tell:
        faces = table.read_table(source, tell)
    with counted("Comparing pictures") as progress:
        cleaned = cleaning.clean(faces, protocol, threshold, progress)
    cleaning.write_dropped(cleaned.dropped, faces, dropped)
    contact_sheet.write_sheet(faces, cleaned.dropped, sheet)
    table.write_table(cleaned.kept, output)
    _print_dropped(cleaned, faces)
    _print_counts(cleaned.kept, str(output))


@data_app.command("show")
def show_data(source: TableFile) -> None:
    """Count the pictures of a Parquet file by class and split, and how far people agree with the labels.

    Example:

        mien data show fer2013.parquet
    """
    from mien.train.table import read_table  # noqa: PLC0415
    from mien.train.votes import agreement  # noqa: PLC0415

    table = read_table(source)
    _print_counts(table, str(source))
    share, count = agreement(table)
    if count:
        typer.echo(
            f"The voters' choice is FER2013's label on {share:.1%} of {count:,} pictures of the five classes."
        )


@data_app.command("fingerprint")
def fingerprint_data(
    sources: Sources,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz file to write.")],
    check: Annotated[
        Path | None,
        typer.Option(help="A test split in Parquet: measure how well fingerprints find repeats in it."),
    ] = None,
) -> None:
    """Take fingerprints of the training split, by which a test knows what a model may have seen.

    256 bits a picture, from which the picture cannot be drawn again. The package ships those of FER2013.

    Example:

        mien data fingerprint training.parquet -o training_fingerprints.npz --check public_test.parquet
    """
    from mien.train import fer2013, fingerprints, table  # noqa: PLC0415

    ready_outputs([output], [*sources, check])
    with counted("Reading") as progress:
        faces = fer2013.read_sources(sources, None, progress)
    asked = None if check is None else table.read_table(check)
    count = fingerprints.write_known(faces, output)
    typer.echo(f"{count:,} fingerprints in {output}")
    if asked is not None:
        training = faces.images[faces.usage == "Training"]
        _print_agreement("a part of Training against the rest", fingerprints.check_training(training))
        _print_agreement(f"{check} against Training", fingerprints.check(asked.images, training))


def with_votes(
    table: FaceTable, votes: Path | None, tell: Callable[[str], None] | None
) -> tuple[FaceTable, str]:
    """The table with the votes of a FER+ file, and one line that says what came of it."""
    from mien.train.votes import join_votes, read_votes  # noqa: PLC0415

    if votes is None:
        return table, "No votes joined: give FER+'s fer2013new.csv with --votes for the crowd's labels."
    joined = join_votes(table, read_votes(votes, tell))
    key = "row" if joined.by_row else "name"
    note = f"Votes joined by {key} for {joined.joined:,} of {len(table):,} pictures."
    if any(not name.startswith("fer") for name in table.ids):
        note += (
            " The numbers in Kaggle's picture names are not rows of its CSV, so such pictures get no votes."
        )
    return joined.table, note


@contextmanager
def bad_rows(skip_bad: bool) -> Iterator[Callable[[str], None] | None]:
    """What readers tell bad rows to, or None without --skip-bad; counted and named on stderr."""
    lines: list[str] = []
    yield lines.append if skip_bad else None
    if lines:
        typer.echo(f"{len(lines):,} bad rows or files left out:", err=True)
        for line in lines[:_SHOWN_BAD]:
            typer.echo(f"  {line}", err=True)
        if len(lines) > _SHOWN_BAD:
            typer.echo(f"  and {len(lines) - _SHOWN_BAD:,} more", err=True)


def _print_counts(table: FaceTable, title: str) -> None:
    from mien.train.table import FER2013_CLASSES, USAGES  # noqa: PLC0415

    names = (FER2013_CLASSES[code] for code in table.codes)
    rows = [*FER2013_CLASSES, "with votes"]
    pairs = list(zip(names, table.usage, strict=True))
    voted = (
        []
        if table.votes is None
        else [("with votes", usage) for usage in table.usage[table.votes.any(axis=1)]]
    )
    _print_crossed(title, "class", rows, USAGES, pairs, voted)


def _print_dropped(cleaned: Cleaned, table: FaceTable) -> None:
    from mien.train.cleaning import Reason  # noqa: PLC0415
    from mien.train.table import USAGES  # noqa: PLC0415

    pairs = [(entry.reason.value, str(table.usage[entry.row])) for entry in cleaned.dropped]
    _print_crossed("dropped", "reason", [reason.value for reason in Reason], USAGES, pairs, [])


def _print_crossed(
    title: str,
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    pairs: Iterable[tuple[str, str]],
    below: Iterable[tuple[str, str]],
) -> None:
    """A table of how often each (row, column) occurs, with sums; `below` comes under the sums and is not in
    them.
    """
    counts, extra = Counter(pairs), Counter(below)
    typer.echo(title)
    table = Table()
    table.add_column(corner)
    for column in (*columns, "all"):
        table.add_column(column, justify="right")
    for name in rows:
        if any(counts[name, column] for column in columns):
            table.add_row(name, *_with_sum([counts[name, column] for column in columns]))
    table.add_section()
    table.add_row("all", *_with_sum([sum(counts[name, column] for name in rows) for column in columns]))
    for name in dict.fromkeys(name for name, _ in extra):
        table.add_row(name, *_with_sum([extra[name, column] for column in columns]))
    Console().print(table)


def _with_sum(counts: Sequence[int]) -> list[str]:
    return [f"{count:,}" for count in (*counts, sum(counts))]


def _print_agreement(title: str, agreements: Sequence[Agreement]) -> None:
    first = agreements[0]
    typer.echo(f"{title}: {first.again:,} of {first.pictures:,} come again")
    table = Table()
    for column in ("bits", "flagged", "right", "precision", "recall"):
        table.add_column(column, justify="right")
    for found in agreements:
        shares = (f"{found.precision:.4f}", f"{found.recall:.4f}")
        table.add_row(str(found.limit), f"{found.flagged:,}", f"{found.both:,}", *shares)
    Console().print(table)
