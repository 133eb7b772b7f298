"""What all sinks have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from mien.held import Held
from mien.types import Frame, FrameResult


class Sink(Held, ABC):
    """Takes each frame as it comes and holds a file, folder or window until it is closed.

    wants_stop: whether a person has asked to end the stream.
    """

    wants_stop: bool = False

    @abstractmethod
    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and what was found in it; SinkError if that cannot be written."""
