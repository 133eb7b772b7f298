"""The window shows what there is at once, answers to keys, and says what is wrong."""

from __future__ import annotations

import os
import time

import cv2
import numpy as np
import pytest
from test_sinks import step

from mien.errors import SinkError
from mien.sinks import Explainer, WindowSink, display_problem, window
from mien.types import Heat


class FakeWindow:
    """Stands in for OpenCV's windows: keys are pressed, or the window closed, after so many looks."""

    def __init__(self, monkeypatch, keys=(), closes_after=None):
        self.keys, self.closes_after = list(keys), closes_after
        self.shown: list[np.ndarray] = []
        self.looks = 0
        self.open = False
        self.size = (0, 0)
        monkeypatch.setattr(window, "display_problem", lambda: None)
        monkeypatch.setattr(cv2, "namedWindow", lambda *_: setattr(self, "open", True))
        monkeypatch.setattr(cv2, "resizeWindow", lambda title, *size: setattr(self, "size", size))
        monkeypatch.setattr(cv2, "getWindowImageRect", lambda title: (0, 0, *self.size))
        monkeypatch.setattr(cv2, "imshow", lambda title, image: self.shown.append(image))
        monkeypatch.setattr(cv2, "waitKey", self.wait)
        monkeypatch.setattr(cv2, "waitKeyEx", self.wait)
        monkeypatch.setattr(cv2, "destroyWindow", lambda title: setattr(self, "open", False))
        monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: float(self.open))

    def wait(self, delay_ms):
        if not self.shown:
            return -1
        time.sleep(delay_ms / 1000)
        self.looks += 1
        if self.closes_after is not None and self.looks >= self.closes_after:
            self.open = False
        return self.keys.pop(0) if self.keys else -1


LEFT_ARROW = 0xFF51
NUM_LOCK = 0x100000
"""With what GTK marks any key while it is on."""


@pytest.mark.parametrize("key", [ord("q"), ord("Q"), 27, NUM_LOCK | ord("q")])
def test_a_key_asks_to_stop(monkeypatch, key):
    FakeWindow(monkeypatch, keys=[-1, key])
    with WindowSink() as sink:
        sink.write(*step(0))
        assert not sink.wants_stop
        sink.write(*step(1))
        assert sink.wants_stop


def test_an_arrow_does_not_ask_to_stop_and_leads_on_from_a_picture(monkeypatch):
    fake = FakeWindow(monkeypatch, keys=[-1, LEFT_ARROW, -1])
    with WindowSink(paced=True) as sink:
        sink.write(*step(0, name="a.png"))
        sink.write(*step(1, timestamp_s=60.0, name="b.png"))
        assert not sink.wants_stop
        assert len(fake.shown) == 2
        fake.keys = [ord("q")]


def test_closing_the_window_asks_to_stop(monkeypatch):
    FakeWindow(monkeypatch, closes_after=3)
    with WindowSink() as sink:
        stops = []
        for index in range(3):
            sink.write(*step(index))
            stops.append(sink.wants_stop)
    assert stops == [False, False, True]


def test_a_small_picture_is_enlarged_before_it_is_drawn_on_and_a_huge_one_made_smaller(monkeypatch):
    for size, shown in (((64, 48), (640, 480)), ((3840, 2160), (1280, 720)), ((640, 480), (640, 480))):
        fake = FakeWindow(monkeypatch)
        with WindowSink() as sink:
            sink.write(*step(1, size=size))
            fake.size = (320, 240)
            sink.write(*step(2, size=size))
        first, second = fake.shown
        assert (first.shape[1], first.shape[0]) == shown
        assert second.shape[1] == 320
        x, y = (round(value * shown[0] / size[0]) for value in (40.0, 24.0))
        assert (first[y, max(0, x - 3) : x + 3] != 40).any()


def test_the_window_is_closed_after_an_exception(monkeypatch):
    fake = FakeWindow(monkeypatch)
    with pytest.raises(RuntimeError), WindowSink() as sink:
        sink.write(*step(0, name="photo.jpg"))
        assert fake.open
        raise RuntimeError
    assert not fake.open


def test_a_recording_is_shown_at_its_own_pace_and_a_camera_at_once(monkeypatch):
    took_s = {}
    for paced in (True, False):
        FakeWindow(monkeypatch)
        start_s = time.monotonic()
        with WindowSink(paced=paced) as sink:
            for index in range(4):
                sink.write(*step(index, index * 0.05))
        took_s[paced] = time.monotonic() - start_s
    assert took_s[True] >= 0.15
    assert took_s[False] < took_s[True]


def test_the_last_picture_stays_until_a_key_is_pressed(monkeypatch):
    fake = FakeWindow(monkeypatch, keys=[-1, -1, -1, ord(" ")])
    with WindowSink(paced=True) as sink:
        sink.write(*step(0, name="photo.jpg"))
    assert fake.keys == []
    assert not sink.wants_stop


