"""Pictures that all have to have one size."""

from __future__ import annotations

import cv2
import numpy as np

from mien.types import Image


def letterboxed(image: Image, size: tuple[int, int]) -> Image:
    """The picture scaled into width x height, in the middle of black."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    share = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * share)), max(1, round(height * share)))
    fitted = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    fitted[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=cv2.INTER_AREA
    )
    return fitted
