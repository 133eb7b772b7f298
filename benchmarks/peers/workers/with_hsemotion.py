"""hsemotion-onnx: its default network. It finds no faces, so it is measured on crops alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
from hsemotion_onnx.facial_emotions import HSEmotionRecognizer
from serving import Image, Row, downloaded, serve


class Hsemotion:
    def __init__(self) -> None:
        self._recognizer = downloaded(HSEmotionRecognizer)
        self.classes = list(self._recognizer.idx_to_class.values())

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        faces = [cv2.cvtColor(image, cv2.COLOR_BGR2RGB) for image in images]
        scores: Iterable[Row] = self._recognizer.predict_multi_emotions(faces, logits=False)[1]
        return scores


serve(Hsemotion)
