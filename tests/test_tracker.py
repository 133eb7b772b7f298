"""Ids stay with the person."""

from __future__ import annotations

import numpy as np
import pytest

from mien.options import TrackerOptions
from mien.tracker import FaceTracker
from mien.types import Face


def face(x, y=100.0, side=80.0):
    return Face((x, y, x + side, y + side), 0.9)


def test_ids_count_from_one_in_each_tracker():
    assert FaceTracker().update([face(0), face(300)], 0.0) == [1, 2]
    assert FaceTracker().update([face(0)], 0.0) == [1]


def test_a_face_that_moves_keeps_its_id_and_the_order_given_stays():
    tracker = FaceTracker()
    tracker.update([face(0), face(300)], 0.0)
    assert tracker.update([face(310), face(10)], 0.1) == [2, 1]


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_two_faces_crossing_keep_their_ids(fps):
    tracker = FaceTracker()
    for frame in range(fps * 2 + 1):
        t = frame / fps
        left_to_right, right_to_left = face(300 * t), face(600 - 300 * t, y=110)
        # As a detector does it, the order changes from frame to frame.
        if frame % 2:
            assert tracker.update([right_to_left, left_to_right], t) == [2, 1]
        else:
            assert tracker.update([left_to_right, right_to_left], t) == [1, 2]


def test_a_fast_face_is_found_where_it_is_expected():
    tracker = FaceTracker()
    # It gathers speed until a step is longer than the face: only the expected place overlaps.
    x, seen = 0.0, set()
    for frame in range(12):
        x += min(20 * frame, 100)
        seen.update(tracker.update([face(x)], frame * 0.1))
    assert seen == {1}


def test_a_face_that_stops_at_once_keeps_its_id():
    tracker = FaceTracker()
    for frame in range(6):
        tracker.update([face(50 * frame)], frame * 0.1)
    assert tracker.update([face(250)], 0.8) == [1]


def test_a_short_absence_is_bridged_a_long_one_is_a_new_person():
    tracker = FaceTracker(TrackerOptions(max_gap_s=1.0))
    tracker.update([face(0)], 0.0)
    assert tracker.update([], 0.5) == []
    assert tracker.update([face(0)], 0.9) == [1]
    assert tracker.update([face(0)], 2.0) == [2]


def test_someone_elsewhere_is_a_new_person_and_ids_are_not_used_again():
    tracker = FaceTracker()
    tracker.update([face(0)], 0.0)
    assert tracker.update([face(400)], 0.1) == [2]
    assert tracker.update([face(800), face(0)], 0.2) == [3, 1]


def test_timestamps_that_jump_backwards_or_stand_still_do_no_harm():
    tracker = FaceTracker()
    assert tracker.update([face(0)], 5.0) == [1]
    assert tracker.update([face(4)], 5.0) == [1]
    assert tracker.update([face(8)], 4.9) == [1]
    assert tracker.update([face(8)], 0.0) == [2]


def test_boxes_that_only_touch_are_not_the_same_person():
    tracker = FaceTracker()
    tracker.update([face(0)], 0.0)
    assert tracker.update([face(80)], 0.1) == [2]


def test_a_face_of_quite_another_size_is_someone_else():
    tracker = FaceTracker(TrackerOptions(max_growth=2.0))
    tracker.update([face(0, side=80)], 0.0)
    assert tracker.update([face(0, side=170)], 0.1) == [2]
    assert tracker.update([face(0, side=250)], 0.2) == [2]
    assert tracker.update([face(60, y=160, side=110)], 0.3) == [3]


def test_one_who_walks_behind_a_pillar_is_expected_where_the_way_leads():
    tracker = FaceTracker()
    for frame in range(11):
        tracker.update([face(20 * frame)], frame * 0.1)
    # 100 pixels further, past the face's own width: there is no overlap with where it was.
    assert tracker.update([face(300)], 1.5) == [1]


