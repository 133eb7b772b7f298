"""A stream is looked at fully now and then, and in glances between."""

from __future__ import annotations

import pytest
from looking import IMAGE, ScriptedDetector

from mien import boxes
from mien.demo_face import DemoFace
from mien.detector import GlancingDetector, OnnxFaceDetector
from mien.lookout import Lookout
from mien.options import LookoutOptions
from mien.types import Face


def face(x, side=100.0, score=0.9):
    return Face((x, 100.0, x + side, 100.0 + side), score)


@pytest.fixture
def detector():
    return ScriptedDetector()


def watch(detector, times_s, **options):
    """What is found at each time, and what the detector was asked meanwhile."""
    lookout = Lookout(detector, LookoutOptions(**options))
    return [lookout.find(IMAGE, time_s) for time_s in times_s], detector.asked


def test_known_faces_are_found_by_glances_between_full_looks(detector):
    detector.full, detector.quick = [face(10)], [face(12)]
    found, asked = watch(detector, (0.0, 0.1, 0.2, 0.3, 0.4))
    assert asked == ["look", "glance", "glance", "glance", "look", "glance"]
    assert found[0] == [face(10)]
    assert found[1:] == [[face(12)]] * 4


def test_a_glance_finds_no_new_faces_a_full_look_does(detector):
    detector.full, detector.quick = [face(10)], [face(12), face(400)]
    lookout = Lookout(detector)
    assert lookout.find(IMAGE, 0.0) == [face(10)]
    assert lookout.find(IMAGE, 0.1) == [face(12)]
    detector.full = [face(10), face(401)]
    assert lookout.find(IMAGE, 0.31) == [face(12), face(401)]
    assert lookout.find(IMAGE, 0.4) == [face(12), face(400)]


def test_whom_a_glance_misses_a_full_look_finds_in_the_same_frame(detector):
    detector.full, detector.quick = [face(10), face(300)], [face(10)]
    found, asked = watch(detector, (0.0, 0.1, 0.2))
    assert found == [[face(10), face(300)]] * 3
    # After that it is not tried again so soon.
    assert asked == ["look", "glance", "look", "look"]


def test_glances_are_tried_anew_after_a_while(detector):
    detector.full, detector.quick = [face(10)], []
    lookout = Lookout(detector)
    for time_s in (0.0, 0.1):
        lookout.find(IMAGE, time_s)
    detector.quick, detector.asked = [face(11)], []
    for time_s in (0.31, 0.4):
        lookout.find(IMAGE, time_s)
    assert detector.asked == ["glance", "look", "glance"]


def test_two_known_faces_are_not_found_again_in_one(detector):
    detector.full, detector.quick = [face(10), face(40)], [face(25)]
    found, asked = watch(detector, (0.0, 0.1))
    assert asked == ["look", "glance", "look"]
    assert found[1] == [face(10), face(40)]


def test_a_face_that_is_gone_from_a_full_look_is_gone(detector):
    detector.full, detector.quick = [face(10)], [face(10)]
    lookout = Lookout(detector)
    lookout.find(IMAGE, 0.0)
    detector.full = []
    assert lookout.find(IMAGE, 0.1) == [face(10)]
    assert lookout.find(IMAGE, 0.5) == []


def test_glances_are_as_sharp_as_the_smallest_face_needs_and_steady(detector):
    lookout = Lookout(detector)
    for time_s, side in ((0.0, 100.0), (0.1, 90.0), (0.2, 110.0), (0.25, 60.0), (0.28, 60.0)):
        detector.full = detector.quick = [face(10, side), face(200, 2 * side)]
        lookout.find(IMAGE, time_s)
    # The glance that missed a face which had shrunk at once was the last one for a while.
    assert detector.least_px == [100.0, 100.0, 100.0]
    detector.full = detector.quick = [face(10, 60.0), face(200, 120.0)]
    lookout.find(IMAGE, 0.31)
    assert detector.least_px[-1] == 60.0


@pytest.mark.parametrize("times_s", [(0.0, 1.0, 2.0), (5.0, 4.9, 4.8)])
def test_after_a_jump_it_looks_fully(detector, times_s):
    detector.full = detector.quick = [face(10)]
    _, asked = watch(detector, times_s)
    assert asked.count("look") == 3


def test_without_glances_each_look_is_a_full_one(detector):
    detector.full = detector.quick = [face(10)]
    _, asked = watch(detector, (0.0, 0.1, 0.2), full_s=0.0)
    assert asked == ["look"] * 3


def test_a_detector_that_cannot_glance_looks_fully():
    class Plain:
        name, framing = "plain", None

        def detect(self, image):
            return [face(10)]

    assert not isinstance(Plain(), GlancingDetector)
    lookout = Lookout(Plain())
    assert [lookout.find(IMAGE, time_s) for time_s in (0.0, 0.1)] == [[face(10)]] * 2


def test_where_a_glance_would_save_nothing_it_looks_fully(detector):
    detector.full, detector.quick = [face(10)], None
    found, asked = watch(detector, (0.0, 0.1, 0.2))
    assert found == [[face(10)]] * 3
    assert asked.count("look") == 3


def test_miens_own_detector_finds_a_face_again_at_a_glance():
    image = next(iter(DemoFace())).image
    detector = OnnxFaceDetector()
    (full,) = detector.detect(image)
    (again,) = detector.glance(image, boxes.longer_side(full.box_xyxy))
    assert 0.7 < boxes.iou(full.box_xyxy, again.box_xyxy) < 1
    assert detector.glance(image, 20.0) is None
