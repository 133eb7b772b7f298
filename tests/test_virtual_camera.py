"""Other programs see the annotated picture; what is missing for that is named."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from test_sinks import step

from mien.errors import MissingExtraError, SinkError
from mien.sinks import Anonymize, AnonymizedSink, VirtualCameraSink
from mien.types import Heat


class FakeCamera:
    def __init__(self, width, height, fps, fmt):
        self.width, self.height, self.fps, self.fmt = width, height, fps, fmt
        self.sent = []
        self.closed = 0

    def send(self, picture):
        assert picture.shape == (self.height, self.width, 3)
        self.sent.append(picture.copy())

    def close(self):
        self.closed += 1


@pytest.fixture
def cameras(monkeypatch):
    """Stands in for pyvirtualcam, and keeps the cameras that were opened."""
    opened = []

    def open_camera(*arguments, **options):
        opened.append(FakeCamera(*arguments, **options))
        return opened[-1]

    module = SimpleNamespace(Camera=open_camera, PixelFormat=SimpleNamespace(BGR="BGR "))
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    return opened


def test_each_frame_is_sent_annotated_in_the_size_of_the_first(cameras):
    with VirtualCameraSink(30) as sink:
        sink.write(*step(1, size=(320, 240)))
        sink.write(*step(2, 0.1, size=(100, 240)))
    (camera,) = cameras
    assert (camera.width, camera.height, camera.fps, camera.fmt) == (320, 240, 30, "BGR ")
    first, second = camera.sent
    assert (first != 40).any()
    assert not second[:, :100].any(), "a narrow picture has black at its sides"
    assert camera.closed == 1


def test_where_the_model_looked_is_sent_too(cameras):
    looked = Heat(np.ones((7, 7), np.float32), (100.0, 100.0, 140.0, 140.0))
    with VirtualCameraSink(heats=lambda: (looked,)) as sink:
        sink.write(*step(1, size=(320, 240), faces=0))
    (picture,) = cameras[0].sent
    assert (picture[105:135, 105:135] != 40).any(axis=2).all()
    assert (picture[:, :95] == 40).all()


def test_no_camera_appears_before_there_is_a_picture(cameras):
    with VirtualCameraSink():
        pass
    assert cameras == []


def test_covered_faces_stay_covered_on_the_way_out(cameras):
    with AnonymizedSink(VirtualCameraSink(), Anonymize.BLOCK) as sink:
        sink.write(*step(1, size=(320, 240)))
    (picture,) = cameras[0].sent
    assert not picture[20:28, 20:28].any()


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mien\[vcam\]'"):
        VirtualCameraSink()


@pytest.mark.parametrize(
    ("platform", "advice"), [("linux", "v4l2loopback"), ("darwin", "OBS"), ("win32", "OBS")]
)
def test_without_the_driver_one_line_says_what_to_install(cameras, monkeypatch, platform, advice):
    def refuse(*_, **__):
        raise RuntimeError("virtual camera output could not be started\nv4l2loopback: no device")

    monkeypatch.setattr(sys.modules["pyvirtualcam"], "Camera", refuse)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SinkError, match=advice) as caught, VirtualCameraSink() as sink:
        sink.write(*step(0))
    assert str(caught.value).startswith("cannot open a virtual camera: virtual camera output could not be")
    assert "\n" not in str(caught.value)
