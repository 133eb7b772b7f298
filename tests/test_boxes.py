"""Boxes: pure functions on x0, y0, x1, y1."""

from __future__ import annotations

import pytest

from mien import boxes
from mien.options import Framing


def test_a_box_turned_inside_out_has_no_area():
    assert boxes.area((0, 0, 4, 3)) == 12
    assert boxes.area((4, 0, 0, 3)) == 0


def test_centre_is_the_middle():
    assert boxes.centre((2, 4, 6, 10)) == (4, 7)


def test_a_box_swings_clockwise_about_a_pivot_and_keeps_its_size():
    assert boxes.swing((4, 0, 6, 2), (0, 1), 90) == pytest.approx((-1, 5, 1, 7))
    assert boxes.swing((4, 0, 6, 2), (0, 1), 0) == (4, 0, 6, 2)


def test_overlap_of_two_boxes_apart_is_nothing():
    assert boxes.overlap((0, 0, 4, 4), (2, 2, 6, 6)) == 4
    assert boxes.overlap((0, 0, 4, 4), (5, 5, 6, 6)) == 0
    # Apart in both directions: two negative sides must not make a positive area.
    assert boxes.iou((0, 0, 1, 1), (5, 5, 6, 6)) == 0


def test_iou_is_one_for_the_same_box_and_a_third_for_half_a_shift():
    assert boxes.iou((0, 0, 4, 4), (0, 0, 4, 4)) == 1
    assert boxes.iou((0, 0, 4, 4), (2, 0, 6, 4)) == pytest.approx(1 / 3)
    assert boxes.iou((1, 1, 1, 1), (1, 1, 1, 1)) == 0


def test_cover_of_a_box_within_another_is_whole_though_iou_is_small():
    assert boxes.cover((0, 0, 10, 10), (2, 2, 4, 4)) == 1
    assert boxes.iou((0, 0, 10, 10), (2, 2, 4, 4)) == pytest.approx(0.04)
    assert boxes.cover((0, 0, 0, 0), (0, 0, 4, 4)) == 0


def test_clip_keeps_what_lies_in_the_picture():
    assert boxes.clip((-5, 2, 50, 99), width=40, height=30) == (0, 2, 40, 30)


def test_scale_and_shift_move_all_corners():
    assert boxes.scale((1, 2, 3, 4), 2) == (2, 4, 6, 8)
    assert boxes.shift((1, 2, 3, 4), 10, -1) == (11, 1, 13, 3)


def test_square_is_centred_and_as_long_as_the_longer_side():
    assert boxes.square((10, 20, 30, 60), Framing(scale=1.0, lift=0.0)) == (0, 20, 40, 60)


def test_square_grows_by_scale_and_moves_up_by_lift():
    assert boxes.square((0, 0, 40, 40), Framing(scale=1.5, lift=0.1)) == (-10, -16, 50, 44)
