"""`mien run`, `mien demo`: from a source to files, and one clear line where that cannot be."""

from __future__ import annotations

import json
import os
import signal
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mien.cli import main, models, outputs
from mien.cli.progress import with_progress
from mien.cli.watch import ENDING
from mien.demo_face import DemoFace
from mien.options import DetectorOptions, Framing, LookoutOptions, RuntimeOptions
from mien.pipeline import Models
from mien.types import EMOTIONS, Face

FACE = Face((40.0, 20.0, 120.0, 110.0), 0.9)
HAPPY = np.asarray([[0.05, 0.75, 0.05, 0.1, 0.05]], dtype=np.float32)


class FakeDetector:
    name = "fake"
    framing = Framing()

    def __init__(self):
        self.seen = 0
        self.stop_at = None

    def detect(self, image):
        if self.seen == self.stop_at:
            raise KeyboardInterrupt
        self.seen += 1
        return [FACE]


class FakeClassifier:
    spec = SimpleNamespace(input_px=48, serve="crowd", weights_sha256="ab" * 32)

    def classify(self, crops):
        return np.repeat(HAPPY, len(crops), axis=0)


@pytest.fixture
def detector(monkeypatch):
    fake = FakeDetector()
    monkeypatch.setattr(models, "load_models", lambda *_: Models(fake, FakeClassifier()))
    return fake


@pytest.fixture
def no_display(monkeypatch):
    monkeypatch.setattr(outputs, "display_problem", lambda: "there is no display")
    monkeypatch.setattr("mien.cli.live.display_problem", lambda: "there is no display")