def test_the_window_shows_measured_frames_per_second(monkeypatch):
    fake = FakeWindow(monkeypatch)
    with WindowSink() as sink:
        for _ in range(3):
            sink.write(*step(0, faces=0, size=(320, 240)))
    first, *later = fake.shown
    assert not first.any()
    assert all(image[:40, 200:].any() for image in later)


def test_without_a_display_the_process_lives_and_says_so(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(SinkError, match="cannot open a window: there is no display"):
        WindowSink()


def test_a_display_that_does_not_answer_is_found_out_first(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(SinkError, match="the display :987 does not answer"):
        WindowSink()


def test_an_opencv_without_windows_is_found_out_first(monkeypatch):
    monkeypatch.setattr(cv2, "getBuildInformation", lambda: "  GUI:        NONE\n")
    assert "opencv-python-headless" in (display_problem() or "")


@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display")
def test_a_real_window_opens_and_closes():
    with WindowSink("mien test") as sink:
        for index in range(3):
            sink.write(*step(index, faces=1, size=(320, 240)))
        assert not sink.wants_stop
        assert cv2.getWindowProperty("mien test", cv2.WND_PROP_VISIBLE) >= 1


@pytest.fixture
def states(monkeypatch):
    """What the overlay is asked to draw: (result, view state), one a picture."""
    seen = []

    def note(image, result, view, *, options, timeline):
        assert (result.width, result.height) == (image.shape[1], image.shape[0])
        seen.append((result, view))
        return image

    monkeypatch.setattr(window, "draw", note)
    return seen


def test_h_shows_the_keys_and_hides_them(monkeypatch, states):
    FakeWindow(monkeypatch, keys=[ord("h"), -1, ord("H")])
    with WindowSink() as sink:
        for index in range(4):
            sink.write(*step(index))
        assert not sink.wants_stop
    # A key is answered at once, by a picture of its own.
    assert [view.show_help for _, view in states] == [False, True, True, True, False, False]


def test_a_key_does_what_was_passed_in(monkeypatch, states):
    FakeWindow(monkeypatch, keys=[ord("e"), ord("E"), ord("x"), ord("n")])
    done = []
    actions = {"e": lambda: done.append("explain"), "n": lambda: done.append("learn")}
    with WindowSink(actions=actions) as sink:
        for index in range(4):
            sink.write(*step(index))
    assert done == ["explain", "explain", "learn"]


def test_a_key_with_a_meaning_does_not_turn_the_page(monkeypatch, states):
    fake = FakeWindow(monkeypatch, keys=[-1, ord("h"), -1, ord(" ")])
    with WindowSink(paced=True) as sink:
        sink.write(*step(0, name="photo.jpg"))
    assert fake.keys == []
    assert states[-1][1].show_help


def test_while_no_frame_comes_the_last_one_says_why(monkeypatch, states):
    FakeWindow(monkeypatch)
    said = iter([None, "camera 0 gave no picture; trying again in 2 s (try 3)", None])
    frame, result = step(1)
    with WindowSink(notice=lambda: next(said)) as sink:
        sink.show(frame, result)
        sink.show(None, result)
        sink.show(frame, result)
    notices = [view.notice for _, view in states]
    assert notices == [None, "camera 0 gave no picture; trying again in 2 s (try 3)", None]


def test_before_the_first_frame_there_is_nothing_to_show(monkeypatch, states):
    fake = FakeWindow(monkeypatch)
    with WindowSink() as sink:
        sink.show(None, None)
        assert not fake.open
        sink.show(step(0)[0], None)
        assert fake.open
    ((result, view),) = states
    assert (result.faces, view.timing) == ((), None)


def test_faces_and_heats_are_put_where_they_lie_in_the_window(monkeypatch, states):
    FakeWindow(monkeypatch)
    heat = Heat(np.zeros((7, 7), np.float32), (8.0, 8.0, 40.0, 40.0))
    explainer = Explainer(lambda frame, result: [heat], is_on=True)
    frame, result = step(1, size=(64, 48))
    with WindowSink(heats=lambda: explainer.heats) as sink:
        for _ in range(2):
            explainer.write(frame, result)
            sink.show(frame, result)
            explainer.toggle()
    (shown, first), (_, second) = states
    assert shown.faces[0].box_xyxy == pytest.approx((80, 81.23, 400, 400))
    assert first.heats[0].box_xyxy == (80, 80, 400, 400)
    assert second.heats == ()


def test_a_result_from_before_the_camera_changed_its_size_fits_the_new_picture(monkeypatch, states):
    FakeWindow(monkeypatch)
    _, before = step(1, size=(64, 48))
    after, _ = step(2, size=(320, 240))
    with WindowSink() as sink:
        sink.show(after, before)
    assert states[0][0].faces[0].box_xyxy == pytest.approx((80, 81.23, 400, 400))
