"""Output files that are whole or not there at all, and errors that name them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mien.errors import SinkError


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


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then rename it: a reader never sees half a file.

    An interrupted call leaves what was there before. SinkError if it cannot be written.
    """
    ready_file(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with naming(path):
        try:
            write(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    write_whole(path, lambda beside: beside.write_bytes(data))


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
