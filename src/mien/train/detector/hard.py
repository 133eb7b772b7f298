"""Where a detector errs on the pictures that it learns from, for a training that looks there more often."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.detector.onnx_face import OnnxFaceDetector
from mien.options import DetectorOptions
from mien.train.detector.evaluate import as_detections
from mien.train.detector.scores import match
from mien.train.detector.sources import PictureFiles
from mien.train.reading import Progress, unwatched

DOUBTFUL = 0.3
"""A false face scored lower is no error worth a window of its own."""

SURE = 0.6
"""A true face scored lower is one."""

SMALLEST_PX = 16
"""Longer side of the smallest face that is looked for, in pixels of the picture."""


@dataclass(frozen=True, eq=False)
class HardPlace:
    """row: number of a picture. box_xyxy: (4,) float32, a false face or a missed true one in its pixels."""

    row: int
    box_xyxy: NDArray[np.float32]


def hard_places(model: Path, files: PictureFiles, progress: Progress = unwatched) -> list[HardPlace]:
    """Where the detector of a file errs, picture by picture."""
    detector = OnnxFaceDetector(model, DetectorOptions(min_score=DOUBTFUL, min_face_px=SMALLEST_PX))
    places = []
    for row in range(len(files)):
        progress(row, len(files))
        sample = files.read(row)
        found = as_detections(detector.detect(sample.image))
        matches = match(found, sample.labels, max(sample.image.shape[:2]))
        boxes = found.boxes_xyxy[np.argsort(-found.scores, kind="stable")]
        seen = matches.faces[(matches.faces >= 0) & (matches.scores >= SURE)]
        large = sample.labels.sizes_px() >= SMALLEST_PX
        large[seen] = False
        wrong = [boxes[(matches.faces < 0) & ~matches.ignored], sample.labels.boxes_xyxy[large]]
        places += [HardPlace(row, box) for box in np.concatenate(wrong)]
    progress(len(files), len(files))
    return places
