"""Pictures that show nothing, or no face: as people voted, and where nobody did, as the detector sees it.

The detector's score is a way to order pictures, not a verdict: FER2013's faces are small, and mien's detector
learned from some of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.detector import OnnxFaceDetector
from mien.train.cleaning import find_blank, find_not_a_face
from mien.train.reading import Progress, unwatched
from mien.train.table import SIDE_PX, VOTE_COLUMNS, FaceTable
from mien.types import Crops

LOOKED_AT_PX = 2 * SIDE_PX
"""Enlarged to this side, no face and a face lie further apart than at 48 px, with or without a border."""

_BATCH = 32


@dataclass(frozen=True)
class Faceless:
    """Rows of the table.

    blank: constant or nearly. not_a_face: more than half of the votes say so. doubted: some votes, most
    first. unlike: pictures nobody voted on, least like a face first; scores: the detector's, 0 to 1.
    """

    blank: tuple[int, ...]
    not_a_face: tuple[int, ...]
    doubted: tuple[int, ...]
    unlike: tuple[int, ...]
    scores: tuple[float, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "blank": len(self.blank),
            "not_a_face": len(self.not_a_face),
            "doubted": len(self.doubted),
            "looked_at_by_the_detector": len(self.unlike),
        }


def find_faceless(faces: FaceTable, progress: Progress = unwatched) -> Faceless:
    """Look through all splits; progress: pictures the detector has looked at, and all that it must."""
    every = np.arange(len(faces))
    blank = tuple(entry.row for entry in find_blank(faces, every))
    not_a_face = tuple(entry.row for entry in find_not_a_face(faces, every))
    votes = np.zeros((len(faces), len(VOTE_COLUMNS))) if faces.votes is None else faces.votes
    against = votes[:, VOTE_COLUMNS.index("NF")]
    ordered = np.argsort(-against, kind="stable")
    doubted = tuple(int(row) for row in ordered if against[row] and row not in set(not_a_face))
    asked = np.setdiff1d(np.flatnonzero(~votes.any(axis=1)), blank)
    scores = face_scores(faces.images[asked], progress)
    worst = np.argsort(scores, kind="stable")
    return Faceless(blank, not_a_face, doubted, tuple(asked[worst].tolist()), tuple(scores[worst].tolist()))


def face_scores(images: Crops, progress: Progress = unwatched) -> NDArray[np.float32]:
    """(N,) float32, 0 to 1: how sure mien's detector is of a face in (N, 48, 48) uint8 grey pictures."""
    scores = np.zeros(len(images), dtype=np.float32)
    detector, size = OnnxFaceDetector(), (LOOKED_AT_PX, LOOKED_AT_PX)
    for start in range(0, len(images), _BATCH):
        part = images[start : start + _BATCH]
        large = np.stack([cv2.resize(image, size, interpolation=cv2.INTER_LINEAR) for image in part])
        scores[start : start + _BATCH] = detector.best_scores(np.repeat(large[..., None], 3, axis=3))
        progress(start + len(part), len(images))
    return scores
