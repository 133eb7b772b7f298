"""What the server counts, for Prometheus; nothing of what a frame shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from mien.server.refusal import Reason
from mien.types import FrameResult

_ANALYSIS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters of one server, in a registry of its own; may be used from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._frames = Counter("mien_frames", "Pictures analysed.", registry=self._registry)
        self._dropped = Counter(
            "mien_frames_dropped", "Frames of streams for which there was no time.", registry=self._registry
        )
        self._analysis = Histogram(
            "mien_analysis_seconds",
            "Time that the analysis of a picture took.",
            buckets=_ANALYSIS_S,
            registry=self._registry,
        )
        self._streams = Gauge("mien_streams", "Streams that are open.", registry=self._registry)
        self._refusals = Counter(
            "mien_refusals", "Requests, frames and commands refused.", ["reason"], registry=self._registry
        )
        for reason in Reason:
            self._refusals.labels(reason.value)

    def analysed(self, result: FrameResult) -> None:
        """Count one picture and its time."""
        self._frames.inc()
        self._analysis.observe(result.analysis_ms / 1e3)

    def dropped(self) -> None:
        """Count one frame that a newer one replaced."""
        self._dropped.inc()

    def refused(self, reason: Reason) -> None:
        """Count one refusal."""
        self._refusals.labels(reason.value).inc()

    @contextmanager
    def open_stream(self) -> Iterator[None]:
        """Count one more open stream for a while."""
        with self._streams.track_inprogress():
            yield

    def text(self) -> bytes:
        """All of them in Prometheus' text form."""
        return generate_latest(self._registry)
