"""`mien doctor`: what is missing is named, with what to do, and only what is needed decides."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from mien import doctor
from mien.classifier import SHIPPED_MODEL
from mien.cli import main, models
from mien.demo_face import DemoFace, scene_at
from mien.detector import SHIPPED_FACE_MODEL, OnnxFaceDetector
from mien.doctor import (
    Check,
    check_cameras,
    check_display,
    check_models,
    check_pipeline,
    check_versions,
    check_yunet,
    works,
)
from mien.errors import ModelError
from mien.files import file_sha256
from mien.options import Framing
from mien.pipeline import Models
from mien.types import EMOTIONS, FrameResult, TrackedFace

MODELS = Models(SimpleNamespace(name="fake", framing=Framing()), SimpleNamespace(spec=SimpleNamespace()))


class FakePipeline:
    """Finds the face, and says what `reads` makes of what was drawn."""

    def __init__(self, reads):
        self.reads = reads
        self.face = DemoFace(seconds_each=1.0)

    def process(self, frame):
        emotion = self.reads(scene_at(self.face.timetable, frame.timestamp_s).emotion)
        probs = tuple(float(each is emotion) for each in EMOTIONS)
        faces = (TrackedFace(1, (0.0, 0.0, 9.0, 9.0), 0.9, emotion, probs),) if emotion else ()
        return FrameResult(frame.index, frame.timestamp_s, 640, 480, faces, analysis_ms=7.0)


@pytest.fixture
def drawn(monkeypatch):
    """Small frames: what is drawn does not matter to a fake."""
    monkeypatch.setattr(
        doctor, "DemoFace", lambda fps, seconds_each: DemoFace((64, 64), fps=fps, seconds_each=seconds_each)
    )


def test_only_what_is_needed_decides():
    camera, model = Check("cameras", False, "none"), Check("model", True, "ours", needed=True)
    assert works([camera, model])
    assert not works([camera, Check("model", False, "gone", needed=True)])


def test_the_self_test_passes_where_emotions_are_read(monkeypatch, drawn):
    monkeypatch.setattr(doctor, "build_pipeline", lambda _: FakePipeline(lambda emotion: emotion))
    check = check_pipeline(MODELS)
    assert check.ok
    assert check.needed
    assert "found in 100% of 50 frames, 5 of 5 emotions recognised, 7.0 ms a frame" in check.detail


@pytest.mark.parametrize("reads", [lambda _: None, lambda _: EMOTIONS[0]], ids=["no face", "always angry"])
def test_the_self_test_fails_where_they_are_not(monkeypatch, drawn, reads):
    monkeypatch.setattr(doctor, "build_pipeline", lambda _: FakePipeline(reads))
    check = check_pipeline(MODELS)
    assert not check.ok
    assert check.advice


def test_a_model_that_does_not_open_is_an_answer_and_no_error(tmp_path):
    def load():
        raise ModelError("model emotion.onnx: has been changed")

    (check,) = check_models(load, tmp_path / "emotion.onnx")
    assert (check.ok, check.needed, check.detail) == (False, True, "model emotion.onnx: has been changed")
    assert "--model" in check.advice


def test_a_camera_is_named_with_its_size_and_given_back(monkeypatch):
    released = []

    class OneCamera:
        def __init__(self, index):
            self.index = index

        def isOpened(self):  # noqa: N802
            return self.index == 2

        def read(self):
            return True, np.zeros((480, 640, 3), dtype=np.uint8)

        def release(self):
            released.append(self.index)

    monkeypatch.setattr(cv2, "VideoCapture", OneCamera)
    check = check_cameras(range(4))
    assert (check.ok, check.detail, check.advice) == (True, "2 (640 x 480)", "")
    assert released == [0, 1, 2, 3]


def test_without_a_camera_the_demo_is_suggested(capfd):
    check = check_cameras((98, 99))
    assert not check.ok
    assert not check.needed
    assert "mien demo" in check.advice
    assert capfd.readouterr() == ("", ""), "OpenCV's own warnings are of no use to a person"


def test_without_a_display_the_way_to_files_is_shown(monkeypatch):
    monkeypatch.setattr(doctor, "display_problem", lambda: "there is no display")
    check = check_display()
    assert (check.ok, check.detail) == (False, "there is no display")
    assert "--no-window" in check.advice


def test_yunets_file_is_shown_with_its_hash(monkeypatch, tmp_path):
    path = tmp_path / "yunet.onnx"
    monkeypatch.setattr(doctor, "find_yunet", lambda: path)
    assert not check_yunet().ok
    path.write_bytes(b"abc")
    assert check_yunet().detail.endswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_nobody_needs_yunets_file(monkeypatch):
    monkeypatch.setattr(doctor, "find_yunet", lambda: None)
    assert check_yunet().ok
    assert "only --detector yunet needs it" in check_yunet().detail


def test_the_face_models_file_is_shown_with_its_hash(monkeypatch, drawn):
    monkeypatch.setattr(doctor, "build_pipeline", lambda _: FakePipeline(lambda emotion: emotion))
    classifier = SimpleNamespace(spec=SimpleNamespace(input_px=48, serve="crowd", weights_sha256="ab" * 32))
    found, *_ = check_models(lambda: Models(OnnxFaceDetector(), classifier), SHIPPED_MODEL)
    assert found.detail == f"mien: {SHIPPED_FACE_MODEL}, SHA-256 {file_sha256(SHIPPED_FACE_MODEL)}"


@pytest.mark.parametrize(("version", "known"), [("4.9.0", True), ("5.0.0", True), ("6.0.0", False)])
def test_opencv_4_and_5_are_known(monkeypatch, version, known):
    monkeypatch.setattr(cv2, "__version__", version)
    assert check_versions().ok is known


@pytest.fixture
def mien_doctor(monkeypatch, capsys):
    """Runs `mien doctor` with these arguments: exit code, stdout."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", "doctor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr().out

    monkeypatch.setattr(doctor, "CAMERAS", (99,))
    return call


def test_a_changed_model_ends_with_2_and_says_what_to_do(mien_doctor, tmp_path):
    path = tmp_path / "changed.onnx"
    path.write_bytes(b"not a model")
    code, out = mien_doctor("--json", "--model", path)
    checks = {check["name"]: check for check in json.loads(out)}
    assert code == 2
    assert {"versions", "cameras", "display", "YuNet's file", "models"} <= set(checks)
    assert "changed.onnx" in checks["models"]["detail"]
    assert checks["models"]["advice"]


def test_a_machine_without_camera_and_display_is_still_well(mien_doctor, monkeypatch, drawn, tmp_path):
    path = tmp_path / "emotion.onnx"
    path.write_bytes(b"model")
    spec = SimpleNamespace(input_px=48, serve="crowd", weights_sha256="ab" * 32)
    loaded = Models(SimpleNamespace(name="fake"), SimpleNamespace(spec=spec))
    monkeypatch.setattr(models, "load_models", lambda *_: loaded)
    monkeypatch.setattr(doctor, "build_pipeline", lambda _: FakePipeline(lambda emotion: emotion))
    monkeypatch.setattr(doctor, "display_problem", lambda: "there is no display")
    code, out = mien_doctor("--model", path)
    assert code == 0
    assert "missing" in out
    assert "failed" not in out
    assert "self-test" in out
