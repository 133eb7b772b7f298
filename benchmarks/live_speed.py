"""Speed, latency and memory of one clip, each measured in a process of its own."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from moving_photos import ClipCamera

from mien.live import Analyst, run_live
from mien.options import RuntimeOptions
from mien.overlay import draw
from mien.pipeline import build_pipeline, load_models
from mien.scorecard.memory import memory_mb
from mien.sinks import JsonLinesSink
from mien.sources import LiveSource, open_source
from mien.stream import FrameSink, deliver
from mien.timed import TimedPipeline
from mien.types import Frame, FrameResult

T = TypeVar("T")


@dataclass(frozen=True)
class Speed:
    """Every frame of a clip, as fast as it goes.

    fps: frames a second by the clock. own_fps: by the process's own time, on all its cores together.
    analysis_ms: p50, p95 and p99 of a frame. peak_mb: the most memory that the process ever held.
    """

    fps: float
    own_fps: float
    analysis_ms: tuple[float, ...]
    peak_mb: float


@dataclass(frozen=True)
class Live:
    """A while before a camera.

    shown_fps, analysed_fps: pictures shown and analysed a second. latency_ms: p50, p95 and p99 from the
    camera's frame to its result. memory_mb: what the process holds at the end, peak_mb: and at most.
    """

    shown_fps: float
    analysed_fps: float
    latency_ms: tuple[float, ...]
    memory_mb: float
    peak_mb: float


@dataclass
class Times:
    """A sink that keeps how long each frame took, and how old its result was, in ms."""

    wants_stop = False
    analysis_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)

    def write(self, frame: Frame, result: FrameResult) -> None:  # noqa: ARG002
        self.analysis_ms.append(result.analysis_ms)
        if result.timing is not None:
            self.latency_ms.append(result.timing.latency_ms)


class Painting:
    """A view that draws everything as a window does, has no display, and is looked at for so long."""

    def __init__(self, seconds: float) -> None:
        self.shown = 0
        self._end_s = time.monotonic() + seconds

    @property
    def wants_stop(self) -> bool:
        return time.monotonic() > self._end_s

    def show(self, frame: Frame | None, result: FrameResult | None) -> None:
        if frame is not None:
            self.shown += 1
            if result is not None:
                draw(frame.image, result)


def in_own_process(measure: Callable[..., T], *arguments: Any) -> T:  # noqa: ANN401 - passed on
    """What the function returns, from a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, arguments)


def measure_speed(clip: Path, cores: int) -> Speed:
    """From the Motion JPEG clip to JSON lines."""
    _bind_to(cores)
    pipeline = build_pipeline(load_models())
    times = Times()
    with open_source(str(clip)) as source, JsonLinesSink(clip.with_suffix(".jsonl")) as lines:
        start_s = time.process_time()
        stats = deliver(pipeline.watch(source), [lines, times])
        own_s = time.process_time() - start_s
    return Speed(stats.fps, stats.frames / own_s, _quantiles(times.analysis_ms), _told_mb("VmHWM"))


def measure_live(clip: Path, cores: int, seconds: float) -> Live:
    """The clip as a camera, drawn as in a window."""
    return next(watch_live(clip, cores, seconds, seconds))


def watch_live(clip: Path, cores: int, seconds: float, every_s: float) -> Iterator[Live]:
    """The clip as a camera for so many seconds; what was measured, each so many seconds."""
    _bind_to(cores)
    pipeline = build_pipeline(load_models(options=RuntimeOptions(threads=cores)))
    with open_source("0", open_capture=lambda *_: ClipCamera(clip)) as source:
        assert isinstance(source, LiveSource)
        timed = TimedPipeline(pipeline, source.age_s)
        moments = source.moments()
        with JsonLinesSink(clip.with_suffix(".jsonl")) as lines:
            for _ in range(max(1, round(seconds / every_s))):
                times, view = Times(), Painting(every_s)
                sinks: list[FrameSink] = [lines, times]
                run_live(moments, Analyst(timed, sinks), view)
                fps = view.shown / every_s, len(times.latency_ms) / every_s
                yield Live(*fps, _quantiles(times.latency_ms), _told_mb("VmRSS"), _told_mb("VmHWM"))


def _bind_to(cores: int) -> None:
    """This process stays on so many cores from now on."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def _quantiles(values: list[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(values, (0.5, 0.95, 0.99)))


def _told_mb(name: str) -> float:
    """Memory of this process in MB, nan where the system does not tell."""
    told = memory_mb(name)
    return math.nan if told is None else told
