"""Brows, eyes, nose and mouth: what a detector and a network look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mien.drawn.canvas import Canvas, Colour, Floats, as_line, ellipse, mirrored, moved, ribbon, smooth
from mien.drawn.expression import Expression
from mien.drawn.head import SHADE, SIDES

DARK: Colour = (22, 22, 30)
BROW: Colour = (26, 34, 50)
EYE_WHITE: Colour = (228, 232, 234)
EYE_CORNER: Colour = (150, 150, 205)
IRIS: Colour = (90, 78, 48)
IRIS_LIGHT: Colour = (134, 124, 90)
GLINT: Colour = (255, 255, 255)
NOSE_GLOSS: Colour = (236, 242, 250)
UPPER_LIP: Colour = (86, 86, 160)
LOWER_LIP: Colour = (104, 104, 186)
LIP_GLOSS: Colour = (170, 176, 232)
THROAT: Colour = (24, 20, 52)
TOOTH: Colour = (222, 232, 236)
TONGUE: Colour = (92, 88, 172)

EYE_X = 0.33
EYE_HALF = 0.185
MOUTH_Y = 0.79
MOUTH_HALF = 0.285


def draw_features(canvas: Canvas, pose: Expression, gaze: tuple[float, float]) -> None:
    """Paint everything that moves; `gaze` is where the pupils look, -1 to 1 across and down."""
    _draw_nose(canvas, pose)
    _draw_forehead(canvas, pose)
    for side in SIDES:
        _draw_folds(canvas, pose, side)
        _draw_eye(canvas, pose, side, (gaze[0], gaze[1] + 2.0 * pose.look_down))
        _draw_brow(canvas, pose, side)
    _draw_mouth(canvas, pose)


def _lids(pose: Expression) -> tuple[Floats, Floats]:
    """The upper and the lower edge of the eye's opening, inner to outer corner, each (N, 2)."""
    t = np.linspace(-1, 1, 25)
    outer = (t + 1) / 2
    corners = 0.03 - 0.012 * outer + 0.03 * pose.lid_droop * outer
    sag = 1 - 0.3 * pose.lid_droop * outer - 0.35 * pose.look_down
    upper = corners - 0.078 * pose.eye_open * sag * (1 - np.abs(t) ** 2.3)
    raised = 0.03 * pose.lid_tight + 0.028 * pose.cheek_raise
    lower = corners + (0.052 - raised) * min(1.25, pose.eye_open) * (1 - t**2)
    x = EYE_X + EYE_HALF * t
    return as_line(x, upper), as_line(x, lower)


def _draw_eye(canvas: Canvas, pose: Expression, side: float, gaze: tuple[float, float]) -> None:
    upper, lower = (mirrored(lid, side) for lid in _lids(pose))
    _draw_eyeball(canvas, np.concatenate([upper, lower[::-1]]), side, gaze)
    canvas.fill(moved(ribbon(upper, (0.05, 0.05)), 0, 0.018), DARK, 0.4 * min(1.0, pose.eye_open), 0.014)
    canvas.fill(ribbon(upper, (0.014, 0.032, 0.036, 0.02)), DARK, 0.92, 0.004)
    canvas.fill(ribbon(lower, (0.006, 0.012, 0.014, 0.01)), SHADE, 0.8, 0.005)
    lid = mirrored(_lids(replace(pose, eye_open=max(1.0, pose.eye_open), look_down=0.0))[0], side)
    crease = moved(lid, 0.01 * side, -0.05)
    canvas.fill(ribbon(crease, (0.0, 0.016, 0.02, 0.008)), SHADE, 0.7, 0.009)
    strength = 0.3 + 0.35 * max(pose.cheek_raise, pose.lid_tight)
    canvas.fill(ribbon(moved(lower, 0, 0.05), (0.0, 0.03, 0.024, 0.0)), SHADE, strength, 0.018)


def _draw_eyeball(canvas: Canvas, opening: Floats, side: float, gaze: tuple[float, float]) -> None:
    x, y = side * EYE_X + 0.05 * gaze[0], 0.03 * gaze[1]
    canvas.fill(opening, EYE_WHITE)
    canvas.fill(ellipse(side * (EYE_X - 0.165), 0.03, 0.025, 0.022), EYE_CORNER, 0.7, 0.01, opening)
    canvas.fill(ellipse(x, y, 0.09, 0.09), DARK, 0.85, 0.006, opening)
    canvas.fill(ellipse(x, y, 0.078, 0.078), IRIS, 1.0, 0.006, opening)
    canvas.fill(ellipse(x, y + 0.03, 0.05, 0.035), IRIS_LIGHT, 0.6, 0.012, opening)
    canvas.fill(ellipse(x, y, 0.038, 0.038), DARK, 1.0, 0.003, opening)
    canvas.fill(ellipse(x - 0.028, y - 0.03, 0.016, 0.016), GLINT, 0.95, 0.003, opening)


