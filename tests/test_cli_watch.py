"""`mien run` before a camera that is not always there, with a window and without."""

from __future__ import annotations

import json
import sys
import time

import cv2
import numpy as np
import pytest
from test_cli_run import FACE, FakeClassifier, FakeDetector
from test_reopening import Camera
from test_sources import FakeCapture, camera_threads
from test_window import FakeWindow

from mien.cli import live, main, models, outputs, watch
from mien.options import SourceOptions
from mien.pipeline import Models
from mien.sources import open_source

BIG = (320, 240)


class Classifier(FakeClassifier):
    asked = 0

    def explain(self, crops):
        self.asked += 1
        return np.ones((len(crops), 5, 3, 3), dtype=np.float32)


@pytest.fixture
def classifier(monkeypatch):
    fake = Classifier()
    monkeypatch.setattr(models, "load_models", lambda *_: Models(FakeDetector(), fake))
    return fake


@pytest.fixture
def mien(monkeypatch, capsys, tmp_path, classifier):
    """Runs `mien run 0` on a camera in an empty folder: exit code and lines of stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outputs, "display_problem", lambda: None)

    def call(camera, *arguments):
        def opened(spec, **options):
            return open_source(spec, open_capture=camera, **options)

        monkeypatch.setattr(live, "open_source", opened)
        monkeypatch.setattr(sys, "argv", ["mien", "run", "0", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert camera_threads() == []
        return ended.value.code or 0, capsys.readouterr().err.splitlines()

    return call


def overheard_notices(monkeypatch):
    """What the window asks to be told, look by look; None where all is well."""
    said = []
    plain = watch.WindowSink

    def listening(**settings):
        notice = settings["notice"]
        return plain(**settings | {"notice": lambda: said.append(notice()) or said[-1]})

    monkeypatch.setattr(watch, "WindowSink", listening)
    return said


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_a_camera_showed_before_and_after_a_break_is_in_one_file(mien, tmp_path):
    camera = Camera(
        FakeCapture(frames=5, step_s=0.02, size=BIG),
        FakeCapture(frames=5, step_s=0.02, size=(160, 120)),
        *(FakeCapture(opens=False) for _ in range(9)),
    )
    code, err = mien(camera, "--no-window", "--jsonl", "a.jsonl", "--save", "a.avi", "--give-up", 1.2)
    assert code == 2
    assert "mien: camera 0 gave no picture; trying again in 0.5 s (try 1)" in err
    assert "mien: camera 0 is back" in err
    assert err[-1] == "mien: camera 0 has given no picture for 1.2 seconds: given up"
    records = read_lines(tmp_path / "a.jsonl")
    assert [record["width"] for record in records] == sorted((r["width"] for r in records), reverse=True)
    assert {record["width"] for record in records} == {320, 160}
    times_s = [record["timestamp_s"] for record in records]
    assert times_s == sorted(times_s)
    assert times_s[-1] > 0.5
    timing = records[-1]["timing"]
    assert timing["latency_ms"] > 0
    assert timing["dropped"] == records[-1]["frame"] + 1 - len(records)
    video = cv2.VideoCapture(str(tmp_path / "a.avi"))
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 320


class Unsteady(FakeCapture):
    """Gives nothing at every fourth look, holds its breath once, and changes its size while it runs."""

    def read(self):
        if self.given == 6:
            time.sleep(0.3)
        if self.given == 14:
            self.size = (240, 180)
        ok, image = super().read()
        return (ok, image) if self.given % 4 else (ok, None)


def test_an_evening_with_a_bad_cable(mien, monkeypatch, tmp_path):
    """It stutters, stalls, shrinks, is pulled out, cannot be opened, and comes back smaller still."""
    fast = {"reopen_first_s": 0.1, "reopen_longest_s": 1.2, "glitch_s": 0.1, "quiet_s": 0.1}
    monkeypatch.setattr(live, "SourceOptions", lambda **chosen: SourceOptions(**fast, **chosen))
    said = overheard_notices(monkeypatch)
    # Four pauses of 0.1 to 0.8 seconds: longer than anybody is remembered.
    gone = [*[FakeCapture(opens=False)] * 2, FakeCapture(frames=0)]
    camera = Camera(
        Unsteady(frames=24, step_s=0.02, size=BIG), *gone, FakeCapture(step_s=0.02, size=(160, 120))
    )
    window = FakeWindow(monkeypatch)
    sizes = []

    def quits_once_the_small_picture_was_shown_for_a_while(delay_ms):
        sizes.append(len(camera.opened))
        return ord("q") if sizes.count(5) > 10 else window.wait(delay_ms)

    monkeypatch.setattr(cv2, "waitKeyEx", quits_once_the_small_picture_was_shown_for_a_while)
    code, err = mien(camera, "--jsonl", "a.jsonl", "--save", "a.mp4", "--explain")
    assert code == 0
    assert sum("trying again" in line for line in err) == 4
    assert "mien: camera 0 is back" in err
    assert any("has given no picture for" in line for line in said if line)
    assert any("trying again" in line for line in said if line)
    assert said[-1] is None
    assert not window.open

    records = read_lines(tmp_path / "a.jsonl")
    numbers = [record["frame"] for record in records]
    assert numbers == sorted(set(numbers))
    widths = [record["width"] for record in records]
    assert list(dict.fromkeys(widths)) == [320, 240, 160]
    before, after = (
        {face["id"] for record in records if record["width"] == width for face in record["faces"]}
        for width in (320, 160)
    )
    assert before and after
    assert before.isdisjoint(after), "after so long nobody can say that it is the same person"

    video = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    frames = sum(1 for _ in iter(lambda: video.read()[0], False))
    assert frames / 25 == pytest.approx(records[-1]["timestamp_s"], abs=0.2)


def test_a_window_before_a_camera_shows_records_and_ends_at_q(mien, monkeypatch, classifier, tmp_path):
    window = FakeWindow(monkeypatch, keys=[*[-1] * 8, ord("e"), *[-1] * 12, ord("q")])
    code, err = mien(FakeCapture(step_s=0.01, size=BIG), "--jsonl", "a.jsonl")
    assert code == 0
    assert not window.open
    assert len(window.shown) >= 20
    assert classifier.asked > 0
    records = read_lines(tmp_path / "a.jsonl")
    assert records
    assert all(record["timing"] for record in records)
    assert "ms from camera to result; saved a.jsonl" in err[-1]


def test_explain_is_on_from_the_start_where_that_is_asked_for(mien, monkeypatch, classifier):
    FakeWindow(monkeypatch, keys=[*[-1] * 20, ord("q")])
    assert mien(FakeCapture(step_s=0.01, size=BIG), "--explain")[0] == 0
    assert classifier.asked > 0


def test_a_saved_video_shows_where_the_model_looks_if_asked(mien, tmp_path):
    for name, asked in (("plain.avi", ()), ("told.avi", ("--explain",))):
        camera = Camera(FakeCapture(frames=3, step_s=0.04, size=BIG), *[FakeCapture(opens=False)] * 9)
        mien(camera, "--no-window", "--save", name, "--give-up", 0.3, *asked)
    plain, told = (cv2.VideoCapture(str(tmp_path / name)).read()[1] for name in ("plain.avi", "told.avi"))
    changed = (np.abs(plain.astype(int) - told) > 20).any(axis=2)
    x0, y0, x1, y1 = (round(value) for value in FACE.box_xyxy)
    assert changed[y0 + 5 : y1 - 5, x0 + 5 : x1 - 5].mean() > 0.9
    assert changed.sum() < 1.5 * (x1 - x0) * (y1 - y0)


def test_n_learns_a_resting_face_and_the_window_says_so(mien, monkeypatch):
    said = overheard_notices(monkeypatch)
    FakeWindow(monkeypatch, keys=[*[-1] * 5, ord("n"), *[-1] * 20, ord("q")])
    assert mien(FakeCapture(step_s=0.01, size=BIG))[0] == 0
    assert said[0] is None
    assert watch.LEARNING in said


def test_an_interrupt_in_the_window_leaves_whole_files_and_no_thread(mien, monkeypatch, tmp_path):
    window = FakeWindow(monkeypatch)

    def interrupted(delay_ms):
        if len(window.shown) > 20:
            raise KeyboardInterrupt
        return window.wait(delay_ms)

    monkeypatch.setattr(cv2, "waitKeyEx", interrupted)
    code, err = mien(FakeCapture(step_s=0.01, size=BIG), "--jsonl", "a.jsonl")
    assert code == 130
    assert err == ["mien: stopped; saved a.jsonl"]
    assert read_lines(tmp_path / "a.jsonl")


def test_every_frame_of_a_clip_is_analysed_in_a_window_too_where_it_is_kept(mien, monkeypatch, tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, BIG)
    for _ in range(10):
        writer.write(np.full((240, 320, 3), 90, dtype=np.uint8))
    writer.release()
    monkeypatch.setattr(live, "open_source", open_source)
    FakeWindow(monkeypatch)
    monkeypatch.setattr(sys, "argv", ["mien", "run", str(path), "--jsonl", "a.jsonl"])
    with pytest.raises(SystemExit):
        main()
    records = read_lines(tmp_path / "a.jsonl")
    assert [record["frame"] for record in records] == list(range(10))
    assert {record["timing"] is None for record in records} == {True}
