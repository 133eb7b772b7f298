"""The visible line from frames to sinks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mien.types import Frame, FrameResult


class Pipeline(Protocol):
    """What analyses a frame, such as `mien.pipeline.EmotionPipeline`."""

    def process(self, frame: Frame) -> FrameResult: ...


class FrameSink(Protocol):
    """What takes a frame and its result, such as any of `mien.sinks`."""

    @property
    def wants_stop(self) -> bool: ...

    def write(self, frame: Frame, result: FrameResult) -> None: ...


@dataclass(frozen=True)
class StreamStats:
    """How many frames were analysed, how many faces were found in all of them, and how long that took."""

    frames: int
    faces: int
    seconds: float

    @property
    def fps(self) -> float:
        """Frames a second, waiting for the source and the sinks included; 0 if there was no frame."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


def run_stream(frames: Iterable[Frame], pipeline: Pipeline, sinks: Sequence[FrameSink]) -> StreamStats:
    """Analyse each frame and hand it to each sink, until the frames end or a sink wants to stop."""
    start_s = time.perf_counter()
    number = faces = 0
    for frame in frames:
        result = pipeline.process(frame)
        for sink in sinks:
            sink.write(frame, result)
        number += 1
        faces += len(result.faces)
        if any(sink.wants_stop for sink in sinks):
            break
    return StreamStats(number, faces, time.perf_counter() - start_s)
