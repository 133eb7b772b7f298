"""How well a face can be seen: its size, sharpness, light, tilt and turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from mien import boxes
from mien.landmarks import tilt_deg, turn
from mien.types import Box, Face, Grey, Image, Quality, TrackedFace

SIDE_PX = 48
"""Faces are looked at in this size: the network learned from faces of 48 pixels, finer detail is lost
on it."""


def measure(image: Image, face: Face | TrackedFace) -> Quality:
    """How well a face of a picture can be seen.

    image: HxWx3 uint8 BGR. The part of the box within the picture counts; a face outside is dark and blurred.
    """
    x0, y0, x1, y1 = face.box_xyxy
    size_px = max(x1 - x0, y1 - y0)
    seen = _grey_inside(image, face.box_xyxy)
    sharp, light = (sharpness(seen), float(seen.mean()) / 255) if seen is not None else (0.0, 0.0)
    points = face.landmarks_xy
    if points is None:
        return Quality(size_px, sharp, light)
    return Quality(size_px, sharp, light, tilt_deg(points), turn(points))


def rate(image: Image, faces: Sequence[TrackedFace]) -> list[TrackedFace]:
    """The faces of one picture, in the order given, each with its quality."""
    return [replace(face, quality=measure(image, face)) for face in faces]


def sharpness(grey: Grey) -> float:
    """How much fine detail a face holds, in [0, 1): 0 is blank or fully blurred, noise comes near 1.

    grey: SxS uint8 in [0, 255]. The variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in
    brightfield microscopy", 2000) over that of the picture itself, so that light and contrast cancel out; the
    ratio r is told as r / (1 + r). Laplacian: 4 neighbours.
    """
    spread = _variance(grey)
    if spread < 1.0:
        return 0.0
    ratio = _variance(cv2.Laplacian(grey, cv2.CV_32F)) / spread
    return ratio / (1 + ratio)


def _variance(values: cv2.typing.MatLike) -> float:
    """Of one plane; NumPy takes several times as long on so few."""
    deviation = float(cv2.meanStdDev(values)[1][0, 0])
    return deviation**2


def _grey_inside(image: Image, box_xyxy: Box) -> Grey | None:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = (round(value) for value in boxes.clip(box_xyxy, width, height))
    if x1 <= x0 or y1 <= y0:
        return None
    # Shrinking three planes costs less than turning a large face grey first.
    small = cv2.resize(image[y0:y1, x0:x1], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
