"""emotiefflib: the network of its example. It finds no faces, so it is measured on crops alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
from emotiefflib.facial_analysis import EmotiEffLibRecognizer
from serving import Image, Row, downloaded, serve

NETWORK = "enet_b0_8_best_vgaf"


class Emotiefflib:
    def __init__(self) -> None:
        self._recognizer = downloaded(lambda: EmotiEffLibRecognizer(engine="onnx", model_name=NETWORK))
        self.classes = list(self._recognizer.idx_to_emotion_class.values())

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        faces = [cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in images]
        scores: Iterable[Row] = self._recognizer.predict_emotions(faces, logits=False)[1]
        return scores


serve(Emotiefflib)
