"""An hour before the camera is like the first minute: no more memory, no older results."""

from __future__ import annotations

import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest

from mien.classifier import SHIPPED_MODEL
from mien.demo_face import DemoFace
from mien.live import Analyst, run_live
from mien.overlay import Timeline, draw
from mien.pipeline import build_pipeline, load_models
from mien.sinks import JsonLinesSink
from mien.sources import open_source
from mien.timed import TimedPipeline

STATUS = Path("/proc/self/status")
FPS = 15

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="memory is read as Linux tells it")


def memory_mb() -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


class DrawnCamera:
    """Stands in for `cv2.VideoCapture`: the drawn face, again and again, 15 pictures a second."""

    def __init__(self, *_):
        images = [frame.image for frame in islice(DemoFace((320, 240), fps=4), 40)]
        self.images = cycle(images)
        self.next_s = time.monotonic()

    def isOpened(self):  # noqa: N802
        return True

    def read(self):
        self.next_s = max(self.next_s + 1 / FPS, time.monotonic())
        time.sleep(max(0.0, self.next_s - time.monotonic()))
        return True, next(self.images)

    def get(self, prop):
        return 0.0

    def set(self, prop, value):
        return False

    def release(self):
        pass


class Screen:
    """Draws as the window does, for so many seconds; notes memory, and how old each result is.

    Age is told in times of the result's own analysis: both grow alike where other programs want the machine.
    """

    def __init__(self, seconds: float):
        self.end_s = time.monotonic() + seconds
        self.timeline = Timeline()
        self.memory_mb, self.age = [], []

    @property
    def wants_stop(self):
        return time.monotonic() > self.end_s

    def show(self, frame, result):
        if frame is None or result is None:
            return
        self.timeline.add(result)
        draw(frame.image, result, timeline=self.timeline)
        self.memory_mb.append(memory_mb())
        self.age.append(result.timing.latency_ms / result.analysis_ms)


def watch(seconds: float, folder: Path) -> Screen:
    pipeline = build_pipeline(load_models())
    with (
        open_source("0", open_capture=DrawnCamera) as source,
        JsonLinesSink(folder / "faces.jsonl") as lines,
    ):
        screen = Screen(seconds)
        run_live(source.moments(), Analyst(TimedPipeline(pipeline, source.age_s), [lines]), screen)
    return screen


def thirds(values: list[float]) -> tuple[float, float]:
    """Medians of the second and the last third."""
    third = len(values) // 3
    return float(np.median(values[third : 2 * third])), float(np.median(values[2 * third :]))


@pytest.mark.skipif(not SHIPPED_MODEL.is_file(), reason="this checkout has no model yet")
@pytest.mark.parametrize(
    "seconds", [3, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_memory_stays_and_results_grow_no_older(seconds, tmp_path):
    screen = watch(seconds, tmp_path)
    before_mb, after_mb = thirds(screen.memory_mb)
    assert after_mb - before_mb < 5
    before, after = thirds(screen.age)
    assert after < 1.5 * before + 1
