"""Output files that are whole or not there at all, and errors that name them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mien.errors import SinkError

STDOUT = "-"
"""As an output path this means standard output, where a command can write there."""

LONGEST_NAME = 200
"""So many bytes of a name leave room for what is added to it: systems allow 255 in all."""


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Turn what the system says about an output path into SinkError."""
    try:
        yield
    except BrokenPipeError:
        # The reader of our standard output went away; that is no failure of ours.
        raise
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror or error}") from error


def ready_file(path: Path) -> None:
    """Make the folder of an output file; SinkError if the file could not be written there."""
    with naming(path):
        if path.is_dir():
            raise SinkError(f"cannot write {path}: it is a folder, expected a file name")
        path.parent.mkdir(parents=True, exist_ok=True)


def ready_to_replace(path: Path) -> Path:
    """`ready_file` for a file that is written beside its place and then renamed: its place, links followed.

    SinkError also for what is no ordinary file, such as a pipe or a device, which would be replaced.
    """
    ready_file(path)
    with naming(path):
        if path.exists() and not path.is_file():
            raise SinkError(f"cannot write {path}: it is no ordinary file, expected a file name")
        return place_of(path) if path.is_symlink() else path


def place_of(path: Path) -> Path:
    """Where a path leads, links followed; of one that leads in a circle some place of the circle."""
    # Path.resolve raises RuntimeError in a circle, before Python 3.13.
    return Path(os.path.realpath(path))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then rename it: a reader never sees half a file.

    An interrupted call leaves what was there before. SinkError if it cannot be written.
    """
    place = ready_to_replace(path)
    beside = beside_of(place)
    with naming(path):
        try:
            write(beside)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)


def beside_of(path: Path, suffix: str = "") -> Path:
    """A hidden name in the same folder, for a file that is to take that place; not longer than allowed."""
    name = os.fsencode(path.name)
    kept = path.name if len(name) <= LONGEST_NAME else hashlib.sha256(name).hexdigest()
    return path.with_name(f".{kept}.{os.getpid()}.part{suffix}")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    write_whole(path, lambda beside: beside.write_bytes(data))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
