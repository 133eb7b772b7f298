"""mien's own face detector, in ONNX Runtime: one small file, faces of any tilt, five landmarks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.detector.closer import UNSEEN, closer_look, doubtful, weigh
from mien.detector.decode import STRIDES, Detections, as_scores, decode
from mien.detector.face_spec import INPUT, OUTPUT, FaceModelSpec
from mien.detector.looks import Look, choose, distinct, take_look
from mien.model_session import open_session
from mien.options import DetectorOptions, Framing
from mien.types import Face, Image

FILL = 114
"""Grey that fills the input up to a multiple of 32 pixels, to the right and below."""

SHIPPED_FACE_MODEL = Path(__file__).parents[1] / "assets" / "face.onnx"


class OnnxFaceDetector:
    """Faces from the model's smallest size on, turned or tilted too; a box holds brow to chin.

    It keeps no state between calls, so streams may share it.
    """

    name = "mien"

    def __init__(
        self,
        model_path: Path | None = None,
        options: DetectorOptions | None = None,
        framing: Framing | None = None,
        *,
        threads: int = 1,
    ) -> None:
        """model_path: a file that `mien export-detector` wrote, None is mien's own; framing: not the file's.

        Raises ModelError for a file that is missing, is not one of ours, or has been changed.
        """
        self.path = model_path or SHIPPED_FACE_MODEL
        self._session = open_session(self.path, threads)
        self.spec = FaceModelSpec.from_metadata(
            self._session.get_modelmeta().custom_metadata_map, f"model {self.path}"
        )
        self.framing = framing or self.spec.framing
        self._options = options or DetectorOptions()
        wanted = self._options.min_score
        self.min_score = self.spec.min_score if wanted is None else wanted

    def detect(self, image: Image) -> list[Face]:
        """See `FaceDetector.detect`. Landmarks are set."""
        long_side_px = max(image.shape[:2])
        sharp = take_look(image, self._sharp_px(long_side_px))
        close = take_look(image, self._options.own_close_up_px, enlarge=True)
        found = self._look(sharp, least_px=0.0)
        found += self._look(close, self._options.own_close_up_face * long_side_px)
        return self._settle(found, image)

    def glance(self, image: Image, least_px: float) -> list[Face] | None:
        """See `GlancingDetector.glance`: one look, only as large as the smallest of these faces needs."""
        long_side_px = max(image.shape[:2])
        needed = math.ceil(long_side_px * self._options.own_glance_px / max(least_px, 1.0))
        glance_px = max(needed + -needed % STRIDES[-1], self._options.own_close_up_px)
        full_px = min(self._sharp_px(long_side_px), long_side_px)
        if glance_px**2 > self._options.own_glance_gain * full_px**2:
            return None
        return self._settle(self._look(take_look(image, glance_px), least_px=0.0), image)

    def _settle(self, found: list[Face], image: Image) -> list[Face]:
        """The faces to report, after a closer look at those in doubt."""
        if self._options.own_closer_looks:
            found = self._reconsider(distinct(found, image, self._options), image)
        return choose((face for face in found if face.score >= self.min_score), image, self._options)

    def _sharp_px(self, long_side_px: int) -> int:
        """Long side at which the smallest wanted face is not too small for the model, as far as that goes."""
        needed = math.ceil(long_side_px * self.spec.smallest_px / self._options.min_face_px)
        usual = self._options.long_side_px
        return min(max(needed, usual), max(usual, self._options.own_largest_px))

    def _reconsider(self, faces: list[Face], image: Image) -> list[Face]:
        """The faces after a closer look at those in doubt."""
        unsure = doubtful(faces, self._options)
        if not unsure:
            return faces
        looks = [closer_look(image, face, self._options) for face in unsure]
        seen = self._read_all([look.image for look in looks], UNSEEN)
        weighed = [
            weigh(face, [look.face(each) for each in as_faces(found)])
            for face, look, found in zip(unsure, looks, seen, strict=True)
        ]
        return [face for face in faces if face not in unsure] + weighed

    def _look(self, look: Look, least_px: float) -> list[Face]:
        """Faces from a size on, longer side in pixels of the picture."""
        faces = (look.face(face) for face in as_faces(self.read(look.image)))
        return [face for face in faces if boxes.longer_side(face.box_xyxy) >= least_px]

    def read(self, image: Image) -> Detections:
        """What the network finds in one picture as it is, in its pixels; image: HxWx3 uint8 BGR.

        That includes faces in doubt, see `DetectorOptions`.
        """
        options = self._options
        least = min(self.min_score, options.own_doubt_least) if options.own_closer_looks else self.min_score
        return self._read_all([image], least)[0]

    def _read_all(self, images: Sequence[Image], least: float) -> list[Detections]:
        """The faces scored at least so in pictures of one size."""
        height, width = images[0].shape[:2]
        down, right = -height % STRIDES[-1], -width % STRIDES[-1]
        edges = (0, down, 0, right)
        filled = [cv2.copyMakeBorder(each, *edges, cv2.BORDER_CONSTANT, value=(FILL,) * 3) for each in images]
        planes = np.ascontiguousarray(np.stack(filled).transpose(0, 3, 1, 2))
        (answers,) = self._session.run([OUTPUT], {INPUT: planes})
        return [decode(raw, width + right, height + down, least) for raw in answers]

    def best_scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N,) float32, 0 to 1: the score of the surest face in each of N pictures, however low.

        images: (N, H, W, 3) uint8 BGR, H and W multiples of 32.
        """
        planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        (raw,) = self._session.run([OUTPUT], {INPUT: planes})
        return np.asarray(as_scores(raw[:, :, 0]).max(axis=1))


def as_faces(found: Detections) -> list[Face]:
    """The same as the rest of mien has them."""
    rows = zip(found.boxes_xyxy.tolist(), found.scores.tolist(), found.landmarks_xy.tolist(), strict=True)
    return [
        Face((x0, y0, x1, y1), score, tuple((x, y) for x, y in points))
        for (x0, y0, x1, y1), score, points in rows
    ]
