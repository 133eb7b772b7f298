"""Smooth shapes: masks that are drawn four times as large and scaled down, and laid over a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.overlay.colours import Colour
from mien.types import Box, Image

Mask: TypeAlias = NDArray[np.uint8]
"""HxW uint8, 0 where nothing is laid, 255 where the colour covers."""

SHIFT = 4
"""Corners of an outline are given in pixels times 2 ** SHIFT."""

_FONT = cv2.FONT_HERSHEY_DUPLEX
_SMOOTH = 4


def blend(canvas: Image, mask: Mask, colour: Colour, spot: tuple[int, int], opacity: float = 1.0) -> None:
    """Lay a colour over the canvas, in place, where the mask says; left and top in `spot`."""
    x0, y0 = max(0, spot[0]), max(0, spot[1])
    under = canvas[y0 : max(0, spot[1] + mask.shape[0]), x0 : max(0, spot[0] + mask.shape[1])]
    if not under.size:
        return
    part = mask[y0 - spot[1] :, x0 - spot[0] :][: under.shape[0], : under.shape[1]]
    weight = cv2.merge([part] * 3).astype(np.float32) * (opacity / 255)
    ink = np.asarray(colour, dtype=np.float32)
    under[:] = under + (ink - under) * weight + 0.5


@lru_cache(maxsize=1024)
def text_mask(text: str, text_px: int) -> Mask:
    """Mask of one line, `text_px` high with room for the letters that reach below the line."""
    height = text_px * _SMOOTH
    thickness = max(1, round(height / 14))
    scale = cv2.getFontScaleFromHeight(_FONT, round(0.62 * height), thickness)
    (width, _), _ = cv2.getTextSize(text, _FONT, scale, thickness)
    mask = np.zeros((height, -(-width // _SMOOTH) * _SMOOTH), dtype=np.uint8)
    cv2.putText(mask, text, (0, round(0.74 * height)), _FONT, scale, 255, thickness, cv2.LINE_AA)
    return _shrink(mask)


@lru_cache(maxsize=1024)
def rounded_mask(width: int, height: int, radius: int) -> Mask:
    """Mask of a filled rectangle with round corners; sizes in pixels."""
    mask = np.zeros((height * _SMOOTH, width * _SMOOTH), dtype=np.uint8)
    box = (0.0, 0.0, float(width * _SMOOTH - 1), float(height * _SMOOTH - 1))
    cv2.fillPoly(mask, [rounded_outline(box, radius * _SMOOTH)], 255, shift=SHIFT)
    return _shrink(mask)


@lru_cache(maxsize=64)
def person_mask(side_px: int) -> Mask:
    """Mask of a square sign of head and shoulders: what is meant for this very person."""
    side = side_px * _SMOOTH
    mask = np.zeros((side, side), dtype=np.uint8)
    cv2.circle(mask, (side // 2, round(0.29 * side)), round(0.21 * side), 255, -1)
    shoulders = (round(0.4 * side), round(0.4 * side))
    cv2.ellipse(mask, (side // 2, round(0.98 * side)), shoulders, 0, 180, 360, 255, -1)
    return _shrink(mask)


def rounded_outline(box_xyxy: Box, radius: float) -> NDArray[np.int32]:
    """(32, 2) int32: corners of a polygon, in pixels times 2 ** SHIFT."""
    x0, y0, x1, y1 = box_xyxy
    left, top, right, bottom = x0 + radius, y0 + radius, x1 - radius, y1 - radius
    centres = np.array([(right, bottom), (left, bottom), (left, top), (right, top)])
    quarters = np.arange(4)[:, None] * np.pi / 2
    angles = quarters + np.linspace(0, np.pi / 2, 8)
    points = centres[:, None] + radius * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    return np.asarray(np.round(points.reshape(-1, 2) * 2**SHIFT), dtype=np.int32)


def _shrink(mask: Mask) -> Mask:
    size = (mask.shape[1] // _SMOOTH, mask.shape[0] // _SMOOTH)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
