"""Frames from pictures, videos, cameras and streams; what cannot be opened is one clear line."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.errors import SourceError
from mien.options import SourceOptions
from mien.sources import LiveSource, PictureSource, VideoSource, open_source

SIZE = (64, 48)


def grey(value: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size[1], size[0], 3), value, dtype=np.uint8)


class FakeCapture:
    """Stands in for `cv2.VideoCapture`: gives pictures of value 1, 2, … one each `step_s`, then no more."""

    def __init__(self, frames=1_000_000, step_s=0.002, opens=True, properties=None, size=SIZE):
        self.frames, self.step_s, self.opens, self.size = frames, step_s, opens, size
        self.properties = properties or {}
        self.given = 0
        self.released = 0
        self.asked: tuple = ()
        self.reading = threading.Event()

    def __call__(self, *asked):
        self.asked = asked
        return self

    def isOpened(self):  # noqa: N802
        return self.opens

    def read(self):
        assert not self.released, "read after release"
        self.reading.set()
        time.sleep(self.step_s)
        if self.given >= self.frames:
            return False, None
        self.given += 1
        return True, grey(self.given % 256, self.size)

    def get(self, prop):
        return self.properties.get(prop, 0.0)

    def set(self, prop, value):
        self.properties[prop] = value
        return True

    def release(self):
        self.released += 1


def clip(path: Path, frames: int = 6, fps: float = 10.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, SIZE)
    for number in range(frames):
        writer.write(grey(number * 40 % 256))
    writer.release()
    return path


def camera_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("mien: ")]


def test_a_video_gives_every_frame_at_its_time(tmp_path):
    with open_source(str(clip(tmp_path / "clip.avi"))) as source:
        assert isinstance(source, VideoSource)
        assert (source.fps, source.frame_count, source.is_live) == (10.0, 6, False)
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.timestamp_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert [round(float(frame.image.mean()) / 40) for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert {frame.name for frame in frames} == {""}


class HangingCapture(FakeCapture):
    """Its third read lasts until `let_go` is set."""

    def __init__(self):
        super().__init__()
        self.let_go = threading.Event()

    def read(self):
        if self.given > 1:
            self.let_go.wait(30)
        return super().read()


def test_a_camera_that_hangs_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr("mien.sources.live._GOODBYE_S", 0.1)
    capture = HangingCapture()
    start_s = time.monotonic()
    with open_source("0", open_capture=capture) as source:
        next(iter(source))
    assert time.monotonic() - start_s < 5
    capture.let_go.set()
    until_s = time.monotonic() + 5
    while camera_threads() and time.monotonic() < until_s:
        time.sleep(0.01)
    assert capture.released == 1


def test_a_path_and_a_number_are_understood_as_what_is_typed(tmp_path):
    path = clip(tmp_path / "clip.avi")
    with open_source(path) as of_path, open_source(str(path)) as of_text:
        assert (of_path.name, len(list(of_path))) == (of_text.name, len(list(of_text)))
    camera = FakeCapture()
    with open_source(0, open_capture=camera) as source:
        assert (source.name, camera.asked) == ("camera 0", (0,))


def test_a_video_without_times_runs_by_its_frame_rate(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"something")
    capture = FakeCapture(frames=3, step_s=0, properties={cv2.CAP_PROP_FPS: float("nan")})
    with open_source(str(path), options=SourceOptions(fallback_fps=4), open_capture=capture) as source:
        assert source.fps is None
        assert source.frame_count is None
        assert [frame.timestamp_s for frame in source] == pytest.approx([0, 0.25, 0.5])
    assert capture.released


class DamagedCapture(FakeCapture):
    """Of its reads those in `damaged`, counted from 0, give nothing."""

    def __init__(self, damaged, reads, frame_count):
        super().__init__(step_s=0, properties={cv2.CAP_PROP_FPS: 10.0, cv2.CAP_PROP_FRAME_COUNT: frame_count})
        self.damaged, self.end = damaged, reads
        self.reads = 0

    def read(self):
        self.reads += 1
        if self.reads - 1 in self.damaged or self.reads > self.end:
            return False, None
        return super().read()


@pytest.mark.parametrize(
    ("damaged", "reads", "frame_count", "seen", "notices"),
    [
        ((), 100, 100, 100, []),
        ((3, 4, 99), 100, 100, 97, ["damaged: 2 of its pictures could not be read"]),
        ((), 60, 100, 60, ["cut short or damaged: it ended after 6.0 s of 10.0 s"]),
        ((), 96, 100, 96, []),
        (range(20, 90), 100, 100, 20, ["cut short or damaged: it ended after 2.0 s of 10.0 s"]),
        ((3,), 100, 0, 3, []),
    ],
    ids=["whole", "holes", "half", "sound is longer", "one long hole", "no length stated"],
)
def test_what_is_missing_of_a_recording_is_told(tmp_path, damaged, reads, frame_count, seen, notices):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"something")
    capture = DamagedCapture(damaged, reads, frame_count)
    told = []
    with open_source(str(path), open_capture=capture, on_notice=told.append) as source:
        assert [frame.index for frame in source] == list(range(seen))
    assert told == [f"{path}: {words}" for words in notices]


def test_a_recording_that_was_cut_is_read_up_to_there(tmp_path):
    whole, cut = clip(tmp_path / "whole.mkv", frames=40), tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    told = []
    with open_source(str(cut), on_notice=told.append) as source:
        assert 10 < len(list(source)) < 30
    assert len(told) == 1
    assert f"{cut}: cut short or damaged" in told[0]


def test_a_picture_is_one_frame_with_its_name(tmp_path):
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), grey(7))
    with open_source(str(path)) as source:
        (frame,) = source
    assert (frame.index, frame.timestamp_s, frame.name) == (0, 0.0, str(path))
    assert np.array_equal(frame.image, grey(7))


def test_a_folder_gives_its_pictures_in_natural_order_and_tells_what_it_skips(tmp_path):
    for number in (1, 2, 10):
        cv2.imwrite(str(tmp_path / f"shot{number}.png"), grey(number))
    (tmp_path / "shot3.jpg").write_text("no picture")
    skipped: list[str] = []
    with open_source(str(tmp_path), on_skip=skipped.append) as source:
        assert isinstance(source, PictureSource)
        assert source.frame_count == 4
        frames = list(source)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 10]
    assert [(frame.index, frame.timestamp_s) for frame in frames] == [(0, 0.0), (1, 2.0), (2, 4.0)]
    assert len(skipped) == 1
    assert "shot3.jpg: not a picture" in skipped[0]


def test_without_a_skipper_the_first_bad_picture_of_a_folder_raises(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    with open_source(str(tmp_path)) as source, pytest.raises(SourceError, match=r"a\.jpg: not a picture"):
        list(source)


def test_a_folder_of_bad_pictures_alone_is_an_error(tmp_path):
    (tmp_path / "a.jpg").write_text("no picture")
    with (
        open_source(str(tmp_path), on_skip=lambda line: None) as source,
        pytest.raises(SourceError, match="none of its 1 pictures can be read"),
    ):
        list(source)


@pytest.mark.parametrize("spec", ["", "nowhere.mp4", "-1", "ftp://host/clip.mp4"])
def test_what_is_no_source_says_what_was_expected(spec):
    with pytest.raises(SourceError, match="expected an index, a file, a folder or an rtsp:// URL"):
        open_source(spec)


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(SourceError) as caught:
        open_source("3", open_capture=FakeCapture(opens=False))
    assert str(caught.value) == (
        "cannot open camera 3: expected one that is connected, free and allowed; "
        "see `mien doctor`, or `mien demo`"
    )


def test_files_that_hold_no_video_are_one_quiet_line(tmp_path, capfd):
    empty, text, cut = tmp_path / "empty.mp4", tmp_path / "text.mp4", tmp_path / "cut.avi"
    empty.touch()
    text.write_text("hello\n" * 1000)
    cut.write_bytes(clip(tmp_path / "clip.avi").read_bytes()[:300])
    for path, words in ((empty, "the file is empty"), (text, "neither a video"), (cut, "")):
        with pytest.raises(SourceError, match=re.escape(f"{path}: {words}")) as caught:
            open_source(str(path))
        assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="there is no picture in this folder"):
        open_source(str(tmp_path))


def test_a_camera_gives_the_newest_frame_and_numbers_tell_what_was_missed():
    capture = FakeCapture(step_s=0.002)
    with open_source("0", open_capture=capture) as source:
        assert isinstance(source, LiveSource)
        assert source.is_live
        values = []
        for frame in source:
            values.append((capture.given, int(frame.image[0, 0, 0]), frame))
            time.sleep(0.03)
            if len(values) == 5:
                break
    # What is shown is never more than a moment old, however slow the reader is.
    assert all(given - shown <= 3 for given, shown, _ in values)
    # One picture was read to see whether there is any: what follows is numbered from 0.
    assert all(shown == frame.index + 2 for _, shown, frame in values)
    assert values[-1][2].index >= 14
    times = [frame.timestamp_s for _, _, frame in values]
    assert times == sorted(times)
    assert times[-1] > 0.1
    assert capture.properties[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert capture.asked == (0,)


def test_a_fast_reader_misses_nothing():
    with open_source("0", open_capture=FakeCapture(step_s=0.02)) as source:
        frames = [frame for frame, _ in zip(source, range(10), strict=False)]
    assert [frame.index for frame in frames] == list(range(10))
    assert frames[0].timestamp_s == 0.0


def test_a_frame_knows_its_age():
    with open_source("0", open_capture=FakeCapture(step_s=0.004)) as source:
        frame = next(iter(source))
        time.sleep(0.05)
        assert 0.05 <= source.age_s(frame) < 1.0


def test_no_thread_is_left_when_the_reader_fails():
    capture = FakeCapture()
    with pytest.raises(RuntimeError, match="mine"), open_source("0", open_capture=capture) as source:
        for _ in source:
            assert camera_threads()
            raise RuntimeError("mine")
    assert camera_threads() == []
    assert capture.released == 1


def test_a_camera_never_read_is_still_released():
    capture = FakeCapture()
    with open_source("0", open_capture=capture):
        pass
    assert capture.released
    assert camera_threads() == []


def test_a_camera_that_gives_no_first_picture_is_an_error():
    capture = FakeCapture(frames=0)
    with pytest.raises(SourceError, match="camera 1 is open but gives no picture"):
        open_source("1", open_capture=capture)
    assert capture.released == 1


def test_a_stream_is_named_without_its_password():
    url = "rtsp://guard:secret@door.local/live"
    capture = FakeCapture()
    with open_source(url, open_capture=capture) as source:
        assert source.is_live
        assert source.name == "rtsp://door.local/live"
    assert capture.asked[0] == url


def test_a_recording_that_is_shown_keeps_its_pace_and_its_window_awake(tmp_path):
    start_s = time.monotonic()
    with open_source(str(clip(tmp_path / "clip.avi", frames=3, fps=5.0))) as source:
        moments = [(time.monotonic() - start_s, frame) for frame in source.moments()]
    frames = [(at_s, frame) for at_s, frame in moments if frame is not None]
    assert [frame.index for _, frame in frames] == [0, 1, 2]
    assert frames[2][0] - frames[0][0] >= 0.39
    assert sum(frame is None for _, frame in moments) >= 4


def test_a_url_with_a_known_length_is_a_recording():
    capture = FakeCapture(frames=4, step_s=0, properties={cv2.CAP_PROP_FRAME_COUNT: 4.0})
    with open_source("http://host/clip.mp4", open_capture=capture) as source:
        assert not source.is_live
        assert len(list(source)) == 4


def test_a_password_is_not_shown_in_an_error():
    with pytest.raises(SourceError) as caught:
        open_source("rtsp://guard:secret@door.local/live", open_capture=FakeCapture(opens=False))
    assert "secret" not in str(caught.value)
    assert "door.local" in str(caught.value)


def test_a_camera_whose_frames_are_no_pictures_is_one_line_and_given_back():
    class RawCamera(FakeCapture):
        def read(self):
            return True, np.zeros((48, 64, 2), np.uint8)

    camera = RawCamera()
    with pytest.raises(SourceError, match="camera 0 is open but gives no picture"):
        open_source("0", open_capture=camera)
    assert camera.released


@pytest.mark.parametrize("stated", [1000.0, 90000.0])
def test_a_frame_rate_that_is_a_unit_of_time_is_not_believed(tmp_path, stated):
    capture = FakeCapture(frames=3, properties={cv2.CAP_PROP_FPS: stated})
    with open_source(str(clip(tmp_path / "clip.avi")), open_capture=capture) as source:
        assert source.fps is None
        assert [round(frame.timestamp_s, 3) for frame in source] == [0.0, 0.04, 0.08]
    camera = FakeCapture(properties={cv2.CAP_PROP_FPS: stated})
    with open_source("rtsp://camera.local/door", open_capture=camera) as source:
        assert source.fps is None


def test_a_name_with_a_colon_is_no_protocol(tmp_path, monkeypatch):
    clip(tmp_path / "clip.avi").rename(tmp_path / "clip-12:30:45.avi")
    monkeypatch.chdir(tmp_path)
    with open_source("clip-12:30:45.avi") as source:
        assert source.name == "clip-12:30:45.avi"
        assert len(list(source)) == 6


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_can_be_read(tmp_path):
    path = tmp_path / os.fsdecode(b"lat\xe9.avi")
    clip(tmp_path / "clip.avi").rename(path)
    with open_source(str(path)) as source:
        assert len(list(source)) == 6


@pytest.mark.parametrize(
    ("spec", "told"), [("http://me:word@[bad", r"cannot open '\[bad': no URL"), ("9" * 11, "up to 9999")]
)
def test_what_cannot_be_an_address_is_one_line(spec, told):
    with pytest.raises(SourceError, match=told) as refused:
        open_source(spec)
    assert "word" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://host/clip.webm?key=1", VideoSource),
        ("http://host/video.mjpg", LiveSource),
        ("rtsp://host/clip.mp4", LiveSource),
    ],
)
def test_a_file_on_a_web_server_ends_though_it_does_not_say_when(url, kind):
    with open_source(url, open_capture=FakeCapture(frames=3)) as source:
        assert isinstance(source, kind)
