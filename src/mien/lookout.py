"""Where a stream's faces are: a full look now and then, and glances as sharp as known faces need."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mien import boxes
from mien.detector import FaceDetector, GlancingDetector
from mien.options import LookoutOptions
from mien.types import Face, Image


class Lookout:
    """Finds the faces of one stream, at a scale that follows their size.

    A glance at each frame finds known faces again, and a full look now and then those who are new. Where a
    glance misses a face the detector looks fully at the same frame, so that nobody is lost to it, and there
    are no glances for a while. Known faces are placed by the glance even where there is a full look: a face
    lies a little differently at each scale, and would tremble.
    """

    def __init__(self, detector: FaceDetector, options: LookoutOptions | None = None) -> None:
        self.detector = detector
        self._options = options or LookoutOptions()
        self._glancing = detector if isinstance(detector, GlancingDetector) and self._options.full_s else None
        self._known: list[Face] = []
        self._looked_s = -math.inf
        self._trusts_glances = False
        self._least_px = 0.0

    def find(self, image: Image, timestamp_s: float) -> list[Face]:
        """The faces of one frame, as `FaceDetector.detect` gives them.

        image: HxWx3 uint8 BGR. timestamp_s: seconds; after a jump backwards it looks fully.
        """
        is_soon = 0 <= timestamp_s - self._looked_s < self._options.full_s
        if not is_soon:
            self._looked_s, self._trusts_glances = timestamp_s, True
        again = self._glance(image) if self._trusts_glances else None
        if again is None or not is_soon:
            again = self._look(image, again or [])
            self._trusts_glances = not is_soon
        self._known = again
        return again

    def _look(self, image: Image, again: Sequence[Face]) -> list[Face]:
        """All faces there are, those that a glance found again where that placed them."""
        faces = self.detector.detect(image)
        return [self._same(face, again) or face for face in faces]

    def _glance(self, image: Image) -> list[Face] | None:
        """The known faces where they are by now, largest first; None if it takes a full look."""
        if not self._known or self._glancing is None:
            return None
        found = self._glancing.glance(image, self._steady_px()) or ()
        again = [self._same(face, found) for face in self._known]
        seen = [face for face in found if face in again]
        return seen if len(seen) == len(self._known) else None

    def _steady_px(self) -> float:
        """The size of the smallest known face, the same as before while that does: so glances are alike."""
        now_px = min(boxes.longer_side(face.box_xyxy) for face in self._known)
        if not 1 / self._options.steady <= now_px / max(self._least_px, 1.0) <= self._options.steady:
            self._least_px = now_px
        return self._least_px

    def _same(self, face: Face, others: Sequence[Face]) -> Face | None:
        """The one that lies best on a face, if it lies there at all."""
        best = max(others, key=lambda other: boxes.iou(other.box_xyxy, face.box_xyxy), default=None)
        if best is None or boxes.iou(best.box_xyxy, face.box_xyxy) < self._options.same_iou:
            return None
        return best