def looks(*seeds):
    """A crop a face, of people who look like chance made them; the same seed is the same person."""
    crops = [np.random.default_rng(seed).integers(0, 255, (8, 8), np.uint8) for seed in seeds]
    return np.stack([np.kron(crop, np.ones((6, 6), np.uint8)) for crop in crops])


def test_two_who_swap_places_while_out_of_sight_are_known_again_by_their_looks():
    tracker = FaceTracker()
    tracker.update([face(0), face(90)], 0.0, looks(1, 2))
    tracker.update([], 0.3)
    assert tracker.update([face(0), face(90)], 0.6, looks(2, 1)) == [2, 1]


def test_a_stranger_in_the_seat_after_an_absence_is_a_new_person():
    tracker = FaceTracker()
    tracker.update([face(0)], 0.0, looks(1))
    tracker.update([], 0.4)
    assert tracker.update([face(0)], 0.8, looks(2)) == [2]
    without = FaceTracker()
    without.update([face(0)], 0.0)
    without.update([], 0.4)
    assert without.update([face(0)], 0.8) == [1]


def test_nobody_was_away_between_the_frames_of_a_slow_camera():
    tracker = FaceTracker()
    tracker.update([face(0)], 0.0, looks(1))
    hand_before_it = (0.3 * looks(1) + 0.7 * looks(2)).astype(np.uint8)
    assert tracker.update([face(5)], 0.5, hand_before_it) == [1]


def test_after_a_cut_a_stranger_in_the_same_place_is_a_new_person():
    for is_cut, ids in ((False, [1]), (True, [2])):
        tracker = FaceTracker()
        tracker.update([face(0)], 0.0, looks(1))
        assert tracker.update([face(2)], 0.04, looks(2), is_cut=is_cut) == ids


def test_after_a_cut_who_looks_as_before_is_the_same():
    tracker = FaceTracker()
    tracker.update([face(0)], 0.0, looks(1))
    dimmer = (0.6 * looks(1)).astype(np.uint8)
    assert tracker.update([face(2)], 0.04, dimmer, is_cut=True) == [1]


def test_light_that_changes_does_not_change_the_person():
    tracker = FaceTracker()
    day = looks(1)
    tracker.update([face(0)], 0.0, day)
    assert tracker.update([face(0)], 0.8, day // 3 + 10) == [1]


def test_the_detector_looks_at_every_frame_unless_told_otherwise():
    tracker = FaceTracker()
    for frame in range(3):
        assert tracker.expected(frame / 30) is None
        tracker.update([face(0)], frame / 30)


def test_between_two_looks_faces_are_expected_on_their_way_under_their_ids():
    tracker = FaceTracker(TrackerOptions(detect_every=3))
    points = ((10.0, 10.0), (30.0, 10.0), (20.0, 20.0), (12.0, 30.0), (28.0, 30.0))
    looked, boxes = [], []
    for frame in range(13):
        t, x = frame / 30, 6.0 * frame
        expected = tracker.expected(t)
        looked.append(expected is None)
        moved = tuple((px + x, py) for px, py in points)
        faces = [Face((x, 0, x + 40, 40), 0.9, moved)] if expected is None else expected
        assert tracker.update(faces, t) == [1]
        boxes.append((faces[0].box_xyxy[0] - x, faces[0].landmarks_xy[0][0] - moved[0][0]))
    assert looked == [True, False, False] * 4 + [True]
    assert np.abs(boxes[6:]).max() < 3


def test_after_a_jump_in_time_the_detector_must_look():
    tracker = FaceTracker(TrackerOptions(detect_every=10))
    assert tracker.expected(5.0) is None
    tracker.update([face(0)], 5.0)
    assert len(tracker.expected(5.1)) == 1
    assert tracker.expected(9.0) is None
    assert tracker.expected(4.0) is None


def test_an_empty_room_is_not_looked_at_more_often():
    tracker = FaceTracker(TrackerOptions(detect_every=2))
    tracker.expected(0.0)
    tracker.update([], 0.0)
    assert tracker.expected(0.1) == []
    assert tracker.update([], 0.1) == []
    assert tracker.expected(0.2) is None
