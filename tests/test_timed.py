"""Each live result says how old it is, what was left out, and how often there is one."""

from __future__ import annotations

import numpy as np
import pytest

from mien.rate import Rate
from mien.stream import run_stream
from mien.timed import TimedPipeline
from mien.types import Frame, FrameResult

IMAGE = np.zeros((4, 6, 3), dtype=np.uint8)


class Clock:
    """Says the next of the given seconds each time it is asked."""

    def __init__(self, *times_s):
        self.times_s = iter(times_s)

    def __call__(self):
        return next(self.times_s)


class Keeper:
    wants_stop = False

    def __init__(self):
        self.results = []

    def write(self, frame, result):
        self.results.append(result)


class Free:
    def process(self, frame):
        return FrameResult(frame.index, frame.timestamp_s, 6, 4, (), 1.0)


def test_a_result_tells_its_latency_what_was_left_out_and_the_rate():
    ages_s = {0: 0.02, 1: 0.03, 4: 0.07}
    timed = TimedPipeline(Free(), lambda frame: ages_s[frame.index], Clock(5.0, 5.1, 5.3))
    keeper = Keeper()
    stats = run_stream([Frame(index, index / 30, IMAGE) for index in ages_s], timed, [keeper])
    timings = [result.timing for result in keeper.results]
    assert [timing.latency_ms for timing in timings] == pytest.approx([20, 30, 70])
    assert [timing.dropped for timing in timings] == [0, 0, 2]
    assert timings[0].analysis_fps is None
    assert [timing.analysis_fps for timing in timings[1:]] == pytest.approx([10, 2 / 0.3])
    assert stats.latency_ms == pytest.approx(40)
    assert stats.dropped == 2


def test_what_is_recorded_has_no_latency():
    stats = run_stream([Frame(0, 0.0, IMAGE)], Free(), [])
    assert (stats.latency_ms, stats.dropped) == (None, 0)


def test_a_rate_is_that_of_the_last_second():
    rate = Rate()
    assert rate.tick(0.0) is None
    for step in range(1, 21):
        slow = rate.tick(step * 0.1)
    for step in range(1, 101):
        fast = rate.tick(2.0 + step * 0.02)
    assert (slow, fast) == pytest.approx((10, 50), rel=0.05)


def test_what_happens_every_three_seconds_has_a_rate_too():
    rate = Rate()
    assert [rate.tick(now_s) for now_s in (0.0, 3.0, 6.0)] == [
        None,
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    ]
