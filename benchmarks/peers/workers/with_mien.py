"""mien as it is installed: a crop to its classifier, a photograph as `mien predict` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from serving import Faces, Image, Row, area_of, serve

from mien.pipeline import build_pipeline, load_models
from mien.preprocess import grey_square
from mien.types import LABELS, Crops, Frame, FrameResult

FPS = 30.0


class Mien:
    classes = LABELS

    def __init__(self) -> None:
        self._models = load_models()
        self._stream = build_pipeline(self._models)
        self._seen = 0

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        return self._models.classifier.classify(self._crops(images))

    def classify_as_labelled(self, images: Sequence[Image]) -> Iterable[Row]:
        return self._models.classifier.read(self._crops(images)).label

    def _crops(self, images: Sequence[Image]) -> Crops:
        greys = [np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in images]
        return np.stack([grey_square(grey, self._models.classifier.input_px) for grey in greys])

    def find(self, image: Image) -> Faces:
        return _faces(build_pipeline(self._models).process(Frame(0, 0.0, image)))

    def watch(self, images: Sequence[Image]) -> Iterable[Faces]:
        first, self._seen = self._seen, self._seen + len(images)
        frames = (Frame(number, number / FPS, image) for number, image in enumerate(images, first))
        return (_faces(result) for _, result in self._stream.watch(frames))


def _faces(result: FrameResult) -> Faces:
    """Area and probabilities of each face."""
    found = []
    for face in result.faces:
        x0, y0, x1, y1 = face.box_xyxy
        found.append((area_of(x1 - x0, y1 - y0), face.probs))
    return found


serve(Mien)
