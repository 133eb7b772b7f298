"""How a live stream keeps up, measured frame by frame."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from mien.rate import Rate
from mien.stream import Pipeline
from mien.types import Frame, FrameResult, Timing


class TimedPipeline:
    """A pipeline whose results say how old they are and what was left out."""

    def __init__(
        self,
        pipeline: Pipeline,
        age_s: Callable[[Frame], float],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """age_s: seconds since a frame came in, such as `LiveSource.age_s`. clock_s: any steady clock."""
        self._pipeline = pipeline
        self._age_s = age_s
        self._clock_s = clock_s
        self._rate = Rate()
        self._analysed = 0

    def process(self, frame: Frame) -> FrameResult:
        """The pipeline's result with `timing`; frames are numbered as the camera gave them."""
        result = self._pipeline.process(frame)
        self._analysed += 1
        timing = Timing(
            latency_ms=self._age_s(frame) * 1e3,
            dropped=frame.index + 1 - self._analysed,
            analysis_fps=self._rate.tick(self._clock_s()),
        )
        return replace(result, timing=timing)
