"""What all sinks have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

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
