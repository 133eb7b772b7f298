"""Another scene is told from the same one that moves, dims or goes blank."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mien.cuts import SceneCuts
from mien.drawn import POSES, Stance, draw_face
from mien.types import Emotion


def scene(seed, size=(640, 480)):
    """Soft blotches, no two scenes alike."""
    greys = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(greys, size, interpolation=cv2.INTER_CUBIC)


def cuts_in(*images):
    cuts = SceneCuts()
    return [cuts.is_cut(image) for image in images]


def test_another_scene_is_a_cut_and_the_first_frame_is_none():
    assert cuts_in(scene(1), scene(1), scene(2), scene(2), scene(1)) == [False, False, True, False, True]


@pytest.mark.parametrize(
    "later",
    [
        np.roll(scene(1), (12, 20), (0, 1)),
        (scene(1) * 0.3).astype(np.uint8),
        cv2.GaussianBlur(scene(1), (0, 0), 9),
        cv2.rectangle(scene(1), (0, 100), (120, 480), (60, 60, 60), -1),
    ],
    ids=["shaken", "dim", "blurred", "somebody passes"],
)
def test_the_same_scene_is_none(later):
    assert cuts_in(scene(1), later) == [False, False]


def test_a_blank_frame_is_none_and_hides_none():
    blank = np.zeros((480, 640, 3), np.uint8)
    assert cuts_in(scene(1), blank, scene(1), blank, scene(2)) == [False, False, False, False, True]


def test_frames_of_any_size_are_compared():
    images = [scene(3, size) for size in ((3840, 2160), (160, 120), (1, 1), (2, 300))]
    assert cuts_in(*images)[:2] == [False, False]


def test_a_face_that_moves_and_changes_is_none():
    moving = [draw_face(POSES[emotion], stance=Stance(tilt_deg=4.0 * n)) for n, emotion in enumerate(Emotion)]
    assert not any(cuts_in(*moving))
