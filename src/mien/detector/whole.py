"""No detection: pictures that already are face crops."""

from __future__ import annotations

from mien.options import Framing
from mien.types import Face, Image


class WholePictureDetector:
    """Takes each picture for one face.

    The crop is the picture itself; one that is not square is made so by repeating its edge pixels, not by
    stretching, so that the face keeps its proportions.
    """

    name = "none"
    framing = Framing(scale=1.0, lift=0.0)

    def detect(self, image: Image) -> list[Face]:
        """One face with score 1, whose box is the picture. image: HxWx3 uint8 BGR."""
        height, width = image.shape[:2]
        return [Face((0.0, 0.0, float(width), float(height)), 1.0)]
