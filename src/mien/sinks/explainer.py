"""Where the model looked, for as long as somebody wants to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mien.sinks.sink import Sink
from mien.types import Frame, FrameResult, Heat


class Explainer(Sink):
    """Asks for the heats of each frame while it is switched on, and keeps the newest ones.

    is_on: whether it asks. heats: one a face, boxes in pixels of the newest frame; empty while switched off.
    """

    def __init__(
        self, explain: Callable[[Frame, FrameResult], Sequence[Heat]], *, is_on: bool = False
    ) -> None:
        """explain: the heats of a frame's faces, such as `EmotionPipeline.explain`."""
        self.is_on = is_on
        self.heats: tuple[Heat, ...] = ()
        self._explain = explain

    def toggle(self) -> None:
        """Switch it on, or off; from any thread."""
        self.is_on = not self.is_on

    def write(self, frame: Frame, result: FrameResult) -> None:
        self.heats = tuple(self._explain(frame, result)) if self.is_on else ()
