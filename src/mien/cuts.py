"""Where a recording goes on with another scene."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.types import Image

SIZE = (16, 12)
"""Width and height of the few mean greys that a frame is compared by."""

SAMPLES = 120
"""About so many rows or columns of the shorter side are looked at: the mean over all takes long."""

SAME_SCENE = 0.6
"""Correlation of two frames' greys from which on they show one scene.

A camera that shakes or light that fades leave more. Where a cut is seen that is none, little is lost: who is
still there looks as before.
"""


class SceneCuts:
    """Compares each frame of a stream with the one before."""

    def __init__(self) -> None:
        self._last: NDArray[np.float32] | None = None

    def is_cut(self, image: Image) -> bool:
        """Whether this frame, HxWx3 uint8 BGR, shows another scene than the last; a blank one shows none."""
        now = _greys(image)
        if now is None:
            return False
        last, self._last = self._last, now
        return last is not None and float(now @ last) < SAME_SCENE


def _greys(image: Image) -> NDArray[np.float32] | None:
    """(192,) float32 of mean 0 and length 1; None where all is alike."""
    step = max(1, min(image.shape[:2]) // SAMPLES)
    grey = cv2.cvtColor(image[::step, ::step], cv2.COLOR_BGR2GRAY)
    few = cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    few -= few.mean()
    length = float(np.linalg.norm(few))
    return few / np.float32(length) if length > 1.0 else None