def _draw_brow(canvas: Canvas, pose: Expression, side: float) -> None:
    up = (0.13 if pose.brow_raise > 0 else 0.09) * pose.brow_raise
    inner_up, outer_down = 0.12 * pose.brow_angle, 0.045 * pose.brow_angle
    inward = 0.055 * pose.brow_squeeze
    points = [
        (0.15 - inward, -0.262 - up - inner_up),
        (0.26 - 0.7 * inward, -0.30 - up - 0.6 * inner_up),
        (0.40, -0.322 - 1.1 * up + 0.1 * inner_up),
        (0.52, -0.295 - up + outer_down),
        (0.60, -0.24 - 0.8 * up + outer_down),
    ]
    line = mirrored(smooth(points), side)
    canvas.fill(moved(ribbon(line, (0.06, 0.08, 0.06, 0.02)), 0, 0.035), SHADE, 0.35, 0.03)
    canvas.fill(ribbon(line, (0.065, 0.098, 0.085, 0.055, 0.008)), BROW, 0.5, 0.016)
    canvas.fill(ribbon(line, (0.045, 0.078, 0.066, 0.04, 0.004)), BROW, 0.85, 0.008)


def _draw_nose(canvas: Canvas, pose: Expression) -> None:
    up = 0.04 * pose.nose_wrinkle + 0.015 * pose.cheek_raise
    wide = 1 + 0.1 * pose.nose_wrinkle + 0.1 * pose.cheek_raise
    canvas.fill(ellipse(0.02, 0.56 - up, 0.17 * wide, 0.03), SHADE, 0.55, 0.03)
    for side in SIDES:
        shaded = side > 0
        wing = [(0.13 * wide, 0.41), (0.152 * wide, 0.455), (0.14 * wide, 0.505), (0.095 * wide, 0.515)]
        canvas.fill(_fold(wing, (0.0, 0.014, 0.026, 0.02), side, -up), SHADE, 0.65 if shaded else 0.4, 0.012)
        canvas.fill(ellipse(side * 0.062 * wide, 0.515 - up, 0.04 * wide, 0.02), DARK, 0.85, 0.008)
        bridge = [(0.115, -0.12), (0.085, 0.08), (0.095, 0.3)]
        canvas.fill(_fold(bridge, (0.07, 0.03, 0.05), side), SHADE, 0.42 if shaded else 0.2, 0.03)
    for y in (0.02, 0.08):
        line = smooth([(-0.07, y + 0.03), (0, y), (0.07, y + 0.03)])
        canvas.fill(ribbon(line, (0.0, 0.02, 0.0)), SHADE, 0.6 * pose.nose_wrinkle, 0.008)
    canvas.fill(ellipse(-0.015, 0.41 - up, 0.035, 0.03), NOSE_GLOSS, 0.4, 0.02)


def _fold(
    points: list[tuple[float, float]], widths: tuple[float, ...], side: float, down: float = 0
) -> Floats:
    return mirrored(moved(ribbon(smooth(points), widths), 0, down), side)


def _draw_folds(canvas: Canvas, pose: Expression, side: float) -> None:
    """From the nose to the mouth's corner, beside the eye, and between the brows."""
    corners_down = max(0.0, -pose.mouth_curve)
    depth = 0.22 + 0.6 * pose.cheek_raise + 0.45 * pose.nose_wrinkle + 0.3 * corners_down
    end_x = 0.36 + 0.06 * pose.mouth_width
    cheek = [(0.17, 0.45), (0.27, 0.56), (end_x, 0.74), (end_x + 0.01, 0.86)]
    fold = _fold(cheek, (0.01, 0.035, 0.035, 0.0), side, -0.05 * pose.cheek_raise)
    canvas.fill(fold, SHADE, min(1.0, depth), 0.014)
    for turn in (-0.06, 0.0, 0.06):
        crinkle = [(0.56, 0.02 + 0.5 * turn), (0.66, 0.03 + 1.4 * turn)]
        canvas.fill(_fold(crinkle, (0.012, 0.0), side), SHADE, 0.6 * pose.cheek_raise, 0.006)
    frown = [(0.05, -0.36), (0.04, -0.26), (0.055, -0.16)]
    squeeze = 0.8 * pose.brow_squeeze
    canvas.fill(_fold(frown, (0.0, 0.028, 0.0), side), SHADE, squeeze, 0.01)


