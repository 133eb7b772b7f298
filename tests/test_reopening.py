"""A camera that stalls, drops, returns None, changes size and comes back is no reason to end."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from test_sources import FakeCapture, camera_threads

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.sources import open_source
from mien.sources.feed import pauses

FAST = SourceOptions(reopen_first_s=0.01, reopen_longest_s=0.04, glitch_s=0.0, quiet_s=0.1)


class Camera:
    """Stands in for `cv2.VideoCapture`: each time it is opened it is the next of the captures."""

    def __init__(self, *captures):
        self.captures = iter(captures)
        self.opened = []

    def __call__(self, *asked):
        self.opened.append(next(self.captures))
        return self.opened[-1]


def watched(camera, wanted, options=FAST, told=None):
    """The first so many moments of a camera that carry a frame, with what was wrong meanwhile."""
    notices, frames = [], []
    with open_source("0", options=options, open_capture=camera, on_notice=told) as source:
        for moment in source.moments():
            notices.append(source.notice)
            if moment is not None:
                frames.append(moment)
            if len(frames) == wanted:
                break
    assert camera_threads() == []
    return frames, notices


def test_pauses_grow_from_half_a_second_to_ten():
    assert list(itertools.islice(pauses(SourceOptions()), 7)) == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_camera_that_drops_out_is_opened_again_and_time_goes_on():
    told = []
    camera = Camera(
        FakeCapture(frames=4, step_s=0.005),
        FakeCapture(opens=False),
        FakeCapture(frames=0),
        FakeCapture(step_s=0.005),
    )
    frames, _ = watched(camera, 8, told=told.append)
    indices = [frame.index for frame in frames]
    assert indices == sorted(set(indices))
    times_s = [frame.timestamp_s for frame in frames]
    assert times_s == sorted(times_s)
    # Three tries after pauses of 10, 20 and 40 ms lie between the two halves.
    assert max(after - before for before, after in itertools.pairwise(times_s)) >= 0.07
    assert told == [
        "camera 0 gave no picture; trying again in 0.01 s (try 1)",
        "camera 0 gave no picture; trying again in 0.02 s (try 2)",
        "camera 0 gave no picture; trying again in 0.04 s (try 3)",
        "camera 0 is back",
    ]
    assert [capture.released for capture in camera.opened] == [1, 1, 1, 1]


def test_whoever_shows_it_is_told_while_it_is_gone_and_no_longer():
    camera = Camera(FakeCapture(frames=3), FakeCapture(frames=0), FakeCapture(step_s=0.005))
    options = SourceOptions(reopen_first_s=0.1, glitch_s=0.0)
    _, notices = watched(camera, 6, options)
    assert "camera 0 gave no picture; trying again in 0.1 s (try 1)" in notices
    assert notices[-1] is None


def test_it_may_come_back_in_another_size():
    camera = Camera(FakeCapture(frames=3, step_s=0.01), FakeCapture(step_s=0.01, size=(32, 24)))
    frames, _ = watched(camera, 6)
    shapes = [frame.image.shape for frame in frames]
    assert shapes[0] == (48, 64, 3)
    assert shapes[-1] == (24, 32, 3)


def test_a_glitch_of_one_picture_closes_nothing():
    class Glitchy(FakeCapture):
        def read(self):
            ok, image = super().read()
            return (ok, image) if self.given % 3 else (True, None)

    camera = Camera(Glitchy(step_s=0.002))
    frames, notices = watched(camera, 10, SourceOptions())
    assert len(frames) == 10
    assert set(notices) == {None}
    assert len(camera.opened) == 1


def test_a_camera_that_stalls_says_so_and_goes_on():
    class Stalling(FakeCapture):
        def read(self):
            if self.given == 4:
                time.sleep(0.3)
            return super().read()

    frames, notices = watched(Camera(Stalling()), 5)
    assert "camera 0 has given no picture for 0 s" in notices
    assert notices[-1] is None
    assert len(frames) == 5


def test_a_camera_that_does_not_come_back_is_given_up_where_that_is_wanted():
    camera = Camera(FakeCapture(frames=3), *(FakeCapture(opens=False) for _ in range(100)))
    options = SourceOptions(reopen_first_s=0.01, reopen_longest_s=0.01, glitch_s=0.0, give_up_s=0.1)
    with pytest.raises(SourceError, match=r"camera 0 has given no picture for 0\.1 seconds: given up"):
        watched(camera, 10, options)
    assert camera_threads() == []


def test_closing_does_not_wait_for_the_end_of_a_pause():
    camera = Camera(FakeCapture(frames=3))
    options = SourceOptions(reopen_first_s=60.0, reopen_longest_s=60.0, glitch_s=0.0)
    start_s = time.monotonic()
    with open_source("0", options=options, open_capture=camera) as source:
        next(moment for moment in source.moments() if moment is None and source.notice)
    assert time.monotonic() - start_s < 2
    assert camera_threads() == []


def test_a_read_that_hangs_does_not_keep_the_program():
    wakes = threading.Event()

    class Hanging(FakeCapture):
        def read(self):
            if self.given == 3:
                wakes.wait(5)
            return super().read()

    capture = Hanging()
    with (
        pytest.raises(SourceError, match="given up"),
        open_source("0", options=SourceOptions(give_up_s=0.1), open_capture=Camera(capture)) as source,
    ):
        timer = threading.Timer(0.3, wakes.set)
        timer.start()
        list(source)
    timer.join()
    assert capture.released == 1


def test_what_breaks_in_the_thread_is_raised_where_frames_are_read():
    class Broken(FakeCapture):
        def read(self):
            if self.given == 3:
                raise MemoryError("too large")
            return super().read()

    with open_source("0", open_capture=Camera(Broken())) as source, pytest.raises(MemoryError):
        list(source)
    assert camera_threads() == []
