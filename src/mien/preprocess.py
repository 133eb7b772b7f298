"""From a picture to what the network reads. Training and runtime call the same functions.

The network's own input is a square grey crop of `size` pixels, uint8; scaling and normalising are part of the
exported graph, so nothing here touches the range of the values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from mien import boxes
from mien.landmarks import eye_distance, tilt_deg
from mien.options import Framing
from mien.types import Box, Crops, Face, Grey, Image


def grey_square(image: Image | Grey, size: int) -> Grey:
    """One crop as the network reads it.

    image: HxW grey or HxWx3 BGR, uint8, already cut around a face; a crop that is not square is stretched.
    Returns (size, size) uint8 grey in [0, 255]. Shrinking averages over the area, growing is bilinear.
    """
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if grey.shape == (size, size):
        return np.ascontiguousarray(grey)
    shrinking = min(grey.shape) >= size
    how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (size, size), interpolation=how), dtype=np.uint8)


def cut_square(image: Image, square_xyxy: Box) -> Image:
    """The pixels under a square, edge pixels repeated where it reaches over the picture.

    image: HxWx3 uint8 BGR. Returns SxSx3 uint8, S the rounded side and at least 1.
    """
    height, width = image.shape[:2]
    side = max(1, round(square_xyxy[2] - square_xyxy[0]))
    left, top = round(square_xyxy[0]), round(square_xyxy[1])
    x0, x1 = min(max(left, 0), width - 1), min(max(left + side, 1), width)
    y0, y1 = min(max(top, 0), height - 1), min(max(top + side, 1), height)
    inside = image[y0:y1, x0:x1]
    pads = (
        max(0, y0 - top),
        max(0, top + side - y1),
        max(0, x0 - left),
        max(0, left + side - x1),
    )
    if not any(pads):
        return inside
    grown = cv2.copyMakeBorder(inside, *pads, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(grown[:side, :side], dtype=np.uint8)


def cut_turned(image: Image, square_xyxy: Box, pivot_xy: tuple[float, float], tilt: float, size: int) -> Grey:
    """What is under a square that is turned about a pivot, brought upright.

    image: HxWx3 uint8 BGR; edge pixels are repeated where the square reaches over it. tilt: in degrees,
    clockwise as one looks at the picture. Returns (size, size) uint8 grey in [0, 255]: each pixel is the mean
    of samples that lie at most a pixel of the picture apart, so that fine detail gives no false patterns.
    """
    cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    turn, pivot = np.array([[cos, -sin], [sin, cos]]), np.array(pivot_xy)
    side = square_xyxy[2] - square_xyxy[0]
    middle = pivot + turn @ (np.array(boxes.centre(square_xyxy)) - pivot)
    # A pixel more on each side, since samples lie between pixels.
    reach = math.ceil(side * (abs(cos) + abs(sin))) + 3
    corner = np.round(middle - reach / 2)
    around = cv2.cvtColor(cut_square(image, (*corner, *(corner + reach))), cv2.COLOR_BGR2GRAY)
    samples = size * max(1, math.ceil(side / size))
    step = side / samples
    first = middle - corner - turn @ np.full(2, (side - step) / 2) - 0.5
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    upright = cv2.warpAffine(around, np.column_stack([turn * step, first]), (samples, samples), flags=how)
    return grey_square(np.asarray(upright, dtype=np.uint8), size)


def tilt_to_undo(face: Face, framing: Framing) -> float:
    """By how many degrees a face's square is turned: 0 without `framing.level`, landmarks, or a sure tilt."""
    points = face.landmarks_xy
    if not framing.level or points is None:
        return 0.0
    if eye_distance(points) < framing.min_eyes * boxes.longer_side(face.box_xyxy):
        return 0.0
    return min(max(tilt_deg(points), -framing.max_tilt_deg), framing.max_tilt_deg)


def cut_face(image: Image, face: Face, framing: Framing, size: int) -> Grey:
    """The crop of one face: image HxWx3 uint8 BGR; returns (size, size) uint8 grey in [0, 255]."""
    square = boxes.square(face.box_xyxy, framing)
    tilt = tilt_to_undo(face, framing)
    if tilt:
        return cut_turned(image, square, boxes.centre(face.box_xyxy), tilt, size)
    return grey_square(cut_square(image, square), size)


def cut_faces(image: Image, faces: Sequence[Face], framing: Framing, size: int) -> Crops:
    """One crop a face: image HxWx3 uint8 BGR; returns (N, size, size) uint8 grey in [0, 255]."""
    crops = np.empty((len(faces), size, size), dtype=np.uint8)
    for row, face in enumerate(faces):
        crops[row] = cut_face(image, face, framing, size)
    return crops
