"""The visible line from frames to sinks."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
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
    """How many frames were analysed, how many faces were found in all of them, and how long that took.

    dropped: frames that came but were not analysed. latency_ms: from the camera's frame to its result, the
    mean over a live stream, or None.
    """

    frames: int
    faces: int
    seconds: float
    dropped: int = 0
    latency_ms: float | None = None

    @property
    def fps(self) -> float:
        """Frames a second, waiting for the source and the sinks included; 0 if there was no frame."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


def run_stream(frames: Iterable[Frame], pipeline: Pipeline, sinks: Sequence[FrameSink]) -> StreamStats:
    """Analyse each frame and hand it to each sink, until the frames end or a sink wants to stop."""
    return deliver(((frame, pipeline.process(frame)) for frame in frames), sinks)


def deliver(
    results: Generator[tuple[Frame, FrameResult], None, None], sinks: Sequence[FrameSink]
) -> StreamStats:
    """Hand each frame with its result to each sink, until they end or a sink wants to stop.

    results: such as `EmotionPipeline.watch` gives; closed at the end.
    """
    tally = _Tally()
    with closing(results):
        for frame, result in results:
            for sink in sinks:
                sink.write(frame, result)
            tally.add(result)
            if any(sink.wants_stop for sink in sinks):
                break
    return tally.stats()


class _Tally:
    """Counts what went through."""

    def __init__(self) -> None:
        self._start_s = time.perf_counter()
        self._frames = self._faces = self._seen = self._timed = 0
        self._latency_ms = 0.0

    def add(self, result: FrameResult) -> None:
        self._frames += 1
        self._faces += len(result.faces)
        # Frames are numbered where they come from: a gap is a frame that was not analysed.
        self._seen = result.frame + 1
        if result.timing is not None:
            self._timed += 1
            self._latency_ms += result.timing.latency_ms

    def stats(self) -> StreamStats:
        return StreamStats(
            self._frames,
            self._faces,
            time.perf_counter() - self._start_s,
            self._seen - self._frames,
            self._latency_ms / self._timed if self._timed else None,
        )
