"""What all sinks have in common, and how an output path that cannot be written becomes one clear line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mien.errors import SinkError
from mien.types import Frame, FrameResult

if TYPE_CHECKING:
    from typing_extensions import Self


class Sink(ABC):
    """Takes each frame as it comes and holds a file, folder or window until it is closed.

    wants_stop: whether a person has asked to end the stream.
    """

    wants_stop: bool = False

    @abstractmethod
    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and what was found in it; SinkError if that cannot be written."""

    def close(self) -> None:  # noqa: B027 - not every sink holds something
        """Finish what was written; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Turn what the system says about the path into SinkError."""
    try:
        yield
    except BrokenPipeError:
        # The reader of our standard output went away; that is no failure of ours.
        raise
    except OSError as error:
        raise SinkError(f"cannot write {path}: {error.strerror}") from error


def ready_file(path: Path) -> None:
    """Make the folder of an output file; SinkError if the file could not be written there."""
    if path.is_dir():
        raise SinkError(f"cannot write {path}: it is a folder, expected a file name")
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
