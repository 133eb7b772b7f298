"""What a face looks like, in a few numbers: enough to tell two people in one room apart for a second."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.types import Crops

CELLS = 8
"""A portrait is a grid of so many by so many mean greys."""

MARGIN = 0.15
"""Share of the crop that is left out at each edge: hair and background."""

Portrait: TypeAlias = NDArray[np.float32]
"""(64,) float32 of mean 0 and length 1, or all 0 for a blank face."""


def portraits(crops: Crops) -> NDArray[np.float32]:
    """(N, 64) float32, a portrait a row, of (N, S, S) uint8 grey crops.

    Mean and contrast are taken out, so that the light in the room does not count.
    """
    found = np.zeros((len(crops), CELLS * CELLS), dtype=np.float32)
    edge = round(crops.shape[-1] * MARGIN)
    for row, crop in enumerate(crops):
        inner = crop[edge : len(crop) - edge, edge : len(crop) - edge]
        small = cv2.resize(inner, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
        found[row] = unit(small - small.mean())
    return found


def unit(portrait: NDArray[np.float32]) -> Portrait:
    """The same at length 1; what is blank stays 0."""
    length = float(np.linalg.norm(portrait))
    return portrait / np.float32(length) if length > 1e-3 else np.zeros_like(portrait)


def likeness(a: Portrait, b: Portrait) -> float:
    """Correlation of two faces' greys, -1 to 1."""
    return float(a @ b)
