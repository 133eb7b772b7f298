"""All but the features: skin lit as a relief of hills, hair, ears, neck, shoulders and the wall."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mien.drawn.canvas import (
    Canvas,
    Colour,
    Floats,
    Points,
    ellipse,
    mirrored,
    moved,
    ribbon,
    smooth,
    symmetric,
)
from mien.drawn.expression import Expression

SKIN: Colour = (150, 182, 226)
SKIN_DIM: Colour = (118, 148, 196)
SHADE: Colour = (58, 78, 128)
BLUSH: Colour = (116, 128, 214)
HAIR: Colour = (32, 44, 64)
HAIR_LIGHT: Colour = (74, 100, 136)
SHIRT: Colour = (120, 88, 60)
SHIRT_DIM: Colour = (70, 50, 34)
WALL_LIGHT: Colour = (214, 208, 196)
WALL_DARK: Colour = (150, 138, 122)

SIDES = (-1.0, 1.0)
"""The two halves of the face; shapes are given for the right half of the picture."""

LIGHT = (-0.38, -0.52, 0.76)
"""Where the light comes from: left, above, and mostly the viewer's side; its length is about 1."""

_STEP = 0.02
"""Distance of the relief's samples, in face units."""

_GRID_X = np.arange(-1.0, 1.0 + _STEP, _STEP, dtype=np.float32)
_GRID_Y = np.arange(-1.3, 1.6 + _STEP, _STEP, dtype=np.float32)

_PARTING = (-0.19, -1.24)
_STRANDS_LEFT = ((-0.22, -0.94), (-0.26, -0.67), (-0.7, -0.98), (-0.8, -0.06))
_STRANDS_RIGHT = ((-0.13, -0.94), (-0.09, -0.73), (0.61, -1.07), (0.8, -0.06))
"""Middle and tip of the strand nearest to the parting, then of the one farthest from it."""


def draw_wall(canvas: Canvas) -> None:
    """Fill the whole picture with a softly lit wall."""
    height, width = canvas.pixels.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    dark = np.clip(np.sqrt((x + 0.3) ** 2 + (y + 0.4) ** 2) / 1.7, 0, 1)
    canvas.pixels[:] = np.asarray(WALL_LIGHT) * (1 - dark) + np.asarray(WALL_DARK) * dark


def draw_body(canvas: Canvas) -> None:
    """Shoulders in a shirt, and the neck with the chin's shadow on it."""
    shirt = symmetric([(0.0, 1.4), (0.36, 1.36), (0.78, 1.49), (1.3, 1.73), (1.83, 2.76), (0.0, 2.94)])
    canvas.fill(ellipse(0.22, 1.85, 1.48, 0.64), (110, 100, 86), 0.35, 0.2)
    canvas.fill(shirt, SHIRT)
    canvas.fill(ellipse(1.09, 2.04, 0.52, 0.64), SHIRT_DIM, 0.8, 0.25, shirt)
    neck = symmetric([(0.0, 0.58), (0.39, 0.67), (0.38, 1.17), (0.43, 1.4), (0.0, 1.64)])
    canvas.fill(neck, SKIN_DIM, 1.0, 0.004)
    canvas.fill(ellipse(0.05, 1.13, 0.43, 0.18), SHADE, 0.75, 0.09, neck)
    canvas.fill(ellipse(0.4, 1.22, 0.14, 0.46), SHADE, 0.6, 0.08, neck)
    canvas.stroke([(-0.48, 1.38), (0.0, 1.67), (0.48, 1.38)], (0.06, 0.09, 0.06), SHIRT_DIM, 1.0, 0.008)


def draw_skin(canvas: Canvas, pose: Expression) -> None:
    """The bare head: ears, lit skin, warm cheeks."""
    outline = _outline(pose)
    for side in SIDES:
        _draw_ear(canvas, side)
    canvas.fill(outline, SKIN)
    canvas.light(_shade(pose), _STEP, (float(_GRID_X[0]), float(_GRID_Y[0])), outline)
    for side in SIDES:
        cheek = ellipse(side * 0.42, 0.4 - 0.06 * pose.cheek_raise, 0.2, 0.13)
        canvas.fill(cheek, BLUSH, 0.2 + 0.15 * pose.cheek_raise, 0.09, outline)


def draw_hair(canvas: Canvas) -> None:
    """Short hair with a parting, over the forehead and the temples."""
    outer = [(0.0, -1.25), (0.38, -1.16), (0.68, -0.89), (0.8, -0.46), (0.77, -0.02)]
    inner = [(0.7, 0.06), (0.68, -0.24), (0.63, -0.46)]
    fringe = [(0.52, -0.58), (0.35, -0.71), (0.07, -0.76), (-0.19, -0.73), (-0.43, -0.62), (-0.56, -0.53)]
    left = [(-x, y) for x, y in [*outer[1:], *inner][::-1]]
    hair = smooth([*outer, *inner, *fringe, *left], closed=True)
    canvas.fill(moved(hair, 0.015, 0.04), SHADE, 0.4, 0.035)
    canvas.fill(hair, HAIR, 1.0, 0.006)
    for strand, opacity in _strands():
        canvas.fill(strand, HAIR_LIGHT, opacity, 0.005, hair)
    canvas.fill(ellipse(-0.36, -0.89, 0.23, 0.08), (130, 160, 196), 0.3, 0.07, hair)
    canvas.fill(ellipse(0.61, -0.69, 0.22, 0.46), (12, 16, 26), 0.4, 0.12, hair)


