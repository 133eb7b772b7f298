"""Where the model looked, laid over the face."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.overlay.ink import SHIFT
from mien.types import Box, Heat, Image


def lay_heat(canvas: Image, heat: Heat, opacity: float) -> None:
    """Lay one map over the canvas, in place, in OpenCV's inferno colours: brightest where it counted most.

    opacity: of the hottest place, 0 to 1; where the map is 0 the face stays as it is.
    """
    height, width = canvas.shape[:2]
    corners = _corners(heat.box_xyxy, heat.tilt_deg)
    around = (*corners.min(axis=0), *corners.max(axis=0))
    left, top, right, bottom = (round(value) for value in boxes.clip(around, width, height))
    if right <= left or bottom <= top:
        return
    part = _seen(heat, corners - (left, top), (right - left, bottom - top))
    colours = cv2.applyColorMap((part * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    under = canvas[top:bottom, left:right]
    under[:] = under + (colours.astype(np.float32) - under) * (opacity * part[..., None]) + 0.5


def _corners(box_xyxy: Box, tilt_deg: float) -> NDArray[np.float64]:
    """(4, 2): x and y of the box's corners, from the upper left one on, turned about its middle."""
    x0, y0, x1, y1 = box_xyxy
    cos, sin = math.cos(math.radians(tilt_deg)), math.sin(math.radians(tilt_deg))
    middle = np.array(boxes.centre(box_xyxy))
    upright = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) - middle
    return np.asarray(middle + upright @ np.array([[cos, sin], [-sin, cos]]))


def _seen(heat: Heat, corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """The map in a picture of this width and height where it has these corners; 0 around it."""
    rows, columns = heat.map.shape
    ends = np.array([(0, 0), (columns, 0), (columns, rows)])
    # Half a pixel: OpenCV counts from the middle of the first one.
    way = cv2.getAffineTransform((corners[:3] - 0.5).astype(np.float32), (ends - 0.5).astype(np.float32))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    spread = cv2.warpAffine(heat.map, way, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    within = np.zeros(size[::-1], np.uint8)
    outline = np.round((corners - 0.5) * 2**SHIFT).astype(np.int32)
    cv2.fillConvexPoly(within, outline, 255, cv2.LINE_AA, SHIFT)
    return np.asarray(np.clip(spread, 0.0, 1.0) * (within / np.float32(255)), np.float32)
