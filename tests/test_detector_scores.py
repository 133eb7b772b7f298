"""Average precision, recall and landmark errors, on cases that can be counted by hand."""

import math

import numpy as np
import pytest

from mien.detector.decode import Detections
from mien.train.detector.labels import FaceLabels
from mien.train.detector.scores import (
    BANDS,
    average_precision,
    join,
    match,
    mean_precision,
    recall_at,
    score_band,
    score_bands,
)

POINTS = [[5, 5], [15, 5], [10, 10], [6, 15], [14, 15]]


def detections(*rows):
    """Rows of box and score; landmarks are the box's corner plus POINTS."""
    boxes = np.float32([box for box, _ in rows]).reshape(-1, 4)
    points = boxes[:, None, :2] + np.float32(POINTS)
    return Detections(boxes, np.float32([score for _, score in rows]), points)


def labels(*boxes, ignore=()):
    corners = np.float32(boxes).reshape(-1, 4)
    return FaceLabels.build(boxes, corners[:, None, :2] + np.float32(POINTS), ignore)


def all_of(matches, pictures=100, used=0.5):
    return score_band(matches, pictures, used, BANDS["all"])


def test_a_face_goes_to_its_best_scored_box_and_the_second_is_false():
    found = detections(([0, 0, 20, 20], 0.6), ([1, 0, 21, 20], 0.9), ([100, 100, 120, 120], 0.7))
    matches = match(found, labels([0, 0, 20, 20]), 448)
    assert matches.scores == pytest.approx([0.9, 0.7, 0.6])
    assert matches.faces.tolist() == [0, -1, -1]
    score = all_of(matches)
    assert score.average_precision == 1.0
    assert score.used_recall == 1.0 and score.used_false == 2.0


def test_half_of_an_overlap_is_not_enough():
    assert match(detections(([0, 0, 20, 20], 0.9)), labels([9, 0, 29, 20]), 448).faces.tolist() == [-1]


def test_what_lies_in_a_region_to_ignore_counts_neither_way():
    found = detections(([50, 50, 70, 70], 0.9), ([0, 0, 20, 20], 0.8))
    matches = match(found, labels([0, 0, 20, 20], ignore=[[45, 45, 90, 90]]), 448)
    assert matches.ignored.tolist() == [True, False]
    assert all_of(matches).used_false == 0.0


def test_a_face_in_a_region_to_ignore_is_found_all_the_same():
    matches = match(detections(([0, 0, 20, 20], 0.8)), labels([0, 0, 20, 20], ignore=[[0, 0, 90, 90]]), 448)
    assert matches.faces.tolist() == [0] and matches.ignored.tolist() == [False]


def test_sizes_are_those_at_a_long_side_of_448():
    found = detections(([0, 0, 40, 40], 0.9))
    assert match(found, labels([0, 0, 40, 40]), 896).true_sizes == pytest.approx([20])
    assert match(found, labels([0, 0, 40, 40]), 224).sizes == pytest.approx([80])


def test_faces_and_false_faces_of_another_size_count_neither_way():
    found = detections(([0, 0, 20, 20], 0.9), ([100, 0, 200, 100], 0.8), ([300, 300, 310, 310], 0.95))
    bands = score_bands(match(found, labels([0, 0, 20, 20], [100, 0, 200, 100]), 448), 100, 0.5)
    assert bands["over 96"].faces == 1 and bands["over 96"].average_precision == 1.0
    assert bands["over 96"].used_false == 0.0
    assert bands["under 32"].faces == 1 and bands["under 32"].average_precision == 0.5
    assert bands["32 to 96"].faces == 0 and math.isnan(bands["32 to 96"].average_precision)
    assert bands["32 to 96"].as_record()["average_precision"] is None
    assert mean_precision(bands) == 1.0


def test_average_precision_is_the_area_under_its_envelope():
    right = np.array([True, False, True, True, False])
    assert average_precision(right, 4) == pytest.approx((1 + 0.75 + 0.75) / 4)
    assert average_precision(np.zeros(0, bool), 4) == 0.0
    assert math.isnan(average_precision(right, 0))


def test_recall_is_taken_where_the_false_faces_are_still_few_enough():
    scores = np.float32([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, False, True, False, True])
    assert recall_at(scores, right, 4, 1) == (0.5, pytest.approx(0.7))
    assert recall_at(scores, right, 4, 0.99) == (0.25, pytest.approx(0.9))
    assert recall_at(scores, ~right, 4, 0) == (0.0, 1.0)
    assert recall_at(scores, right, 4, 2) == (0.75, pytest.approx(0.5))


def test_boxes_of_one_score_come_together_or_not_at_all():
    """A detector without fine scores could otherwise choose the order that suits it."""
    assert recall_at(np.float32([1, 1, 1]), np.array([True, True, False]), 2, 0) == (0.0, 1.0)


def test_landmarks_are_measured_by_the_distance_of_the_eyes():
    found = detections(([0, 0, 20, 20], 0.9))
    found.landmarks_xy[:] += [3, 4]
    assert all_of(match(found, labels([0, 0, 20, 20]), 448)).landmark_error == pytest.approx(0.5)


def test_profiles_and_faces_without_points_have_no_landmark_error():
    profile = labels([0, 0, 20, 20])
    profile.landmarks_xy[0, 1] = profile.landmarks_xy[0, 0] + 1
    for truth in (profile, FaceLabels.build([[0, 0, 20, 20]])):
        assert math.isnan(all_of(match(detections(([0, 0, 20, 20], 0.9)), truth, 448)).landmark_error)


def test_pictures_are_scored_together():
    hit = match(detections(([0, 0, 20, 20], 0.9)), labels([0, 0, 20, 20]), 448)
    missed = match(detections(), labels([0, 0, 20, 20], [50, 50, 70, 70]), 448)
    empty = match(detections(([0, 0, 20, 20], 0.95)), labels(), 448)
    matches = join([missed, hit, empty])
    assert matches.faces.tolist() == [2, -1]
    score = all_of(matches, pictures=3)
    assert score.faces == 3 and score.used_recall == pytest.approx(1 / 3)
    assert score.average_precision == pytest.approx(1 / 6)
    assert score.used_false == pytest.approx(100 / 3)
    assert score.recall == 0.0
