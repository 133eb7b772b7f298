"""Ids stay with the person."""

from __future__ import annotations

import numpy as np
import pytest

from mien.options import TrackerOptions
from mien.tracker import FaceTracker
from mien.types import Emotion, Face


def face(x, y=100.0, side=80.0):
    return Face((x, y, x + side, y + side), 0.9)


def probs(count, emotion=Emotion.NEUTRAL):
    rows = np.full((count, 5), 0.1, np.float32)
    rows[:, emotion.column] = 0.6
    return rows


def ids(tracker, faces, timestamp_s):
    return [seen.id for seen in tracker.update(faces, probs(len(faces)), timestamp_s)]


def test_ids_count_from_one_in_each_tracker():
    assert ids(FaceTracker(), [face(0), face(300)], 0.0) == [1, 2]
    assert ids(FaceTracker(), [face(0)], 0.0) == [1]


def test_a_face_that_moves_keeps_its_id_and_the_order_given_stays():
    tracker = FaceTracker()
    ids(tracker, [face(0), face(300)], 0.0)
    assert ids(tracker, [face(310), face(10)], 0.1) == [2, 1]


def test_the_emotion_is_the_largest_probability():
    (seen,) = FaceTracker().update([face(0)], probs(1, Emotion.SURPRISE), 0.0)
    assert seen.emotion is Emotion.SURPRISE
    assert seen.probs == pytest.approx((0.1, 0.1, 0.1, 0.6, 0.1))
    assert seen.box_xyxy == face(0).box_xyxy


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_two_faces_crossing_keep_their_ids(fps):
    tracker = FaceTracker()
    for frame in range(fps * 2 + 1):
        t = frame / fps
        left_to_right, right_to_left = face(300 * t), face(600 - 300 * t, y=110)
        # As a detector does it, the order changes from frame to frame.
        if frame % 2:
            assert ids(tracker, [right_to_left, left_to_right], t) == [2, 1]
        else:
            assert ids(tracker, [left_to_right, right_to_left], t) == [1, 2]


def test_a_fast_face_is_found_where_it_is_expected():
    tracker = FaceTracker()
    # It gathers speed until a step is longer than the face: only the expected place overlaps.
    x, seen = 0.0, set()
    for frame in range(12):
        x += min(20 * frame, 100)
        seen.update(ids(tracker, [face(x)], frame * 0.1))
    assert seen == {1}


def test_a_face_that_stops_at_once_keeps_its_id():
    tracker = FaceTracker()
    for frame in range(6):
        ids(tracker, [face(50 * frame)], frame * 0.1)
    assert ids(tracker, [face(250)], 0.8) == [1]


def test_a_short_absence_is_bridged_a_long_one_is_a_new_person():
    tracker = FaceTracker(TrackerOptions(max_gap_s=1.0))
    ids(tracker, [face(0)], 0.0)
    assert ids(tracker, [], 0.5) == []
    assert ids(tracker, [face(0)], 0.9) == [1]
    assert ids(tracker, [face(0)], 2.0) == [2]


def test_someone_elsewhere_is_a_new_person_and_ids_are_not_used_again():
    tracker = FaceTracker()
    ids(tracker, [face(0)], 0.0)
    assert ids(tracker, [face(400)], 0.1) == [2]
    assert ids(tracker, [face(800), face(0)], 0.2) == [3, 1]


def test_timestamps_that_jump_backwards_or_stand_still_do_no_harm():
    tracker = FaceTracker()
    assert ids(tracker, [face(0)], 5.0) == [1]
    assert ids(tracker, [face(4)], 5.0) == [1]
    assert ids(tracker, [face(8)], 4.9) == [1]
    assert ids(tracker, [face(8)], 0.0) == [2]


def test_boxes_that_only_touch_are_never_the_same_person():
    tracker = FaceTracker(TrackerOptions(min_iou=0.0))
    ids(tracker, [face(0)], 0.0)
    assert ids(tracker, [face(80)], 0.1) == [2]


def test_a_row_of_probabilities_for_each_face_is_a_must():
    with pytest.raises(ValueError, match="zip"):
        FaceTracker().update([face(0), face(300)], probs(1), 0.0)
