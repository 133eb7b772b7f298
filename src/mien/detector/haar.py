"""OpenCV's Haar cascade: in the OpenCV wheel already, works with nothing else."""

from __future__ import annotations

import math
from pathlib import Path
from threading import Lock

import cv2

from mien.detector.looks import Look, choose, close_look, sharp_look
from mien.errors import ModelError
from mien.options import DetectorOptions, Framing
from mien.types import Face, Image

HAAR_FRAMING = Framing(scale=0.9, lift=-0.1)
"""Measured by `benchmarks/framing.py`: the result is in `benchmarks/framing.md`."""

_CASCADE = "haarcascade_frontalface_default.xml"


class HaarDetector:
    """Upright, frontal faces in grey; a box is square and holds brows to mouth."""

    name = "haar"

    def __init__(self, options: DetectorOptions | None = None, framing: Framing = HAAR_FRAMING) -> None:
        """Reads the cascade out of the OpenCV wheel; ModelError where this OpenCV has none (5 and later)."""
        self.framing = framing
        self._options = options or DetectorOptions()
        self._cascade = _load_cascade()
        self._lock = Lock()  # The cascade keeps state while it looks; one detector may serve several streams.

    def detect(self, image: Image) -> list[Face]:
        """See `FaceDetector.detect`. `score` grows with the cascade's weight but is no probability."""
        options = self._options
        with self._lock:
            found = self._look(sharp_look(image, options), options.haar_step)
            found += self._look(close_look(image, options), options.haar_close_up_step)
        return choose(found, image, options)

    def _look(self, look: Look, step: float) -> list[Face]:
        least = max(1, int(self._options.min_face_px * look.factor))
        rectangles, _, weights = self._cascade.detectMultiScale3(
            cv2.cvtColor(look.image, cv2.COLOR_BGR2GRAY),
            scaleFactor=step,
            minNeighbors=self._options.haar_neighbours,
            minSize=(least, least),
            outputRejectLevels=True,
        )
        return [
            look.face(Face((float(x), float(y), float(x + width), float(y + height)), _score(float(weight))))
            for (x, y, width, height), weight in zip(rectangles, weights, strict=True)
        ]


def _score(weight: float) -> float:
    """The cascade's weight, a sum of votes that may have any value, squeezed to [0, 1]."""
    return 1 - math.exp(-max(0.0, weight) / 2)


def _load_cascade() -> cv2.CascadeClassifier:
    # OpenCV 5 has no such class.
    if not hasattr(cv2, "CascadeClassifier"):
        raise ModelError(
            f"OpenCV {cv2.__version__} has no Haar cascades: expected OpenCV 4, or use the detector mien"
        )
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
    if cascade.empty():
        raise ModelError(f"{_CASCADE} is missing from the OpenCV package: install opencv-python 4 again")
    return cascade