def _draw_forehead(canvas: Canvas, pose: Expression) -> None:
    """Three lines across: the whole width where the brows go up, the middle where their inner ends do."""
    half = 0.24 + 0.18 * min(1.0, max(0.0, 2 * pose.brow_raise))
    for row in range(3):
        y = -0.53 - 0.07 * row
        strength = max(0.55 * pose.brow_raise, 0.3 * pose.brow_angle * (1 - 0.2 * row))
        line = [(-half, y + 0.03), (-half / 2, y), (0.0, y + 0.012), (half / 2, y), (half, y + 0.03)]
        canvas.stroke(line, (0.0, 0.02, 0.018, 0.02, 0.0), SHADE, min(1.0, strength), 0.01)


@dataclass(frozen=True)
class _Lips:
    """The four edges of the mouth from left to right, each (N, 2)."""

    upper_out: Floats
    upper_in: Floats
    lower_in: Floats
    lower_out: Floats


def _lips(pose: Expression) -> _Lips:
    t = np.linspace(-1, 1, 41)
    half = MOUTH_HALF * (1 + 0.34 * pose.mouth_width)
    middle = MOUTH_Y - 0.03 * pose.chin_raise - 0.105 * pose.mouth_curve * (t**2 - 0.3)
    arch = (1 - np.abs(t) ** (2 + 4 * pose.mouth_square)) ** (1 - 0.5 * pose.mouth_round)
    upper_in = middle - (0.08 + 0.04 * pose.mouth_square) * pose.mouth_open * arch
    lower_in = np.maximum(middle + (0.38 * pose.mouth_open - 0.035 * pose.chin_raise) * arch, upper_in)
    swell = np.sqrt(np.clip(1 - t**2, 0, 1))
    thin = 1 - 0.6 * pose.lip_press
    bow = 1 - 0.25 * np.exp(-((t / 0.16) ** 2))
    upper_out = upper_in - 0.075 * thin * bow * swell**0.8
    lower_out = lower_in + (0.095 * thin + 0.02 * max(0.0, -pose.mouth_curve)) * swell**0.9
    return _Lips(*(as_line(half * t, edge) for edge in (upper_out, upper_in, lower_in, lower_out)))


def _draw_mouth(canvas: Canvas, pose: Expression) -> None:
    lips = _lips(pose)
    canvas.fill(np.concatenate([lips.upper_out, lips.upper_in[::-1]]), UPPER_LIP, 0.85, 0.008)
    canvas.fill(np.concatenate([lips.lower_in, lips.lower_out[::-1]]), LOWER_LIP, 0.8, 0.008)
    gloss = (lips.lower_in[12:29] + lips.lower_out[12:29]) * np.float32(0.5)
    canvas.fill(ribbon(gloss, (0.0, 0.03, 0.0)), LIP_GLOSS, 0.5, 0.012)
    if pose.mouth_open > 0:
        _draw_opening(canvas, pose, lips)
    canvas.fill(ribbon(lips.upper_in, (0.012, 0.026, 0.022, 0.026, 0.012)), THROAT, 0.85, 0.006)
    for x, y in (lips.upper_in[0], lips.upper_in[-1]):
        canvas.fill(ellipse(float(x), float(y), 0.03, 0.024), SHADE, 0.75, 0.014)
    below = moved(lips.lower_out, 0, 0.03)[8:33]
    canvas.fill(ribbon(below, (0.0, 0.045, 0.0)), SHADE, 0.5 + 0.2 * pose.chin_raise, 0.022)


def _draw_opening(canvas: Canvas, pose: Expression, lips: _Lips) -> None:
    opening = np.concatenate([lips.upper_in, lips.lower_in[::-1]])
    gap = lips.lower_in - lips.upper_in
    canvas.fill(opening, THROAT)
    tongue = np.concatenate([lips.lower_in - 0.35 * gap, lips.lower_in[::-1]])
    canvas.fill(tongue, TONGUE, 0.7 * min(1.0, 2 * pose.mouth_open), 0.015, opening)
    _draw_teeth(canvas, lips.upper_in, lips.upper_in + pose.teeth * gap, pose.teeth)
    _draw_teeth(canvas, lips.lower_in - pose.teeth_low * gap, lips.lower_in, pose.teeth_low)


def _draw_teeth(canvas: Canvas, top: Floats, bottom: Floats, amount: float) -> None:
    if amount <= 0:
        return
    row = np.concatenate([top, bottom[::-1]])
    canvas.fill(row, TOOTH, 0.95, 0.006, row)
    low, high = float(top[:, 1].min()), float(bottom[:, 1].max())
    for x in np.linspace(float(top[0, 0]), float(top[-1, 0]), 11)[1:-1]:
        gap = ribbon(smooth([(float(x), low), (float(x), high)]), (0.007, 0.007))
        canvas.fill(gap, SHADE, 0.35, 0.004, row)