@pytest.fixture
def mien(monkeypatch, capsys, tmp_path):
    """Runs the command in an empty folder as the shell would: exit code, stdout, lines of stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err.splitlines()

    return call


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(6):
        writer.write(np.full((120, 160, 3), 90, dtype=np.uint8))
    writer.release()
    return path


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_clip_becomes_one_line_a_frame(mien, detector, clip, tmp_path):
    code, out, err = mien("run", clip, "--no-window", "--jsonl", "faces.jsonl")
    assert (code, out) == (0, "")
    records = read_lines(tmp_path / "faces.jsonl")
    assert [record["frame"] for record in records] == list(range(6))
    expected = {"schema", "frame", "timestamp_s", "width", "height", "analysis_ms", "timing", "faces"}
    assert set(records[0]) == expected
    (face,) = records[-1]["faces"]
    assert (face["id"], face["emotion"], face["box_xyxy"]) == (1, "happy", [40.0, 20.0, 120.0, 110.0])
    assert list(face["probs"]) == [emotion.value for emotion in EMOTIONS]
    assert len(err) == 1
    assert err[0].startswith("mien: 6 frames, 1.0 faces a frame")
    assert err[0].endswith("saved faces.jsonl")


def test_lines_go_to_stdout_and_nothing_else_does(mien, detector, clip):
    code, out, _ = mien("run", clip, "--no-window", "--jsonl", "-")
    assert code == 0
    assert [json.loads(line)["frame"] for line in out.splitlines()] == list(range(6))


def test_video_and_csv_are_written_too(mien, detector, clip, tmp_path):
    code, _, _ = mien("run", clip, "--no-window", "--save", "out.avi", "--csv", "out.csv")
    assert code == 0
    assert cv2.VideoCapture(str(tmp_path / "out.avi")).get(cv2.CAP_PROP_FRAME_COUNT) == 6
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 7


def test_without_a_display_one_line_says_what_to_do(mien, detector, no_display, clip):
    code, _, err = mien("run", clip)
    assert code == 2
    assert len(err) == 1
    assert "no display" in err[0]
    assert "--no-window --jsonl out.jsonl" in err[0]
    assert "mien demo" in err[0]


def test_without_a_display_files_that_were_asked_for_are_still_written(
    mien, detector, no_display, clip, tmp_path
):
    code, _, err = mien("run", clip, "--jsonl", "faces.jsonl")
    assert code == 0
    assert err[0] == "mien: no window: there is no display"
    assert len(read_lines(tmp_path / "faces.jsonl")) == 6


def test_a_run_that_would_show_and_write_nothing_is_refused(mien, detector, clip):
    code, _, err = mien("run", clip, "--no-window")
    assert (code, len(err)) == (2, 1)
    assert "--jsonl" in err[0]


def test_ctrl_c_leaves_whole_files(mien, detector, clip, tmp_path):
    detector.stop_at = 3
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "faces.jsonl", "--save", "out.avi")
    assert code == 130
    assert err == ["mien: stopped; saved out.avi, faces.jsonl"]
    assert len(read_lines(tmp_path / "faces.jsonl")) == 3
    assert cv2.VideoCapture(str(tmp_path / "out.avi")).get(cv2.CAP_PROP_FRAME_COUNT) == 3
    assert not list(tmp_path.glob(".*.part*"))


def test_two_outputs_are_not_mixed_in_one_file(mien, detector, clip):
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "-", "--csv", "-")
    assert (code, err) == (2, ["mien: - would be written twice: expected a file of its own for each output"])


def test_the_source_is_not_overwritten(mien, detector, clip):
    before = clip.read_bytes()
    code, _, err = mien("run", clip, "--no-window", "--save", "clip.avi")
    assert (code, len(err)) == (2, 1)
    assert "is read by this command" in err[0]
    assert clip.read_bytes() == before


@pytest.mark.parametrize(
    "refused", [("--save", "out.mpg"), ("--csv", "folder/")], ids=["unknown suffix", "a folder"]
)
def test_a_refused_output_costs_no_other_file_what_it_holds(mien, detector, clip, tmp_path, refused):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.jsonl").write_text("an earlier session\n")
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "old.jsonl", *refused)
    assert (code, len(err)) == (2, 1)
    assert (tmp_path / "old.jsonl").read_text() == "an earlier session\n"


def test_a_file_that_is_there_is_replaced(mien, detector, clip, tmp_path):
    for name in ("old.jsonl", "old.csv"):
        (tmp_path / name).write_text("an earlier session\n" * 1000)
    assert mien("run", clip, "--no-window", "--jsonl", "old.jsonl", "--csv", "old.csv")[0] == 0
    assert len(read_lines(tmp_path / "old.jsonl")) == 6
    assert (tmp_path / "old.csv").read_text().startswith("frame,timestamp_s,id")


def test_a_folder_goes_on_after_a_bad_picture_and_ends_with_2(mien, detector, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    cv2.imwrite(str(folder / "good.png"), np.zeros((120, 160, 3), dtype=np.uint8))
    (folder / "bad.png").write_text("no picture")
    code, _, err = mien("run", folder, "--no-window", "--jsonl", "faces.jsonl")
    assert code == 2
    assert len(read_lines(tmp_path / "faces.jsonl")) == 1
    assert any("bad.png" in line for line in err)


@pytest.mark.parametrize(
    ("source", "content"), [("nothing.mp4", None), ("empty.mp4", b""), ("text.mp4", b"text")]
)
def test_a_source_that_cannot_be_read_is_one_line(mien, detector, tmp_path, source, content):
    if content is not None:
        (tmp_path / source).write_bytes(content)
    code, _, err = mien("run", source, "--no-window", "--jsonl", "faces.jsonl")
    assert (code, len(err)) == (2, 1)
    assert source in err[0]


def test_a_camera_that_is_not_there_is_one_line(mien, detector):
    code, _, err = mien("run", "99", "--no-window", "--jsonl", "faces.jsonl")
    assert (code, len(err)) == (2, 1)
    assert "camera 99" in err[0]


def test_a_model_that_is_not_ours_is_one_line(mien, clip, tmp_path):
    (tmp_path / "other.onnx").write_bytes(b"\x08\x07 some other model")
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "-", "--model", "other.onnx")
    assert (code, len(err)) == (2, 1)
    assert "other.onnx" in err[0]


def test_a_yunet_file_that_is_not_yunet_is_one_line(mien, clip, tmp_path):
    (tmp_path / "face.onnx").write_bytes(b"\x08\x07 some other model")
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "-", "--detector-model", "face.onnx")
    assert (code, len(err)) == (2, 1)
    assert "face.onnx" in err[0]


def test_the_demo_writes_a_video_and_an_honest_timetable(mien, detector, no_display, tmp_path, monkeypatch):
    monkeypatch.setattr("mien.cli.live.DemoFace", lambda **_: DemoFace((160, 120), fps=4, seconds_each=0.5))
    code, out, err = mien("demo")
    assert code == 0
    assert cv2.VideoCapture(str(tmp_path / "mien-demo.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert err[-1].endswith("saved mien-demo.mp4")
    rows = {line.split("│")[3].strip(): line for line in out.splitlines() if "%" in line}
    assert set(rows) == {emotion.value for emotion in EMOTIONS}
    assert all(line.split("│")[4].strip() == "happy" for line in rows.values())
    assert "100%" in rows["happy"]
    assert " 0%" in rows["sad"]


def test_brackets_in_a_name_are_no_markup_for_the_progress_bar(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert list(with_progress([1, 2], 2, "mien: a[/b].mp4")) == [1, 2]
    assert "a[/b].mp4" in capsys.readouterr().err


def test_who_covers_faces_looks_for_everybody_in_every_frame(mien, monkeypatch, clip):
    asked = []

    def load(_detector, _model, _emotion, options):
        asked.append(options)
        return Models(FakeDetector(), FakeClassifier())

    monkeypatch.setattr(models, "load_models", load)
    for how in ("off", "block"):
        assert mien("run", clip, "--no-window", "--save", f"{how}.avi", "--anonymize", how)[0] == 0
    usual, thorough = asked
    assert usual == RuntimeOptions()
    assert thorough == RuntimeOptions(
        lookout=LookoutOptions(full_s=0.0), detector=DetectorOptions(min_score=models.THOROUGH_MIN_SCORE)
    )
    code, _, err = mien(
        "run", clip, "--no-window", "--save", "a.avi", "--anonymize", "blur", "--detect-every", 5
    )
    assert (code, len(err)) == (2, 1)
    assert "--detect-every 5 misses whoever comes between: expected 1 with --anonymize" in err[0]


@pytest.fixture
def handled():
    """Signals as a process has them that nobody started with nohup."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize("number", ENDING)
