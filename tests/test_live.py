"""The view never waits for the analysis, and what is recorded is what was analysed, in order."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from mien.live import Analyst, run_live
from mien.types import Frame, FrameResult


def frame_of(index: int) -> Frame:
    return Frame(index, index / 10, np.full((4, 6, 3), index % 256, dtype=np.uint8))


class Gated:
    """A pipeline that works on a frame only when it is let."""

    def __init__(self):
        self.gate = threading.Semaphore(0)
        self.began = threading.Event()
        self.threads = set()

    def process(self, frame):
        self.began.set()
        self.threads.add(threading.current_thread().name)
        assert self.gate.acquire(timeout=5)
        return FrameResult(frame.index, frame.timestamp_s, 6, 4, (), 1.0)


class Free:
    def process(self, frame):
        return FrameResult(frame.index, frame.timestamp_s, 6, 4, (), 1.0)


class Screen:
    """Notes what is shown, and does something after each picture."""

    def __init__(self, after=lambda screen: None, stop_after=None):
        self.shown = []
        self.after, self.stop_after = after, stop_after

    @property
    def wants_stop(self):
        return self.stop_after is not None and len(self.shown) >= self.stop_after

    def show(self, frame, result):
        self.shown.append((frame and frame.index, result and result.frame))
        self.after(self)


class Notes:
    wants_stop = False

    def __init__(self):
        self.seen = []

    def write(self, frame, result):
        assert frame.index == result.frame
        self.seen.append(frame.index)


def analysis_threads():
    return [thread for thread in threading.enumerate() if thread.name == "mien: analysis"]


def wait_until(condition):
    deadline_s = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


def test_every_frame_is_shown_while_the_analysis_is_still_at_the_first():
    pipeline, notes = Gated(), Notes()

    def let_it_work_at_the_end(screen):
        if len(screen.shown) == 1:
            assert pipeline.began.wait(5)
        if len(screen.shown) == 10:
            pipeline.gate.release(10)

    screen = Screen(let_it_work_at_the_end)
    stats = run_live(map(frame_of, range(10)), Analyst(pipeline, [notes]), screen)
    assert screen.shown == [(index, None) for index in range(10)]
    # The first was at work, the last was waiting when the frames ended; eight had no time.
    assert notes.seen == [0, 9]
    assert (stats.frames, stats.dropped) == (2, 8)
    assert analysis_threads() == []
    assert pipeline.threads == {"mien: analysis"}


def test_the_newest_result_is_shown_with_frames_that_came_later():
    pipeline, notes = Gated(), Notes()

    def finish_one(screen):
        pipeline.gate.release()
        wait_until(lambda: len(notes.seen) == len(screen.shown))

    screen = Screen(finish_one)
    run_live(map(frame_of, range(4)), Analyst(pipeline, [notes]), screen)
    assert notes.seen == [0, 1, 2, 3]
    shown = [result for _, result in screen.shown]
    assert shown[0] is None
    assert shown == sorted(shown, key=lambda index: -1 if index is None else index)
    assert shown[-1] >= 1


def test_the_view_stays_awake_while_no_frame_comes():
    screen = Screen(stop_after=3)
    run_live([None, None, None, None], Analyst(Free(), []), screen)
    assert screen.shown == [(None, None)] * 3


def test_what_goes_wrong_in_the_analysis_ends_the_view_at_once():
    class Broken:
        def process(self, frame):
            raise ValueError("broken")

    def endless():
        index = 0
        while True:
            yield frame_of(index)
            index += 1
            time.sleep(0.001)

    with pytest.raises(ValueError, match="broken"):
        run_live(endless(), Analyst(Broken(), []), Screen())
    assert analysis_threads() == []


def test_what_goes_wrong_with_the_last_frame_is_not_lost():
    class Full(Notes):
        def write(self, frame, result):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_live([frame_of(0)], Analyst(Free(), [Full()]), Screen())


def test_an_interrupt_ends_the_thread_and_keeps_what_was_written():
    notes = Notes()

    def interrupt(screen):
        if len(screen.shown) == 3:
            wait_until(lambda: notes.seen)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_live(map(frame_of, range(10)), Analyst(Free(), [notes]), Screen(interrupt))
    assert notes.seen == sorted(notes.seen)
    assert analysis_threads() == []


def test_a_sink_that_has_had_enough_ends_the_view_too():
    class Once(Notes):
        @property
        def wants_stop(self):
            return bool(self.seen)

    def moments():
        yield frame_of(0)
        while True:
            time.sleep(0.001)
            yield None

    once = Once()
    stats = run_live(moments(), Analyst(Free(), [once]), Screen())
    assert (once.seen, stats.frames) == ([0], 1)


def test_a_wish_is_done_on_the_analysis_thread_between_two_frames():
    notes, who = Notes(), []
    analyst = Analyst(Free(), [notes])

    def wish(screen):
        if len(screen.shown) == 1:
            wait_until(lambda: notes.seen == [0])
            analyst.ask(lambda: who.append((threading.current_thread().name, list(notes.seen))))

    run_live(map(frame_of, range(2)), analyst, Screen(wish))
    assert who == [("mien: analysis", [0])]
