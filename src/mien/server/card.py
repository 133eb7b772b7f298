"""The model card's numbers, and the model files themselves for a browser that runs them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mien.detector import OnnxFaceDetector
from mien.pipeline import Models
from mien.types import LABELS


@dataclass(frozen=True)
class ModelFile:
    """A model file as it was when the server started, so that file and hash stay together."""

    name: str
    data: bytes
    sha256: str

    @classmethod
    def read(cls, path: Path) -> ModelFile:
        data = path.read_bytes()
        return cls(path.name, data, hashlib.sha256(data).hexdigest())

    def as_record(self) -> dict[str, object]:
        """Name, hash and size."""
        return {"file": self.name, "sha256": self.sha256, "bytes": len(self.data)}


@dataclass(frozen=True)
class ModelCard:
    """What the models say about themselves, as JSON, and their files by the names they are served under."""

    record: dict[str, Any]
    files: dict[str, ModelFile]


def read_card(models: Models) -> ModelCard:
    """The card of opened models; a detector that is no file of mien's has no file to serve."""
    emotion = ModelFile.read(models.classifier.path)
    files = {"emotion.onnx": emotion}
    detector: dict[str, Any] = {"name": models.detector.name, "framing": asdict(models.detector.framing)}
    if isinstance(models.detector, OnnxFaceDetector):
        face = ModelFile.read(models.detector.path)
        files["face.onnx"] = face
        detector = {**face.as_record(), **asdict(models.detector.spec), **detector}
    # The rules that this server serves by may be others than the file's: --prior-share.
    spec = replace(models.classifier.spec, rules=models.classifier.rules)
    record = {
        "emotion": {**emotion.as_record(), **asdict(spec), "labels": list(LABELS)},
        "detector": detector,
        "files": {name.removesuffix(".onnx"): f"/v1/model/{name}" for name in files},
    }
    return ModelCard(record, files)