def test_a_signal_that_ends_leaves_whole_files_as_ctrl_c_does(mien, detector, clip, tmp_path, number):
    plain = detector.detect

    def detect(image):
        if detector.seen == 3:
            signal.raise_signal(number)
        return plain(image)

    detector.detect = detect
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "faces.jsonl")
    assert code == 128 + number
    assert err == ["mien: stopped; saved faces.jsonl"]
    assert len(read_lines(tmp_path / "faces.jsonl")) >= 2
    assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.usefixtures("handled")
@pytest.mark.skipif(os.name != "posix", reason="Windows knows no SIGHUP")
def test_what_nohup_started_goes_on_when_the_terminal_closes(mien, detector, clip, tmp_path, monkeypatch):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    plain = detector.detect
    monkeypatch.setattr(detector, "detect", lambda image: signal.raise_signal(signal.SIGHUP) or plain(image))
    assert mien("run", clip, "--no-window", "--jsonl", "faces.jsonl")[0] == 0
    assert len(read_lines(tmp_path / "faces.jsonl")) == 6


def test_a_lesson_that_the_pictures_were_too_short_for_is_told(mien, detector, clip, tmp_path):
    code, _, err = mien(
        "run", clip, "--no-window", "--jsonl", "a.jsonl", "--neutral", 5, "--neutral-file", "me.json"
    )
    assert code == 0
    assert err[-1] == "mien: no resting face was learned: the pictures ended before the lesson did"
    assert not (tmp_path / "me.json").exists()


def test_a_file_for_the_resting_face_that_cannot_be_written_is_told_at_once(mien, detector, clip, tmp_path):
    (tmp_path / "taken").mkdir()
    code, _, err = mien("run", clip, "--no-window", "--jsonl", "a.jsonl", "--neutral-file", "taken")
    assert (code, len(err)) == (2, 1)
    assert "taken" in err[0]
    assert not (tmp_path / "a.jsonl").exists()
