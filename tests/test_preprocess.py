"""From a picture to the network's input: training and runtime call the same functions."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien.options import Framing
from mien.preprocess import cut_faces, cut_square, cut_turned, grey_square
from mien.types import Face


@pytest.fixture
def picture():
    """60x80x3, each pixel another value."""
    rows, columns = np.mgrid[0:60, 0:80]
    return np.dstack([rows, columns, rows + columns]).astype(np.uint8)


def test_a_crop_of_the_right_size_is_not_touched():
    grey = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    assert np.array_equal(grey_square(grey, 48), grey)


def test_colour_becomes_grey_by_luminance():
    red = np.zeros((10, 10, 3), np.uint8)
    red[..., 2] = 255
    assert np.all(grey_square(red, 10) == 76)


def test_shrinking_averages_so_that_fine_stripes_become_even():
    stripes = np.zeros((96, 96), np.uint8)
    stripes[:, ::2] = 200
    assert np.all(grey_square(stripes, 48) == 100)


def test_growing_is_smooth_and_keeps_the_range():
    grey = np.array([[0, 255], [0, 255]], np.uint8)
    grown = grey_square(grey, 8)
    assert grown.shape == (8, 8)
    assert grown.dtype == np.uint8
    assert np.all(np.diff(grown[0].astype(int)) >= 0)
    assert len(np.unique(grown)) > 2


def test_a_square_within_the_picture_is_cut_exactly(picture):
    assert np.array_equal(cut_square(picture, (10, 20, 30, 40)), picture[20:40, 10:30])


def test_a_square_over_the_edge_repeats_the_edge(picture):
    crop = cut_square(picture, (-10, -5, 20, 25))
    assert crop.shape == (30, 30, 3)
    assert np.array_equal(crop[5:, 10:], picture[:25, :20])
    assert np.all(crop[:5, :10] == picture[0, 0])


def test_a_square_larger_than_the_picture_holds_all_of_it(picture):
    crop = cut_square(picture, (-10, -20, 90, 80))
    assert crop.shape == (100, 100, 3)
    assert np.array_equal(crop[20:80, 10:90], picture)


@pytest.mark.parametrize(
    "square", [(-50, -50, -20, -20), (200, 200, 230, 230), (5, 5, 5, 5), (-9, 300, 3, 312)]
)
def test_a_square_beside_the_picture_is_still_a_square(picture, square):
    crop = cut_square(picture, square)
    assert crop.shape[0] == crop.shape[1] == max(1, square[2] - square[0])


def test_crops_of_no_faces_are_an_empty_batch(picture):
    assert cut_faces(picture, [], Framing(), 64).shape == (0, 64, 64)


def test_the_runtime_and_a_stored_crop_give_the_network_the_same(picture):
    face = Face((10, 10, 50, 50), 1.0)
    runtime = cut_faces(picture, [face], Framing(scale=1.0, lift=0.0), 24)
    stored = grey_square(picture[10:50, 10:50], 24)
    assert np.array_equal(runtime[0], stored)


def test_a_lift_moves_the_crop_up(picture):
    face = Face((20, 20, 40, 40), 1.0)
    crop = cut_faces(picture, [face], Framing(scale=1.0, lift=0.5), 20)[0]
    assert np.array_equal(crop, grey_square(picture[10:30, 20:40], 20))


LEVEL = Framing(scale=1.0, lift=0.1, level=True)


def smooth_picture(side=300):
    """Soft blobs: what is sampled between pixels is known to a grey level or two."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 6), None, 0, 255, cv2.NORM_MINMAX)


def face_with_eyes(tilt_deg, apart=40.0, centre=(150.0, 150.0), box_side=100.0):
    """A face whose eyes lie so far apart, tilted clockwise about the middle of its box."""
    along = np.array([np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))]) * apart / 2
    eyes = (tuple(np.array(centre) - along), tuple(np.array(centre) + along))
    (x, y), half = centre, box_side / 2
    return Face((x - half, y - half, x + half, y + half), 1.0, (*eyes, centre, centre, centre))


def turned_clockwise(picture, deg):
    """The picture turned about its middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -deg, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC)


def difference(one, other):
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize("size", [24, 48, 128])
def test_a_turned_cut_by_nothing_is_the_plain_one(size):
    picture = smooth_picture()
    plain = grey_square(cut_square(picture, (90, 80, 190, 180)), size)
    assert difference(cut_turned(picture, (90, 80, 190, 180), (140, 130), 0.0, size), plain) < 1


@pytest.mark.parametrize("tilt", [-40, -10, 25])
def test_a_tilted_face_is_cut_as_if_its_eyes_were_level(tilt):
    picture = smooth_picture()
    upright = cut_faces(picture, [face_with_eyes(0)], LEVEL, 48)[0]
    tilted = turned_clockwise(picture, tilt)
    levelled = cut_faces(tilted, [face_with_eyes(tilt)], LEVEL, 48)[0]
    as_it_is = cut_faces(tilted, [face_with_eyes(tilt)], replace(LEVEL, level=False), 48)[0]
    assert difference(levelled, upright) < 2
    assert difference(as_it_is, upright) > 10


def test_a_tilt_is_undone_only_so_far():
    picture = smooth_picture()
    framing = replace(LEVEL, max_tilt_deg=20.0)
    crops = cut_faces(picture, [face_with_eyes(35), face_with_eyes(20)], framing, 48)
    assert np.array_equal(*crops)


def test_eyes_too_near_to_each_other_tell_no_tilt():
    picture = smooth_picture()
    sideways = face_with_eyes(30, apart=15)
    plain = replace(sideways, landmarks_xy=None)
    assert np.array_equal(*cut_faces(picture, [sideways, plain], LEVEL, 48))


def test_a_large_tilted_face_with_fine_stripes_becomes_even():
    picture = np.zeros((900, 900, 3), np.uint8)
    picture[:, ::2] = 200
    crop = cut_faces(picture, [face_with_eyes(20, 300, (450.0, 450.0), 560)], LEVEL, 48)[0]
    assert abs(crop.astype(int) - 100).max() < 12


def test_a_tilted_face_over_the_edge_repeats_the_edge():
    picture = np.full((200, 200, 3), 70, np.uint8)
    picture[:100] = 180
    crop = cut_faces(picture, [face_with_eyes(30, 40, (195.0, 195.0))], LEVEL, 48)[0]
    assert np.all(crop == 70)
