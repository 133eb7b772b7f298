"""Filled curves with soft edges: the brush that the drawn face is painted with.

Points are in face units: x to the right of the picture, y down, (0, 0) between the pupils, the pupils at
x = -0.33 and 0.33, the chin at about y = 1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Points: TypeAlias = Sequence[tuple[float, float]]
Colour: TypeAlias = tuple[float, float, float]
"""Blue, green, red in [0, 255]."""

_SHIFT = 4
"""Polygon corners are handed to OpenCV in sixteenths of a pixel, so that slow movement does not jerk."""

_LEAST_BLUR_PX = 0.7
"""A narrower blur does not show: edges are antialiased anyway."""


def smooth(points: Points, closed: bool = False, steps: int = 8) -> Floats:
    """(N, 2) points of a Catmull-Rom curve through the given ones."""
    knots = np.asarray(points, dtype=np.float32)
    before, after = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    p = np.concatenate([before, knots, after])
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3)
    line = curve.reshape(-1, 2)
    return line if closed else np.concatenate([line, knots[-1:]])


def symmetric(half: Points) -> Floats:
    """Closed outline through the points of the right half, top to bottom, and their mirror images.

    The first and the last point lie on the middle line.
    """
    return smooth([*half, *((-x, y) for x, y in half[-2:0:-1])], closed=True)


def as_line(x: NDArray[Any], y: NDArray[Any]) -> Floats:
    """(N, 2) points out of N xs and N ys."""
    return np.stack([x, y], axis=1).astype(np.float32)


def ribbon(line: Floats, widths: Sequence[float]) -> Floats:
    """Outline of a stroke along the line, as wide as `widths`, which are spread evenly over its length."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-6
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    width = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(widths)), widths)[:, None] / 2
    return np.concatenate([line + across * width, (line - across * width)[::-1]]).astype(np.float32)


def ellipse(x: float, y: float, rx: float, ry: float) -> Floats:
    """Outline of an upright ellipse."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return as_line(x + rx * np.cos(turn), y + ry * np.sin(turn))


def mirrored(outline: Floats, side: float) -> Floats:
    """The outline itself for side 1, its mirror image at the face's middle for side -1."""
    return outline * np.asarray([side, 1], dtype=np.float32)


def moved(outline: Floats, x: float, y: float) -> Floats:
    """The outline moved by x to the right and y down."""
    return outline + np.asarray([x, y], dtype=np.float32)


@dataclass(frozen=True)
class Canvas:
    """A picture in float32, HxWx3 BGR in [0, 255], and where face units lie on it.

    to_px: 2x3 matrix that takes a point in face units to pixels.
    """

    pixels: Floats
    to_px: Floats

    @property
    def unit_px(self) -> float:
        """Pixels in one face unit."""
        return float(np.hypot(self.to_px[0, 0], self.to_px[1, 0]))

    def fill(
        self,
        outline: Floats,
        colour: Colour,
        opacity: float = 1.0,
        soft: float = 0.0,
        within: Floats | None = None,
    ) -> None:
        """Paint the inside of a closed outline; `soft` blurs its edge (face units), `within` clips it."""
        if opacity <= 0:
            return
        blur_px = soft * self.unit_px
        corners = self._place(outline)
        x0, y0, x1, y1 = bounds = self._bounds(corners, margin_px=3 * blur_px + 2)
        if x0 >= x1 or y0 >= y1:
            return
        mask: NDArray[Any] = _mask(corners, bounds)
        if blur_px > _LEAST_BLUR_PX:
            mask = cv2.GaussianBlur(mask, (0, 0), blur_px)
        if within is not None:
            mask = cv2.multiply(mask, _mask(self._place(within), bounds), scale=1 / 255)
        patch = self.pixels[y0:y1, x0:x1]
        cover = cv2.merge([mask] * 3).astype(np.float32) * (opacity / 255)
        patch += (np.asarray(colour, dtype=np.float32) - patch) * cover

    def stroke(
        self,
        points: Points,
        widths: Sequence[float],
        colour: Colour,
        opacity: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """Paint a smooth line through the points that swells and tapers by `widths` (face units)."""
        self.fill(ribbon(smooth(points), widths), colour, opacity, soft)

    def light(self, shade: Floats, step: float, corner: tuple[float, float], outline: Floats) -> None:
        """Multiply what lies inside the outline by a map of light.

        shade: (rows, columns, 3), 1 leaves a pixel as it is; its samples are `step` face units apart, the
        first one lies at `corner`.
        """
        place = np.vstack([self.to_px, [0, 0, 1]]) @ [[step, 0, corner[0]], [0, step, corner[1]], [0, 0, 1]]
        x0, y0, x1, y1 = bounds = self._bounds(self._place(outline), margin_px=2)
        place[:2, 2] -= x0, y0
        lit = cv2.warpAffine(
            shade, place[:2], (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR, borderValue=(1, 1, 1)
        )
        patch = self.pixels[y0:y1, x0:x1]
        patch *= 1 + (lit - 1) * (_mask(self._place(outline), bounds).astype(np.float32) / 255)[..., None]

    def _place(self, outline: Floats) -> Floats:
        return np.asarray(outline @ self.to_px[:, :2].T + self.to_px[:, 2], dtype=np.float32)

    def _bounds(self, corners: Floats, margin_px: float) -> tuple[int, int, int, int]:
        height, width = self.pixels.shape[:2]
        low = np.floor(corners.min(axis=0) - margin_px).astype(int)
        high = np.ceil(corners.max(axis=0) + margin_px).astype(int)
        return max(0, int(low[0])), max(0, int(low[1])), min(width, int(high[0])), min(height, int(high[1]))


def _mask(corners: Floats, bounds: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = bounds
    mask = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
    fixed = np.round((corners - np.asarray([x0, y0])) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=_SHIFT)
    return mask
