"""`mien predict`: photographs in, a table for people or lines of JSON for programs out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mien.cli.app import app, note
from mien.cli.models import (
    Detector,
    DetectorModelOption,
    DetectorOption,
    ModelChoice,
    ModelOption,
    PriorShareOption,
    ThreadsOption,
)
from mien.cli.outputs import AnonymizeOption
from mien.cli.progress import with_progress
from mien.errors import OptionError, SourceError
from mien.overlay import BGR_OF_EMOTION, WORDS_OF_DOUBT
from mien.pictures import is_folder, list_pictures, read_picture, unreadable
from mien.pipeline import build_pipeline
from mien.sinks import Anonymize, AnonymizedSink, PhotoSink
from mien.types import EMOTIONS, Frame, FrameResult, TrackedFace

BAR_CELLS = 12
MANY_PHOTOS = 10
NARROW_COLUMNS = 80


@dataclass(frozen=True)
class Report:
    """What became of one photo: a result, or why there is none."""

    path: str
    result: FrameResult | None = None
    error: str | None = None

    def as_record(self) -> dict[str, object]:
        """The JSON form: path, width, height and faces, or path and error."""
        if self.result is None:
            return {"path": self.path, "error": self.error}
        faces = [face.as_record() for face in self.result.faces]
        for face in faces:
            del face["id"]
        return {
            "path": self.path,
            "width": self.result.width,
            "height": self.result.height,
            "faces": faces,
        }


@app.command()
def predict(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATHS", help="Photos, and folders that are searched for photos.")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a line of JSON a photo.")] = False,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="DIR", help="Put annotated copies into this folder.")
    ] = None,
    anonymize: AnonymizeOption = Anonymize.OFF,
    crops: Annotated[
        bool, typer.Option("--crops", help="The pictures already are face crops: look for no faces.")
    ] = False,
    detector: DetectorOption = Detector.AUTO,
    detector_model: DetectorModelOption = None,
    model: ModelOption = None,
    threads: ThreadsOption = 1,
    prior_share: PriorShareOption = None,
) -> None:
    """Say which emotion each face in photos shows.

    A photo that cannot be read is named, the others go on, and the exit code is 2.

    Examples:

        mien predict holiday.jpg

        mien predict photos/ --save annotated/

        mien predict photos/ --save annotated/ --anonymize blur

        mien predict photos/ --json > faces.jsonl

        mien predict --crops faces/
    """
    if anonymize is not Anonymize.OFF and save is None:
        raise OptionError(f"--anonymize {anonymize.value} covers faces in saved copies: expected --save DIR")
    photos = list(find_photos(paths))
    choice = ModelChoice(detector, detector_model, model, threads, crops, prior_share)
    reader = PhotoReader(choice, save, anonymize)
    # A bar among lines of JSON on the same terminal could be read by nobody.
    hidden = len(photos) < MANY_PHOTOS or (as_json and sys.stdout.isatty())
    reports = with_progress(map(reader.read, photos), len(photos), "mien: reading photos", hidden=hidden)
    all_read = print_lines(reports) if as_json else print_table(reports)
    raise typer.Exit(0 if all_read else 2)


def find_photos(names: Iterable[str]) -> Iterator[Path]:
    """The files as they are named, and the pictures in folders and the folders below them.

    OptionError for a name that is empty, which is no folder, though `Path` takes it for the one we are in.
    """
    for name in names:
        if not name:
            raise OptionError("a path is '': expected a photo or a folder")
        path = Path(name)
        yield from _photos_in(path) if is_folder(path) else [path]


def _photos_in(folder: Path) -> list[Path]:
    """The photos, then the folders that cannot be read; of none at all, the folder itself."""
    closed: list[Path] = []
    photos = list_pictures(folder, lambda error: closed.append(Path(error.filename)))
    return [*photos, *closed] or [folder]


def _why_no_photo(folder: Path) -> str:
    try:
        os.scandir(folder).close()
    except OSError as error:
        return unreadable(error)
    return f"{folder}: there is no picture in this folder"


class PhotoReader:
    """Reads one photo after the other with the same models; each one as if it were the first."""

    def __init__(self, choice: ModelChoice, save: Path | None, anonymize: Anonymize = Anonymize.OFF) -> None:
        """save: a folder for annotated copies, or None. anonymize: how faces in them are covered."""
        self._models, self._options = choice.load(), choice.options
        self._copies = None if save is None else AnonymizedSink(PhotoSink(save), anonymize)

    def read(self, path: Path) -> Report:
        """The photo's faces, or why it cannot be read."""
        if is_folder(path):
            return Report(str(path), error=_why_no_photo(path))
        try:
            frame = Frame(0, 0.0, read_picture(path), str(path))
        except SourceError as error:
            return Report(str(path), error=str(error))
        result = build_pipeline(self._models, self._options).process(frame)
        if self._copies:
            self._copies.write(frame, result)
        return Report(str(path), result)


def print_lines(reports: Iterable[Report]) -> bool:
    """Print a line of JSON a photo as it comes, and say whether all could be read."""
    all_read = True
    for report in reports:
        print(json.dumps(report.as_record()), flush=True)
        all_read = all_read and report.error is None
    return all_read


def print_table(reports: Iterable[Report]) -> bool:
    """Print a row a face, the photo's name at its first, then what could not be read; say if all could."""
    console = Console()
    with_bar = console.width >= NARROW_COLUMNS and not console.options.ascii_only
    table = Table()
    table.add_column("photo", overflow="fold")
    table.add_column("face", justify="right")
    table.add_column("emotion")
    table.add_column("sure", justify="right")
    if with_bar:
        table.add_column("", no_wrap=True)
    table.add_column("else")
    errors: list[str] = []
    try:
        for report in reports:
            if report.result is None:
                errors.append(str(report.error))
                continue
            name = Text(report.path)
            for number, emotion, sure, bar, other in _rows(report.result):
                table.add_row(name, number, emotion, sure, *([bar] if with_bar else []), other)
                name = Text()
    finally:  # Ctrl-C, too, leaves on the screen what was read
        if table.row_count:
            console.print(table)
        for error in errors:
            note(error)
    return not errors


def _rows(result: FrameResult) -> list[tuple[str | Text, ...]]:
    """What stands right of the photo's name, a row a face; one row that says so where there is none."""
    if not result.faces:
        return [("-", "no face", "", "", "")]
    return [(str(number), *_words(face)) for number, face in enumerate(result.faces, start=1)]


def _words(face: TrackedFace) -> tuple[str | Text, ...]:
    """Emotion, how sure that is, a bar of it, and what else it may be; all else where it is in doubt."""
    if face.doubt:
        return WORDS_OF_DOUBT[face.doubt], "", "", f"{face.emotion} {face.confidence:.0%}"
    return face.emotion.value, f"{face.confidence:.0%}", _bar(face), _second(face)


def _bar(face: TrackedFace) -> Text:
    """The probability of the emotion shown, in the colour of the overlay."""
    filled = round(face.confidence * BAR_CELLS)
    blue, green, red = BGR_OF_EMOTION[face.emotion]
    bar = Text("━" * filled, style=f"rgb({red},{green},{blue})")
    return bar.append("─" * (BAR_CELLS - filled), style="dim")


def _second(face: TrackedFace) -> str:
    """The next most probable emotion."""
    others = [pair for pair in zip(face.probs, EMOTIONS, strict=True) if pair[1] is not face.emotion]
    prob, emotion = max(others, key=lambda pair: pair[0])
    return f"{emotion} {prob:.0%}"
