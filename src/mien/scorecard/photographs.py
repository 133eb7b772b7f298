"""The whole path on labelled photographs of one face each: faces found, recall by class, time a photo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mien.detector import FaceDetector
from mien.errors import DataError
from mien.options import RuntimeOptions
from mien.pictures import read_picture
from mien.pipeline import Models, build_pipeline, load_models
from mien.scorecard.quantiles import p50_p95
from mien.train.reading import Progress, column_numbers, csv_rows, equal_part, unwatched
from mien.types import EMOTIONS, LABELS, Emotion, Frame, Image, TrackedFace

TURNED_DEG = 30.0
"""The photographs are also turned by so much to either side."""


@dataclass(frozen=True)
class Photo:
    """One photo, HxWx3 uint8 BGR, maybe turned, and what its label says."""

    image: Image
    label: Emotion


@dataclass(frozen=True)
class PhotoReading:
    """One photo and its faces as read (largest first), and how many milliseconds of one core that took."""

    photo: Photo
    faces: tuple[TrackedFace, ...]
    took_ms: float

    @property
    def right(self) -> bool:
        """Whether the largest face shows what the label says; not if no face was found."""
        return bool(self.faces) and self.faces[0].emotion is self.photo.label


@dataclass(frozen=True)
class PhotoScore:
    """One detector's way through all photos.

    one, none, several: in how many photos so many faces were found. recalls: by emotion the share read
    rightly, None for one that no photo is labelled with. took_ms: of each photo.
    """

    detector: str
    turned_deg: float
    one: int
    none: int
    several: int
    recalls: dict[str, float | None]
    accuracy: float
    took_ms: tuple[float, ...]

    @property
    def photos(self) -> int:
        """How many there were."""
        return self.one + self.none + self.several

    @property
    def mean_recall(self) -> float:
        """Over the emotions that photos are labelled with."""
        return float(np.mean([recall for recall in self.recalls.values() if recall is not None]))

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON, rounded to six digits."""
        recalls = {name: None if value is None else round(value, 6) for name, value in self.recalls.items()}
        return {
            "detector": self.detector,
            "turned_deg": self.turned_deg,
            "photos": self.photos,
            "one": self.one,
            "none": self.none,
            "several": self.several,
            "mean_recall": round(self.mean_recall, 6),
            "accuracy": round(self.accuracy, 6),
            "recalls": recalls,
            "ms": p50_p95(self.took_ms),
        }


def measure_photographs(
    model: Path | None,
    photos: Sequence[Photo],
    detectors: Sequence[FaceDetector],
    progress: Progress = unwatched,
) -> dict[str, Any]:
    """The photographs by each detector, and turned to either side by the first; plain values for JSON."""
    classifier = load_models("none", None, model).classifier
    ways = [(detector, 0.0) for detector in detectors]
    ways += [(detectors[0], TURNED_DEG), (detectors[0], -TURNED_DEG)]
    rows = []
    for number, (detector, turn_deg) in enumerate(ways):
        report = equal_part(progress, number, len(ways))
        readings = read_photos(photos, Models(detector, classifier), turn_deg, report)
        rows.append(score_photos(detector.name, turn_deg, readings).as_record())
    labels = [photo.label for photo in photos]
    return {"labelled": {emotion.value: labels.count(emotion) for emotion in EMOTIONS}, "rows": rows}


def read_labels(folder: Path, labels: Path) -> list[tuple[Path, Emotion]]:
    """Each photo's path and label; DataError names a bad row.

    labels: a CSV with the columns `file` and `emotion`.
    """
    rows = csv_rows(labels)
    columns = column_numbers(next(rows, []), ("file", "emotion"), labels)
    found = []
    for number, cells in enumerate(rows, start=2):
        name, emotion = (cells[column] if column < len(cells) else "" for column in columns)
        if not name or emotion not in LABELS:
            where = f"{labels}: row {number}: {','.join(cells)[:60]!r}"
            raise DataError(f"{where}: expected a file and one of {', '.join(LABELS)}")
        found.append((folder / name, Emotion(emotion)))
    if not found:
        raise DataError(f"{labels}: no photograph in there: expected rows of a file and an emotion")
    return found


def load_photos(folder: Path, labels: Path) -> list[Photo]:
    """The labelled photos; DataError or SourceError names the first that is not there or is no picture."""
    return [Photo(read_picture(path), label) for path, label in read_labels(folder, labels)]


def turned(image: Image, degrees: float) -> Image:
    """The picture turned clockwise about its middle, nothing cut off, its edge repeated around it."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1.0)
    cos, sin = np.abs(matrix[0, :2])
    size = round(width * cos + height * sin), round(width * sin + height * cos)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def read_photos(
    photos: Sequence[Photo], models: Models, turn_deg: float = 0.0, progress: Progress = unwatched
) -> list[PhotoReading]:
    """Each photo as `mien predict` reads it, with fresh tracker and smoother, maybe turned before."""
    options = RuntimeOptions()
    readings = []
    for number, photo in enumerate(photos, start=1):
        image = turned(photo.image, turn_deg) if turn_deg else photo.image
        # The process's own time: what else runs on the machine should not count.
        start_s = time.process_time()
        result = build_pipeline(models, options).process(Frame(0, 0.0, image))
        readings.append(PhotoReading(photo, result.faces, (time.process_time() - start_s) * 1e3))
        progress(number, len(photos))
    return readings


def score_photos(detector: str, turned_deg: float, readings: Sequence[PhotoReading]) -> PhotoScore:
    """What the readings of at least one photo come to; a photo in which no face was found is a miss."""
    counts = [len(reading.faces) for reading in readings]
    return PhotoScore(
        detector,
        turned_deg,
        one=counts.count(1),
        none=counts.count(0),
        several=sum(count > 1 for count in counts),
        recalls={emotion.value: _recall(readings, emotion) for emotion in EMOTIONS},
        accuracy=float(np.mean([reading.right for reading in readings])),
        took_ms=tuple(reading.took_ms for reading in readings),
    )


def _recall(readings: Sequence[PhotoReading], emotion: Emotion) -> float | None:
    right = [reading.right for reading in readings if reading.photo.label is emotion]
    return float(np.mean(right)) if right else None
