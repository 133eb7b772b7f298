"""deepface: `analyze` of the emotion alone, with its default face finder; a crop goes in with none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from serving import Faces, Image, Row, area_of, downloaded, serve


class Deepface:
    classes = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

    def __init__(self) -> None:
        # What it prints when it is imported must not come between the answers.
        from deepface import DeepFace  # noqa: PLC0415
        from deepface.modules import modeling  # noqa: PLC0415

        self._analyze_all = DeepFace.analyze
        downloaded(lambda: modeling.build_model(task="facial_attribute", model_name="Emotion"))

    def classify(self, images: Sequence[Image]) -> Iterable[Row]:
        return [
            self._analyze(image, detector_backend="skip", enforce_detection=False)[0][1] for image in images
        ]

    def find(self, image: Image) -> Faces:
        try:
            return self._analyze(image)
        except ValueError:  # its way of saying that there is no face
            return []

    def watch(self, images: Sequence[Image]) -> Iterable[Faces]:
        return map(self.find, images)

    def _analyze(self, image: Image, **how: object) -> Faces:
        found = self._analyze_all(image, actions=["emotion"], silent=True, **how)
        return [
            (
                area_of(face["region"]["w"], face["region"]["h"]),
                [face["emotion"][name] for name in self.classes],
            )
            for face in found
        ]


serve(Deepface)