def _strands() -> Iterator[tuple[Floats, float]]:
    """Outlines and opacities of single strands, from the parting down to the tips, on both sides of it."""
    rng = np.random.default_rng(5)
    for ends in (_STRANDS_LEFT, _STRANDS_RIGHT):
        near_middle, near_tip, far_middle, far_tip = np.asarray(ends)
        for share in np.linspace(0, 1, 34):
            middle = near_middle + share * (far_middle - near_middle) + rng.normal(0, 0.012, 2)
            bulge = 0.1 * np.sin(np.pi * share)
            tip = near_tip + share * (far_tip - near_tip) + (bulge, -bulge)
            line = smooth([_PARTING, (middle[0], middle[1]), (tip[0], tip[1])])
            yield ribbon(line, (0.0, rng.uniform(0.008, 0.022), 0.0)), rng.uniform(0.15, 0.6)


def _draw_ear(canvas: Canvas, side: float) -> None:
    edge = [(0.64, -0.07), (0.75, -0.14), (0.8, -0.04), (0.78, 0.18), (0.73, 0.36), (0.65, 0.36)]
    ear = mirrored(smooth(edge, closed=True), side)
    hollow = smooth([(0.7, -0.06), (0.76, -0.04), (0.75, 0.13), (0.71, 0.24)])
    canvas.fill(ear, SKIN_DIM)
    canvas.fill(mirrored(ribbon(hollow, (0.01, 0.05, 0.05, 0.01)), side), SHADE, 0.6, 0.015)
    if side > 0:
        canvas.fill(ear, SHADE, 0.35, 0.02, ear)


def _jaw_drop(pose: Expression) -> float:
    return 0.26 * pose.mouth_open


def _outline(pose: Expression) -> Floats:
    jaw = _jaw_drop(pose)
    half: Points = [
        (0.0, -0.98), (0.36, -0.87), (0.63, -0.53), (0.69, -0.1), (0.68, 0.31), (0.62, 0.64 + 0.3 * jaw),
        (0.45, 0.94 + 0.8 * jaw), (0.21, 1.13 + jaw), (0.0, 1.16 + jaw),
    ]  # fmt: skip
    return symmetric(half)


def _shade(pose: Expression) -> Floats:
    """How bright the skin is on the grid, (rows, columns, 3) BGR factors: Lambert's law and some gloss."""
    dy, dx = np.gradient(_relief(pose), _STEP)
    facing = np.clip((LIGHT[2] - dx * LIGHT[0] - dy * LIGHT[1]) / np.sqrt(dx**2 + dy**2 + 1), 0, None)
    shade = (0.40 + 0.72 * facing + 0.10 * facing**12)[..., None]
    warmth = np.asarray([1.15, 1.05, 0.92])
    return np.asarray(np.where(shade < 1, shade**warmth, shade), dtype=np.float32)


def _relief(pose: Expression) -> Floats:
    """Height of the face towards the viewer, in face units, on the grid."""
    jaw = _jaw_drop(pose)
    reach = np.where(_GRID_Y > 0.05, 1.34 + jaw, 1.27)
    ground = 1 - (_GRID_X[None, :] / 0.83) ** 2 - ((_GRID_Y - 0.05) / reach)[:, None] ** 2
    relief = 0.8 * np.sqrt(np.clip(ground, 0.002, None))
    for x, y, wide, high, tall in _hills(pose, jaw):
        across = np.exp(-(((_GRID_X - x) / wide) ** 2) / 2)
        down = np.exp(-(((_GRID_Y - y) / high) ** 2) / 2)
        relief += tall * down[:, None] * across[None, :]
    return np.asarray(relief, dtype=np.float32)


def _hills(pose: Expression, jaw: float) -> list[tuple[float, float, float, float, float]]:
    """Hills and hollows of the face as Gaussians: x, y, width and height across, height towards us."""
    cheek, up = pose.cheek_raise, 0.04 * pose.nose_wrinkle
    middle = [
        (0.0, 0.16, 0.065, 0.24, 0.11),  # bridge of the nose
        (0.0, 0.40 - up, 0.085, 0.09, 0.11),  # its tip
        (0.0, 0.84, 0.26, 0.17, 0.05),  # mouth
        (0.0, 0.97 + 0.8 * jaw, 0.12, 0.035, -0.03),  # hollow under the lower lip
        (0.0, 1.05 + jaw, 0.14, 0.09, 0.06 + 0.03 * pose.chin_raise),  # chin
        (0.0, -0.52, 0.4, 0.27, 0.06),  # forehead
        (0.0, -0.2, 0.07, 0.08, 0.03 * pose.brow_squeeze),  # between the brows
    ]
    paired = [
        (0.11, 0.47 - up, 0.045, 0.05, 0.045),  # wing of the nose
        (0.31, -0.03, 0.16, 0.10, -0.09),  # eye socket
        (0.33, 0.02, 0.11, 0.08, 0.035),  # eyeball
        (0.30, -0.24 - 0.05 * pose.brow_raise, 0.2, 0.07, 0.04),  # brow ridge
        (0.42, 0.36 - 0.07 * cheek, 0.16, 0.13 - 0.02 * cheek, 0.06 + 0.08 * cheek),  # cheek
    ]
    return middle + [(side * x, y, wide, high, tall) for x, y, wide, high, tall in paired for side in SIDES]
