"""Pure functions on a face's five points: see `mien.types.Face.landmarks_xy`."""

from __future__ import annotations

import math
from collections.abc import Sequence


def eye_distance(landmarks_xy: Sequence[tuple[float, float]]) -> float:
    """From eye to eye, in pixels."""
    right, left = landmarks_xy[:2]
    return math.dist(right, left)


def tilt_deg(landmarks_xy: Sequence[tuple[float, float]]) -> float:
    """How far the eyes are from level, -180 to 180; positive where the person's own left eye is lower."""
    (right_x, right_y), (left_x, left_y) = landmarks_xy[:2]
    return math.degrees(math.atan2(left_y - right_y, left_x - right_x))


def turn(landmarks_xy: Sequence[tuple[float, float]]) -> float:
    """How far the nose is from the middle of the eyes, over the eyes' distance: 0 from the front.

    Positive to the right of the picture. Measured along the line of the eyes, so that a tilted head is not
    taken for a turned one.
    """
    (rx, ry), (lx, ly), (nx, ny) = landmarks_xy[:3]
    dx, dy = lx - rx, ly - ry
    along = (nx - (rx + lx) / 2) * dx + (ny - (ry + ly) / 2) * dy
    return along / max(dx * dx + dy * dy, 1e-6)
