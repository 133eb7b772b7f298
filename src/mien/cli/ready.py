"""The files that a command is going to write, made sure of before minutes of work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mien.errors import OptionError
from mien.files import STDOUT, place_of, ready_to_replace


def ready_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | None]) -> None:
    """Make the folders of files that will be written; None is one that nobody asked for.

    OptionError for a file that the command reads, or would write twice; SinkError for one that cannot be
    written.
    """
    asked = [path for path in outputs if path is not None]
    keep_apart(asked, inputs)
    for path in asked:
        ready_to_replace(path)


def keep_apart(outputs: Iterable[Path], inputs: Iterable[Path | None]) -> None:
    """OptionError for an output that the command reads, or would write twice; `-` is standard output."""
    read = {place_of(path) for path in inputs if path is not None}
    written: set[Path] = set()
    for path in outputs:
        place = path if str(path) == STDOUT else place_of(path)
        if place in read:
            raise OptionError(f"{path} is read by this command: expected another file to write")
        if place in written:
            raise OptionError(f"{path} would be written twice: expected a file of its own for each output")
        written.add(place)
