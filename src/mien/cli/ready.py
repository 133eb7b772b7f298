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
    read = {_identity(path) for path in inputs if path is not None}
    written: set[Path | tuple[int, int]] = set()
    for path in outputs:
        file = path if str(path) == STDOUT else _identity(path)
        if file in read:
            raise OptionError(f"{path} is read by this command: expected another file to write")
        if file in written:
            raise OptionError(f"{path} would be written twice: expected a file of its own for each output")
        written.add(file)


def _identity(path: Path) -> Path | tuple[int, int]:
    """What two names of one file share: on some systems `Clip.mp4` is `clip.mp4`, too."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return place_of(path)
    return found.st_dev, found.st_ino
