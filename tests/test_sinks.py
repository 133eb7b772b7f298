"""What was asked for is written frame by frame, and is whole however the stream ends."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mien.errors import SinkError
from mien.sinks import CsvSink, JsonLinesSink, PhotoSink, VideoSink
from mien.sinks.piped import PipedFile
from mien.sinks.table import COLUMNS
from mien.sinks.video import CODECS_OF_SUFFIX
from mien.types import LABELS, Doubt, Emotion, Frame, FrameResult, Quality, TrackedFace

PROBS = (0.01, 0.9, 0.02, 0.03, 0.04)


def step(index: int, timestamp_s: float = 0.0, name: str = "", faces: int = 1, size=(64, 48)):
    """A frame of grey value 40 x index and its result."""
    image = np.full((size[1], size[0], 3), (40 * index) % 256, dtype=np.uint8)
    found = tuple(
        TrackedFace(number, (8.0, 8.123, 40.0, 40.0), 0.98765, Emotion.HAPPY, PROBS)
        for number in range(1, faces + 1)
    )
    result = FrameResult(index, timestamp_s, size[0], size[1], found, 1.0, name)
    return Frame(index, timestamp_s, image, name), result


def pictures_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    pictures = []
    while (read := capture.read())[0]:
        pictures.append(read[1])
    capture.release()
    return pictures


def test_json_lines_are_there_as_soon_as_they_are_written(tmp_path):
    path = tmp_path / "new" / "out.jsonl"
    with JsonLinesSink(path) as sink:
        sink.write(*step(0))
        sink.write(*step(1, 0.04, faces=0))
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["frame"], line["timestamp_s"], len(line["faces"])) for line in lines] == [
        (0, 0.0, 1),
        (1, 0.04, 0),
    ]
    face = lines[0]["faces"][0]
    assert (face["id"], face["emotion"], face["box_xyxy"]) == (1, "happy", [8.0, 8.12, 40.0, 40.0])
    assert list(face["probs"]) == list(LABELS)


def test_a_dash_writes_json_lines_to_standard_output(capsys):
    with JsonLinesSink("-") as sink:
        sink.write(*step(5))
    assert json.loads(capsys.readouterr().out)["frame"] == 5
    print("still open")


def test_csv_has_a_row_a_face(tmp_path):
    path = tmp_path / "out.csv"
    with CsvSink(path) as sink:
        sink.write(*step(0, faces=2))
        sink.write(*step(1, 0.04, faces=0))
        sink.write(*step(2, 0.08))
        rows = list(csv.DictReader(path.read_text().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["frame"], row["id"]) for row in rows] == [("0", "1"), ("0", "2"), ("2", "1")]
    assert (rows[2]["timestamp_s"], rows[2]["y0"], rows[2]["score"]) == ("0.08", "8.12", "0.9877")
    assert (rows[2]["label"], rows[2]["emotion"], rows[2]["happy"]) == ("happy", "happy", "0.9")
    assert (rows[2]["doubt"], rows[2]["size_px"]) == ("", "")


def test_a_row_tells_doubt_and_quality(tmp_path):
    frame, result = step(3)
    quality = Quality(size_px=32.0, sharpness=0.25, light=0.5)
    face = replace(result.faces[0], doubt=Doubt.DARK, quality=quality, personal=True)
    with CsvSink(tmp_path / "out.csv") as sink:
        sink.write(frame, replace(result, faces=(face,)))
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text().splitlines())
    told = {name: row[name] for name in ("label", "emotion", "doubt", "personal", "light", "tilt_deg")}
    assert told == {
        "label": "unsure",
        "emotion": "happy",
        "doubt": "dark",
        "personal": "True",
        "light": "0.5",
        "tilt_deg": "",
    }


@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink, lambda path: VideoSink(path / "../folder.mp4", 25)])
def test_a_folder_in_place_of_a_file_is_named(tmp_path, make):
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    with pytest.raises(SinkError, match=r"cannot write .*folder.mp4: it is a folder, expected a file name"):
        make(folder)


@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink, VideoSink, PhotoSink])
def test_a_path_below_a_file_is_one_clear_line(tmp_path, make):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "out.mp4"
    with pytest.raises(SinkError, match=re.escape(f"cannot write {path}: ")) as caught:
        make(path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("make", [JsonLinesSink, CsvSink, VideoSink])
def test_a_folder_without_permission_is_named(tmp_path, make):
    tmp_path.chmod(0o500)
    with pytest.raises(SinkError, match="Permission denied"):
        make(tmp_path / "out.mp4")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_one_clear_line():
    sink = JsonLinesSink("/dev/full")
    with pytest.raises(SinkError, match="cannot write /dev/full: No space left"):
        sink.write(*step(0))
    with pytest.raises(SinkError, match="No space left"):
        sink.close()


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".mov", ".webm"])
def test_a_video_holds_every_frame(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    with VideoSink(path, 10) as sink:
        for index in range(5):
            sink.write(*step(index, index / 10, faces=0))
        assert path.exists(), "it has its name while it grows"
    values = [float(picture.mean()) for picture in pictures_of(path)]
    assert values == pytest.approx([0, 40, 80, 120, 160], abs=6)
    assert list(tmp_path.iterdir()) == [path]


def test_a_slow_camera_is_not_played_too_fast(tmp_path):
    path = tmp_path / "out.avi"
    with VideoSink(path, 20) as sink:
        for index, timestamp_s in enumerate([0.0, 0.2, 0.21, 0.5]):
            sink.write(*step(index, timestamp_s, faces=0))
    values = [round(float(picture.mean()) / 40) for picture in pictures_of(path)]
    assert len(values) == 11
    assert values[0] == 0
    assert values[4] == 1
    assert values[-1] == 3


def test_hours_without_a_camera_are_a_few_seconds_of_the_video(tmp_path):
    path = tmp_path / "v.avi"
    with VideoSink(path, fps=10.0, longest_still_s=2.0) as sink:
        sink.write(*step(0))
        sink.write(*step(1, 7200.0))
        sink.write(*step(2, 7200.1))
    assert len(pictures_of(path)) == 1 + 20 + 1


def test_a_video_is_whole_after_an_exception(tmp_path):
    path = tmp_path / "out.mp4"
    with pytest.raises(KeyboardInterrupt), VideoSink(path, 10) as sink:
        for index in range(3):
            sink.write(*step(index, index / 10))
        raise KeyboardInterrupt
    assert len(pictures_of(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_no_frame_leaves_no_video_and_the_old_one_alone(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_text("old")
    with VideoSink(path, 10):
        pass
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_frames_of_another_size_are_fitted_into_the_first(tmp_path):
    path = tmp_path / "out.avi"
    with VideoSink(path, 10) as sink:
        sink.write(*step(1, 0.0, faces=0))
        sink.write(*step(6, 0.1, faces=0, size=(30, 90)))
    _, tall = pictures_of(path)
    assert tall.shape == (48, 64, 3)
    assert tall[:, 28:36].mean() == pytest.approx(240, abs=8)
    assert tall[:, :16].mean() < 8


def test_the_video_is_annotated(tmp_path):
    path = tmp_path / "out.avi"
    with VideoSink(path, 10) as sink:
        sink.write(*step(1, size=(320, 240)))
    (picture,) = pictures_of(path)
    assert picture.std() > 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only where the encoder writes into a pipe")
def test_a_disk_that_fills_up_ends_the_video_with_one_clear_line(tmp_path, monkeypatch):
    def full(self, data):
        self._error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(PipedFile, "_keep", full)
    path = tmp_path / "out.mp4"
    with pytest.raises(SinkError, match=rf"cannot write {path}: No space left"), VideoSink(path, 10) as sink:
        sink.write(*step(0))
    assert [left.name for left in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".mov"])
def test_a_disk_that_is_nearly_full_ends_a_video_that_plays(tmp_path, monkeypatch, suffix):
    left = iter([10**9, 10**9, 10**6])
    disk = lambda folder: SimpleNamespace(free=next(left))  # noqa: E731
    monkeypatch.setattr("mien.sinks.encoder.shutil.disk_usage", disk)
    path = tmp_path / f"out{suffix}"
    with pytest.raises(SinkError, match=rf"cannot write {path}: No space left"), VideoSink(path, 10) as sink:
        for index in range(3):
            sink.write(*step(index, index / 10))
    assert len(pictures_of(path)) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("fps", [23.976, 66.6673, 119.973, 240.0417])
def test_the_odd_rates_that_phones_state_can_be_written(tmp_path, suffix, fps):
    path = tmp_path / f"slow{suffix}"
    with VideoSink(path, fps) as sink:
        for index in range(12):
            sink.write(*step(index, index / fps))
    assert len(pictures_of(path)) == 12
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(fps, abs=0.006)


def test_another_codec_is_told_when_the_first_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setitem(CODECS_OF_SUFFIX, ".avi", ("????", "MJPG"))
    told: list[str] = []
    with VideoSink(tmp_path / "out.avi", 10, on_fallback=told.append) as sink:
        sink.write(*step(0))
        assert sink.codec == "MJPG"
    assert told == [f"{tmp_path / 'out.avi'}: ???? cannot be written here, MJPG is used"]


def test_no_codec_at_all_is_one_clear_line(tmp_path):
    path = tmp_path / "out.mp4"
    with (
        pytest.raises(SinkError, match="no codec for 1 x 1 pixels at 10 frames a second, tried mp4v, avc1"),
        VideoSink(path, 10) as sink,
    ):
        sink.write(*step(0, size=(1, 1), faces=0))
    assert list(tmp_path.iterdir()) == []


def test_a_video_of_an_unknown_kind_says_which_are_known(tmp_path):
    with pytest.raises(SinkError, match=r"expected a name in \.mp4, "):
        VideoSink(tmp_path / "out.txt", 10)


def test_photos_keep_their_names_and_nothing_is_replaced(tmp_path):
    original = tmp_path / "b.jpg"
    original.write_text("precious")
    with PhotoSink(tmp_path) as sink:
        for index, name in enumerate(["x/a.png", "y/a.png", str(original), "odd.gif", ""]):
            sink.write(*step(index, name=name))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a-2.png", "a.png", "b-2.jpg", "b.jpg", "frame-000004.png", "odd.png"]
    assert original.read_text() == "precious"
    assert cv2.imread(str(tmp_path / "a-2.png")).shape == (48, 64, 3)
