"""Puts the drawn face together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from mien.drawn.canvas import Canvas, Floats
from mien.drawn.expression import Expression
from mien.drawn.features import draw_features
from mien.drawn.head import draw_body, draw_hair, draw_skin, draw_wall
from mien.types import Image

HEIGHT_UNITS = 2.88
"""Height of the picture in face units."""

CENTRE_Y = 0.47
"""Where the point between the pupils lies, over the picture's height."""

PIVOT_Y = 1.2
"""The head tilts about this point of the neck (face units)."""

HAIR_SHARE = 0.56
"""Hair lies within so much of the picture, from above."""


@dataclass(frozen=True)
class Stance:
    """How the head is held.

    tilt_deg: clockwise. shift: to the right and down, in face units. gaze: where the pupils look, -1 to 1
    across and down.
    """

    tilt_deg: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    gaze: tuple[float, float] = (0.0, 0.0)


STILL = Stance()


def draw_face(pose: Expression, size: tuple[int, int] = (640, 480), stance: Stance = STILL) -> Image:
    """One picture of the face, HxWx3 uint8 BGR; `size` is its width and height in pixels."""
    canvas = Canvas(_backdrop(size).copy(), _placement(size, stance))
    draw_skin(canvas, pose)
    draw_features(canvas, pose, stance.gaze)
    _lay_hair(canvas, size)
    picture = np.clip(canvas.pixels, 0, 255).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), size[1] / 800), dtype=np.uint8)


@lru_cache(maxsize=4)
def _backdrop(size: tuple[int, int]) -> Floats:
    width, height = size
    canvas = Canvas(np.empty((height, width, 3), dtype=np.float32), _placement(size, STILL))
    draw_wall(canvas)
    draw_body(canvas)
    return canvas.pixels


@lru_cache(maxsize=4)
def _hair(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """The hair alone, drawn once: its own light, and what it lets through of the picture below, each HxWx3.

    Drawn over black and over white; where the two differ, the ground shines through.
    """
    width, height = size
    grounds = (np.full((height, width, 3), value, dtype=np.float32) for value in (0, 255))
    over_black, over_white = (Canvas(ground, _placement(size, STILL)) for ground in grounds)
    for canvas in (over_black, over_white):
        draw_hair(canvas)
    return over_black.pixels, (over_white.pixels - over_black.pixels) / np.float32(255)


def _lay_hair(canvas: Canvas, size: tuple[int, int]) -> None:
    rest, now = (np.vstack([matrix, [0, 0, 1]]) for matrix in (_placement(size, STILL), canvas.to_px))
    movement = (now @ np.linalg.inv(rest))[:2]
    rows = slice(0, round(size[1] * HAIR_SHARE))
    own, through = (
        cv2.warpAffine(layer[rows], movement, (size[0], rows.stop), borderValue=(edge,) * 3)
        for layer, edge in zip(_hair(size), (0, 1), strict=True)
    )
    canvas.pixels[rows] *= through
    canvas.pixels[rows] += own


def _placement(size: tuple[int, int], stance: Stance) -> Floats:
    """2x3 matrix from face units to pixels."""
    width, height = size
    unit_px = height / HEIGHT_UNITS
    turn = np.deg2rad(stance.tilt_deg)
    rotation = np.asarray([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pivot = np.asarray([0.0, PIVOT_Y])
    offset = unit_px * (pivot - rotation @ pivot + stance.shift) + (width / 2, CENTRE_Y * height)
    return np.column_stack([unit_px * rotation, offset]).astype(np.float32)
