"""Score a detector on labelled pictures, the runtime's way: the same `detect` that a user's pictures meet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from mien.detector import FaceDetector, HaarDetector, YuNetDetector
from mien.detector.decode import POINTS, Detections
from mien.detector.onnx_face import OnnxFaceDetector
from mien.detector.yunet import YUNET_MIN_SCORE
from mien.files import write_text
from mien.options import DetectorOptions
from mien.train.detector.labels import LabelledPicture
from mien.train.detector.scores import LEAST_SCORE, BandScore, Matches, join, match, score_bands
from mien.train.detector.sources import PictureFiles
from mien.train.reading import Progress, unwatched
from mien.types import Face

EVERY_FACE = DetectorOptions(min_score=LEAST_SCORE, min_face_px=8)
"""A curve needs the doubtful faces too, and the small ones are counted by themselves."""


@dataclass(frozen=True)
class Contender:
    """A detector that reports all it sees, and the score from which it is believed in use."""

    detector: FaceDetector
    used_score: float

    @classmethod
    def mien(cls, model: Path, threads: int = 1) -> Contender:
        """mien's own, from a file that `mien export-detector` wrote."""
        detector = OnnxFaceDetector(model, EVERY_FACE, threads=threads)
        return cls(detector, detector.spec.min_score)

    @classmethod
    def yunet(cls, model: Path) -> Contender:
        """YuNet, from its file."""
        return cls(YuNetDetector(model, EVERY_FACE), YUNET_MIN_SCORE)

    @classmethod
    def haar(cls) -> Contender:
        """Haar, whose scores have no threshold."""
        return cls(HaarDetector(EVERY_FACE), 0.0)


@dataclass(frozen=True)
class DetectorScore:
    """One detector on so many pictures; `bands` by name of `scores.BANDS`, median_ms a picture."""

    name: str
    pictures: int
    used_score: float
    median_ms: float
    bands: dict[str, BandScore]

    def as_record(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {
            "detector": self.name,
            "pictures": self.pictures,
            "used_score": round(self.used_score, 4),
            "median_ms": round(self.median_ms, 3),
            "bands": {name: band.as_record() for name, band in self.bands.items()},
        }


@dataclass(frozen=True, eq=False)
class Looked:
    """What a detector of that name found in so many pictures, and the milliseconds that one took, median."""

    name: str
    pictures: int
    median_ms: float
    matches: Matches

    def score(self, used_score: float) -> DetectorScore:
        """How good that is, if the detector is used with this threshold."""
        bands = score_bands(self.matches, self.pictures, used_score)
        return DetectorScore(self.name, self.pictures, used_score, self.median_ms, bands)


def evaluate(
    contender: Contender, pictures: Sequence[LabelledPicture], progress: Progress = unwatched
) -> DetectorScore:
    """Run a detector over the pictures; SourceError names one that cannot be read."""
    return look(contender.detector, pictures, progress).score(contender.used_score)


def look(
    detector: FaceDetector, pictures: Sequence[LabelledPicture], progress: Progress = unwatched
) -> Looked:
    """As `evaluate`, for a threshold that is not known yet."""
    files = PictureFiles(pictures)
    matches, times = [], []
    for row in range(len(files)):
        progress(row, len(files))
        sample = files.read(row)
        began = perf_counter()
        faces = detector.detect(sample.image)
        times.append(perf_counter() - began)
        matches.append(match(as_detections(faces), sample.labels, max(sample.image.shape[:2])))
    progress(len(files), len(files))
    return Looked(detector.name, len(files), float(np.median(times)) * 1e3, join(matches))


def as_detections(faces: Sequence[Face]) -> Detections:
    """Faces as arrays; landmarks that a detector does not give are NaN."""
    unknown = ((float("nan"),) * 2,) * POINTS
    return Detections(
        np.asarray([face.box_xyxy for face in faces], dtype=np.float32).reshape(-1, 4),
        np.asarray([face.score for face in faces], dtype=np.float32),
        np.asarray([face.landmarks_xy or unknown for face in faces], dtype=np.float32).reshape(-1, POINTS, 2),
    )


def write_record(origin: dict[str, Any], scores: Sequence[DetectorScore], path: Path) -> None:
    """Write everything as JSON."""
    record = {**origin, "detectors": [score.as_record() for score in scores]}
    write_text(path, json.dumps(record, indent=2, allow_nan=False) + "\n")
