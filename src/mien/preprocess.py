"""From a picture to what the network reads. Training and runtime call the same functions.

The network's own input is a square grey crop of `size` pixels, uint8; scaling and normalising are part of the
exported graph, so nothing here touches the range of the values.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mien import boxes
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


def cut_faces(image: Image, faces: Sequence[Face], framing: Framing, size: int) -> Crops:
    """One crop a face: image HxWx3 uint8 BGR; returns (N, size, size) uint8 grey in [0, 255]."""
    crops = np.empty((len(faces), size, size), dtype=np.uint8)
    for row, face in enumerate(faces):
        crops[row] = grey_square(cut_square(image, boxes.square(face.box_xyxy, framing)), size)
    return crops
