"""Frames go through the pipeline to every sink, until they end or somebody has had enough."""

from __future__ import annotations

import numpy as np
import pytest

from mien.stream import StreamStats, run_stream
from mien.types import Emotion, Frame, FrameResult, TrackedFace

FACE = TrackedFace(1, (0.0, 0.0, 1.0, 1.0), 0.9, Emotion.SAD, (0.1, 0.1, 0.6, 0.1, 0.1))
FRAMES = [Frame(n, n / 10, np.zeros((2, 3, 3), dtype=np.uint8)) for n in range(4)]


class TwoFaces:
    def process(self, frame):
        return FrameResult(frame.index, frame.timestamp_s, 3, 2, (FACE, FACE), 1.0)


class Notes:
    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.seen = []

    @property
    def wants_stop(self):
        return self.stop_after is not None and len(self.seen) >= self.stop_after

    def write(self, frame, result):
        assert result.frame == frame.index
        self.seen.append(frame.index)


def test_every_sink_gets_every_frame_in_order():
    first, second = Notes(), Notes()
    stats = run_stream(FRAMES, TwoFaces(), [first, second])
    assert first.seen == second.seen == [0, 1, 2, 3]
    assert (stats.frames, stats.faces) == (4, 8)
    assert stats.fps > 0


def test_a_sink_that_wants_to_stop_ends_the_stream_after_all_had_the_frame():
    stopper, other = Notes(stop_after=2), Notes()
    stats = run_stream(iter(FRAMES), TwoFaces(), [stopper, other])
    assert stopper.seen == other.seen == [0, 1]
    assert stats.frames == 2


def test_no_more_is_read_than_is_wanted():
    frames = iter(FRAMES)
    run_stream(frames, TwoFaces(), [Notes(stop_after=1)])
    assert next(frames).index == 1


def test_what_goes_wrong_in_a_stage_is_not_hidden():
    class Broken:
        def process(self, frame):
            raise ValueError("broken")

    notes = Notes()
    with pytest.raises(ValueError, match="broken"):
        run_stream(FRAMES, Broken(), [notes])
    assert notes.seen == []


def test_no_frames_are_no_frames_a_second():
    assert run_stream([], TwoFaces(), []).frames == 0
    assert StreamStats(0, 0, 0.0).fps == 0.0
