"""Pure functions on boxes: x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

from __future__ import annotations

import math

from mien.options import Framing
from mien.types import Box


def area(box_xyxy: Box) -> float:
    """Area in square pixels, 0 for an empty box."""
    x0, y0, x1, y1 = box_xyxy
    return max(0.0, x1 - x0) * max(0.0, y1 - y0)


def longer_side(box_xyxy: Box) -> float:
    """The larger of width and height, in pixels."""
    x0, y0, x1, y1 = box_xyxy
    return max(x1 - x0, y1 - y0)


def centre(box_xyxy: Box) -> tuple[float, float]:
    """Middle of the box: x, y in pixels."""
    x0, y0, x1, y1 = box_xyxy
    return (x0 + x1) / 2, (y0 + y1) / 2


def overlap(a_xyxy: Box, b_xyxy: Box) -> float:
    """Area in square pixels that two boxes share."""
    left, top = max(a_xyxy[0], b_xyxy[0]), max(a_xyxy[1], b_xyxy[1])
    right, bottom = min(a_xyxy[2], b_xyxy[2]), min(a_xyxy[3], b_xyxy[3])
    return area((left, top, right, bottom))


def iou(a_xyxy: Box, b_xyxy: Box) -> float:
    """Intersection over union of two boxes, 0 to 1; 0 where both are empty."""
    shared = overlap(a_xyxy, b_xyxy)
    union = area(a_xyxy) + area(b_xyxy) - shared
    return shared / union if union > 0 else 0.0


def cover(a_xyxy: Box, b_xyxy: Box) -> float:
    """Share of the smaller box that lies in the other, 0 to 1; 0 where one is empty."""
    smaller = min(area(a_xyxy), area(b_xyxy))
    return overlap(a_xyxy, b_xyxy) / smaller if smaller > 0 else 0.0


def clip(box_xyxy: Box, width: int, height: int) -> Box:
    """The part of the box that lies within a picture of width x height pixels."""
    x0, y0, x1, y1 = box_xyxy
    return (
        min(max(x0, 0.0), float(width)),
        min(max(y0, 0.0), float(height)),
        min(max(x1, 0.0), float(width)),
        min(max(y1, 0.0), float(height)),
    )


def scale(box_xyxy: Box, factor: float) -> Box:
    """The box in a picture whose sides are `factor` times as long."""
    x0, y0, x1, y1 = box_xyxy
    return x0 * factor, y0 * factor, x1 * factor, y1 * factor


def shift(box_xyxy: Box, dx: float, dy: float) -> Box:
    """The box moved by dx, dy pixels."""
    x0, y0, x1, y1 = box_xyxy
    return x0 + dx, y0 + dy, x1 + dx, y1 + dy


def swing(box_xyxy: Box, pivot_xy: tuple[float, float], degrees: float) -> Box:
    """The box moved so that its middle is turned clockwise, as one looks at the picture, about a pivot."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = centre(box_xyxy)
    dx, dy = x - pivot_xy[0], y - pivot_xy[1]
    return shift(box_xyxy, cos * dx - sin * dy - dx, sin * dx + cos * dy - dy)


def square(box_xyxy: Box, framing: Framing) -> Box:
    """The square that is cut around a face; it may reach over the edge of the picture."""
    x0, y0, x1, y1 = box_xyxy
    side = framing.scale * longer_side(box_xyxy)
    left = (x0 + x1 - side) / 2
    top = (y0 + y1 - side) / 2 - framing.lift * side
    return left, top, left + side, top + side


def union(a_xyxy: Box, b_xyxy: Box) -> Box:
    """The smallest box around two."""
    return (
        min(a_xyxy[0], b_xyxy[0]),
        min(a_xyxy[1], b_xyxy[1]),
        max(a_xyxy[2], b_xyxy[2]),
        max(a_xyxy[3], b_xyxy[3]),
    )


def grow(box_xyxy: Box, factor: float) -> Box:
    """The box with sides `factor` times as long around the same middle."""
    (x, y), (x0, y0, x1, y1) = centre(box_xyxy), box_xyxy
    half_width, half_height = factor * (x1 - x0) / 2, factor * (y1 - y0) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height
