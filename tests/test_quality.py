"""How well a face can be seen, told by what is done to a drawn one."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from detector_faces import draw_faces

from mien.quality import measure, rate, sharpness
from mien.types import Emotion, Face, TrackedFace

SIDE = 160


def picture(side=SIDE, margin=40):
    """A drawn face and the face as a detector would give it."""
    box = (margin, margin, margin + side, margin + side)
    image, landmarks = draw_faces(side + 2 * margin, side + 2 * margin, [box], np.random.default_rng(3))
    return cv2.GaussianBlur(image, (0, 0), side / 160), Face(
        box, 0.9, tuple(map(tuple, landmarks[0].tolist()))
    )


def turned(face, degrees):
    """The same face in a picture turned by so many degrees, clockwise as one looks at it."""
    turn = cv2.getRotationMatrix2D((SIDE / 2 + 40, SIDE / 2 + 40), -degrees, 1.0)
    points = np.c_[np.array(face.landmarks_xy), np.ones(5)] @ turn.T
    return Face(face.box_xyxy, face.score, tuple(map(tuple, points.tolist())))


def test_a_plain_face_is_level_from_the_front_and_as_large_as_its_box():
    found = measure(*picture())
    assert found.size_px == SIDE
    assert found.tilt_deg == pytest.approx(0, abs=0.5)
    assert found.turn == pytest.approx(0, abs=0.01)


def test_blur_takes_sharpness_step_by_step_and_leaves_light_alone():
    image, face = picture()
    steps = [measure(cv2.GaussianBlur(image, (0, 0), sigma), face) for sigma in (1, 4, 8, 16)]
    values = [step.sharpness for step in steps]
    assert values == sorted(values, reverse=True)
    assert values[0] > 5 * values[-1] > 0
    assert steps[0].light == pytest.approx(steps[-1].light, abs=0.05)


def test_the_size_of_a_sharp_face_hardly_counts():
    large, small = (measure(*picture(side, side // 4)).sharpness for side in (320, 80))
    assert large == pytest.approx(small, rel=0.3)


def test_darkness_takes_light_and_leaves_sharpness_alone():
    image, face = picture()
    day, night = measure(image, face), measure((image * 0.25).astype(np.uint8), face)
    assert night.light == pytest.approx(day.light / 4, rel=0.05)
    assert night.sharpness == pytest.approx(day.sharpness, rel=0.15)


def test_a_blank_face_is_not_sharp_at_all():
    assert sharpness(np.full((48, 48), 90, np.uint8)) == 0


@pytest.mark.parametrize("degrees", [-30, 20, 45])
def test_tilt_is_told_in_degrees_and_is_no_turn(degrees):
    image, face = picture()
    found = measure(image, turned(face, degrees))
    assert found.tilt_deg == pytest.approx(degrees, abs=0.5)
    assert found.turn == pytest.approx(0, abs=0.01)


def test_a_nose_to_the_right_of_the_picture_is_a_turn_to_the_right():
    image, face = picture()
    right, left, (x, y), *mouth = face.landmarks_xy
    moved = Face(face.box_xyxy, 0.9, (right, left, (x + 0.25 * (left[0] - right[0]), y), *mouth))
    assert measure(image, moved).turn == pytest.approx(0.25, abs=0.01)


def test_without_landmarks_there_is_no_pose():
    image, face = picture()
    found = measure(image, Face(face.box_xyxy, 0.9))
    assert (found.tilt_deg, found.turn) == (None, None)


@pytest.mark.parametrize("box", [(-50, -50, -10, -10), (500, 500, 600, 600), (10, 10, 10, 10)])
def test_a_face_outside_the_picture_is_dark_and_blurred_but_no_error(box):
    found = measure(picture()[0], Face(box, 0.9))
    assert (found.sharpness, found.light) == (0, 0)


def test_a_face_over_the_edge_is_measured_where_it_is_seen():
    image, face = picture()
    right = int(face.box_xyxy[2])
    assert measure(image[:, : right - 40], face).light == pytest.approx(measure(image, face).light, abs=0.1)


def test_every_face_of_a_picture_is_rated_and_nothing_else_changes():
    image, face = picture()
    seen = TrackedFace(7, face.box_xyxy, 0.9, Emotion.SAD, (0.1, 0.1, 0.6, 0.1, 0.1), face.landmarks_xy)
    (rated,) = rate(image, [seen])
    assert rated.quality == measure(image, face)
    assert (rated.id, rated.probs, rated.landmarks_xy) == (7, seen.probs, seen.landmarks_xy)


def test_it_costs_next_to_nothing():
    image, face = picture(400)
    measure(image, face)
    start_s = time.process_time()
    for _ in range(50):
        measure(image, face)
    # Measured at 0.06 ms; the bar leaves room for slow machines.
    assert (time.process_time() - start_s) / 50 < 2e-3
