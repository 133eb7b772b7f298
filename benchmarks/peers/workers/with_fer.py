"""fer: its network for crops, `detect_emotions` for photographs and frames; `mtcnn`: its other face finder.

A crop goes to the network as `detect_emotions` prepares what it has cut: grey, 64 x 64, in [-1, 1]. Given to
`detect_emotions` itself, it would get a border that FER2013's crops were not made with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from fer.fer import FER
from serving import Faces, Image, Row, area_of, serve

INPUT_PX = 64


class Fer:
    classes = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

    def __init__(self) -> None:
        self._fer = FER(mtcnn="mtcnn" in sys.argv)

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        greys = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images]
        batch = np.stack([cv2.resize(grey, (INPUT_PX, INPUT_PX)) for grey in greys])
        return np.asarray(self._fer._classify_emotions((batch.astype(np.float32) / 255 - 0.5) * 2))

    def find(self, image: Image) -> Faces:
        try:
            found = self._fer.detect_emotions(image)
        except RuntimeError as error:
            # So facenet-pytorch's MTCNN ends where it has not a single candidate for a face.
            if "expected a non-empty list" not in str(error):
                raise
            return []
        return [
            (area_of(*face["box"][2:]), [face["emotions"][name] for name in self.classes]) for face in found
        ]

    def watch(self, images: Sequence[Image]) -> Iterable[Faces]:
        return map(self.find, images)


serve(Fer)
