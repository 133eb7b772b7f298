"""A face in doubt is looked at once more, alone, and may gain or lose by it."""

import cv2
import numpy as np
import pytest

from mien import boxes
from mien.demo_face import DemoFace
from mien.detector import OnnxFaceDetector
from mien.detector.closer import closer_look, doubtful, weigh
from mien.options import DetectorOptions
from mien.types import Face

POINTS = ((1.0, 1.0), (3.0, 1.0), (2.0, 2.0), (1.0, 3.0), (3.0, 3.0))


def face_at(x, score, side=4.0):
    return Face((x, 0.0, x + side, side), score, tuple((x + a, b) for a, b in POINTS))


def test_a_face_seen_again_gets_the_mean_of_both():
    again = weigh(face_at(0.0, 0.5), [face_at(1.0, 0.8), face_at(0.0, 0.1)])
    # In logits 0 and ln 4 are ln 2 in the mean.
    assert again.score == pytest.approx(2 / 3)
    share = 0.8 / 1.3
    assert again.box_xyxy == pytest.approx((share, 0, 4 + share, 4))
    assert np.asarray(again.landmarks_xy) == pytest.approx(np.add(POINTS, [share, 0]))


def test_a_face_that_is_not_seen_again_loses_its_score_and_nothing_else():
    before = face_at(0.0, 0.5)
    for seen in ([], [face_at(9.0, 0.9)]):
        after = weigh(before, seen)
        assert after.score == pytest.approx(1 / 8)
        assert (after.box_xyxy, after.landmarks_xy) == (before.box_xyxy, before.landmarks_xy)
    assert 0 < weigh(face_at(0.0, 1.0), []).score < 1


def test_the_surest_of_those_in_doubt_are_looked_at_and_only_so_many():
    faces = [face_at(0.0, score) for score in (0.9, 0.31, 0.7, 0.29, 0.5)]
    options = DetectorOptions(own_closer_looks=2)
    assert [face.score for face in doubtful(faces, options)] == [0.7, 0.5]


@pytest.mark.parametrize(
    "box", [(200.0, 100.0, 290.0, 220.0), (-30.0, -20.0, 50.0, 90.0), (3.0, 4.0, 9.0, 12.0)]
)
def test_a_closer_look_holds_the_face_in_its_middle_and_finds_back(box):
    image = np.zeros((240, 320, 3), np.uint8)
    look = closer_look(image, Face(box, 0.5), DetectorOptions())
    assert look.image.shape == (160, 160, 3)
    (x, y), size = boxes.centre(box), boxes.area(box) ** 0.5
    # Its corner lies on a whole pixel of the picture.
    middle = look.face(Face((80, 80, 80, 80), 0.5)).box_xyxy[:2]
    assert middle == pytest.approx((x, y), abs=1)
    left, _, right, _ = look.face(Face((0, 0, 160, 160), 0.5)).box_xyxy
    assert right - left == pytest.approx(2 * size, abs=1)


def at_each_doubt(image):
    """The detector's answers with every face looked at again, and with none."""
    every = DetectorOptions(own_doubt_least=0.3, own_doubt_most=1.0)
    never = DetectorOptions(own_closer_looks=0)
    return [OnnxFaceDetector(options=options).detect(image) for options in (every, never)]


def test_both_ways_find_the_drawn_face_at_nearly_the_same_place():
    frame = next(iter(DemoFace((320, 240)))).image
    ((ours,), (theirs,)) = at_each_doubt(frame)
    assert boxes.iou(ours.box_xyxy, theirs.box_xyxy) > 0.85
    assert ours != theirs


def test_a_sure_face_is_not_looked_at_again():
    frame = next(iter(DemoFace((320, 240)))).image
    detector = OnnxFaceDetector(options=DetectorOptions(own_doubt_most=0.5, own_doubt_least=0.5))
    assert detector.detect(frame) == OnnxFaceDetector(options=DetectorOptions(own_closer_looks=0)).detect(
        frame
    )


def test_a_score_does_not_depend_on_the_threshold():
    frame = cv2.GaussianBlur(next(iter(DemoFace((320, 240)))).image, (0, 0), 6.0)
    low, high = (
        OnnxFaceDetector(options=DetectorOptions(min_score=score)).detect(frame) for score in (0.1, 0.45)
    )
    assert high == [face for face in low if face.score >= 0.45]
