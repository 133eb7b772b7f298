"""mien's own face detector, in ONNX Runtime: one small file, faces of any tilt, five landmarks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from mien.detector.decode import STRIDES, Detections, decode
from mien.detector.face_spec import INPUT, OUTPUT, FaceModelSpec
from mien.detector.looks import Look, choose, close_look, sharp_look
from mien.model_session import open_session
from mien.options import DetectorOptions, Framing
from mien.types import Face, Image

FILL = 114
"""Grey that fills the input up to a multiple of 32 pixels, to the right and below."""


class OnnxFaceDetector:
    """Faces from the model's smallest size on, turned or tilted too; a box holds brow to chin.

    It keeps no state between calls, so streams may share it.
    """

    name = "mien"

    def __init__(
        self,
        model_path: Path,
        options: DetectorOptions | None = None,
        framing: Framing | None = None,
        *,
        min_score: float | None = None,
        threads: int = 1,
    ) -> None:
        """model_path: a file that `mien export-detector` wrote; framing, min_score: instead of its own.

        The model's own score takes the place of `options.min_score`, which is another detector's.
        Raises ModelError for a file that is missing, is not one of ours, or has been changed.
        """
        self._session = open_session(model_path, threads)
        self.spec = FaceModelSpec.from_metadata(
            self._session.get_modelmeta().custom_metadata_map, f"model {model_path}"
        )
        self.framing = framing or self.spec.framing
        self.min_score = self.spec.min_score if min_score is None else min_score
        self._options = options or DetectorOptions()

    def detect(self, image: Image) -> list[Face]:
        """See `FaceDetector.detect`. Landmarks are set."""
        found = self._look(sharp_look(image, self._scaled(max(image.shape[:2]))))
        found += self._look(close_look(image, self._options))
        return choose(found, image, self._options)

    def _scaled(self, long_side_px: int) -> DetectorOptions:
        """Options with which the smallest wanted face is as small in the look as the model can find it."""
        wanted = round(long_side_px * self.spec.smallest_px / self._options.min_face_px)
        return replace(self._options, long_side_px=int(np.clip(wanted, 64, self._options.long_side_px)))

    def _look(self, look: Look) -> list[Face]:
        return [look.face(face) for face in as_faces(self.read(look.image))]

    def read(self, image: Image) -> Detections:
        """What the network finds in one picture as it is, in its pixels; image: HxWx3 uint8 BGR."""
        height, width = image.shape[:2]
        down, right = -height % STRIDES[-1], -width % STRIDES[-1]
        filled = cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_CONSTANT, value=(FILL,) * 3)
        planes = np.ascontiguousarray(filled.transpose(2, 0, 1)[None])
        (raw,) = self._session.run([OUTPUT], {INPUT: planes})
        return decode(raw[0], width + right, height + down, self.min_score)


def as_faces(found: Detections) -> list[Face]:
    """The same as the rest of mien has them."""
    rows = zip(found.boxes_xyxy.tolist(), found.scores.tolist(), found.landmarks_xy.tolist(), strict=True)
    return [
        Face((x0, y0, x1, y1), score, tuple((x, y) for x, y in points))
        for (x0, y0, x1, y1), score, points in rows
    ]
