"""Two looks at a picture: a sharp one for small faces, a small one for faces that fill it.

Every detector needs the second: Haar finds no face that touches the edge of the picture, YuNet and mien's own
are less sure of those that are much larger than 300 pixels in what they are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np

from mien import boxes
from mien.options import DetectorOptions
from mien.types import Face, Image

_Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """A scaled copy of a picture, and the way back.

    image: HxWx3 uint8 BGR. `factor` is a length here over the same length in the picture, `border_px` the
    border around the copy, repeating its edge, in pixels of the copy. `corner_xy` is where in the picture the
    copy begins, in pixels of the picture.
    """

    image: Image
    factor: float
    border_px: int
    corner_xy: _Point = (0.0, 0.0)

    def face(self, face: Face) -> Face:
        """A face of this look in pixels of the picture."""
        (x0, y0), (x1, y1) = self._point(face.box_xyxy[:2]), self._point(face.box_xyxy[2:])
        points = face.landmarks_xy
        if points is not None:
            points = tuple(self._point(point) for point in points)
        return replace(face, box_xyxy=(x0, y0, x1, y1), landmarks_xy=points)

    def _point(self, point_xy: _Point) -> _Point:
        x, y = point_xy
        left, top = self.corner_xy
        return (x - self.border_px) / self.factor + left, (y - self.border_px) / self.factor + top


def take_look(image: Image, long_side_px: int, border: float = 0.0, *, enlarge: bool = False) -> Look:
    """The picture scaled down to a long side, with a border of this share of it all around.

    image: HxWx3 uint8 BGR of any size from 1x1. enlarge: whether a smaller picture is scaled up to it.
    """
    height, width = image.shape[:2]
    factor = long_side_px / max(height, width)
    if not enlarge:
        factor = min(1.0, factor)
    if factor != 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        image = shrunk(image, size) if factor < 1 else _bilinear(image, size)
    border_px = round(border * max(image.shape[:2]))
    if border_px:
        sides = (border_px,) * 4
        image = np.asarray(cv2.copyMakeBorder(image, *sides, cv2.BORDER_REPLICATE), dtype=np.uint8)
    return Look(image, factor, border_px)


def shrunk(image: Image, size: tuple[int, int]) -> Image:
    """The picture no larger than it is: means of whole blocks as far as they go, then bilinear.

    image: HxWx3 uint8 BGR. size: width, height, at most those of the picture. Means over any area cost five
    times as much, a fifth of a frame, and the detector finds the same: see `docs/performance.md`.
    """
    height, width = image.shape[:2]
    block = min(width // size[0], height // size[1])
    while block > 1:
        # Two steps over 2 x 2 pixels take OpenCV a third of the time of one over 4 x 4.
        step = 2 if block % 2 == 0 else block
        few = image.shape[1] // step, image.shape[0] // step
        image = np.asarray(cv2.resize(image, few, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        block //= step
    return _bilinear(image, size)


def _bilinear(image: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def sharp_look(image: Image, options: DetectorOptions) -> Look:
    """The look that finds small faces."""
    return take_look(image, options.long_side_px)


def close_look(image: Image, options: DetectorOptions) -> Look:
    """The look that finds faces that fill the picture."""
    return take_look(image, min(options.close_up_px, options.long_side_px), options.close_up_border)


def choose(faces: Iterable[Face], image: Image, options: DetectorOptions) -> list[Face]:
    """The faces to report, largest first: those that are `distinct`, and only so many."""
    kept = distinct(faces, image, options)
    return sorted(kept, key=lambda face: -boxes.area(face.box_xyxy))[: options.max_faces]


def distinct(faces: Iterable[Face], image: Image, options: DetectorOptions) -> list[Face]:
    """The faces that may be reported, the surest first.

    Left out are faces smaller than `options.min_face_px`, those whose middle is not in the picture, and of
    two that cover each other by more than `options.max_cover` of the smaller one the less certain.
    """
    height, width = image.shape[:2]
    seen = [face for face in faces if _is_wanted(face, width, height, options.min_face_px)]
    kept: list[Face] = []
    for face in sorted(seen, key=lambda face: -face.score):
        if all(boxes.cover(face.box_xyxy, other.box_xyxy) <= options.max_cover for other in kept):
            kept.append(face)
    return kept


def _is_wanted(face: Face, width: int, height: int, min_face_px: int) -> bool:
    x, y = boxes.centre(face.box_xyxy)
    inside = 0 <= x < width and 0 <= y < height
    return inside and boxes.longer_side(face.box_xyxy) >= min_face_px
