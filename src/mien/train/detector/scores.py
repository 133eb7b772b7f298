"""How good found faces are: average precision, recall at a rate of false faces, error of the landmarks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.detector.decode import Detections
from mien.train.detector.labels import FaceLabels, box_sizes

LEAST_IOU = 0.5
"""A found box is a face's if their intersection over union is at least this."""

LEAST_SCORE = 0.05
"""What is scored lower has no say."""

IGNORED = 0.5
"""A found box that lies to this share in regions to ignore counts neither way."""

FALSE_A_PICTURE = 0.01

REFERENCE_PX = 448
"""Sizes of faces, sqrt(area), are told as if each picture's long side were so many pixels."""

BANDS = {
    "all": (0.0, math.inf),
    "under 32": (0.0, 32.0),
    "12 to 32": (12.0, 32.0),
    "32 to 96": (32.0, 96.0),
    "over 96": (96.0, math.inf),
    "over 32": (32.0, math.inf),
}
"""Face sizes in pixels at `REFERENCE_PX`; the upper end is not part of a band."""

PROFILE = 0.25
"""A face whose eyes are nearer to each other than this share of its box's width is seen from the side: one of
its marks is a guess, and its landmarks are not measured.
"""


@dataclass(frozen=True)
class BandScore:
    """Faces of one band of sizes; NaN where nothing was to be measured.

    faces: how many there are. average_precision: area under precision over recall, 0 to 1.
    recall: share found at the score at which one picture in a hundred shows a false face of this band.
    threshold: that score.
    used_recall, used_false: share found, and false faces of this band in 100 pictures, at the detector's own
        threshold.
    landmark_error: mean distance of the five points over the distance of the eyes, of the faces found.
    """

    faces: int
    average_precision: float
    recall: float
    threshold: float
    used_recall: float
    used_false: float
    landmark_error: float

    def as_record(self) -> dict[str, Any]:
        """Plain numbers for JSON, rounded to four digits; None for NaN."""
        said = {name: round(value, 4) for name, value in asdict(self).items()}
        return {name: None if math.isnan(value) else value for name, value in said.items()}


@dataclass(frozen=True, eq=False)
class Matches:
    """What became of K found faces and M true ones.

    scores, sizes: (K,) of what was found, sizes in pixels at `REFERENCE_PX`. faces: (K,) the true face's
    number, -1 for none. ignored: (K,) bool. errors: (K,) landmark error, NaN where not measured.
    true_sizes: (M,).
    """

    scores: NDArray[np.float32]
    sizes: NDArray[np.float32]
    faces: NDArray[np.int64]
    ignored: NDArray[np.bool_]
    errors: NDArray[np.float32]
    true_sizes: NDArray[np.float32]


def match(found: Detections, labels: FaceLabels, long_side_px: int) -> Matches:
    """Give each true face of a picture to the best scored box that overlaps it enough and is free.

    found, labels: in pixels of a picture whose long side is `long_side_px`.
    """
    factor = REFERENCE_PX / long_side_px
    order = np.argsort(-found.scores, kind="stable")
    boxes = found.boxes_xyxy[order]
    ious = _shared(boxes, labels.boxes_xyxy)
    ious /= np.maximum(_areas(boxes)[:, None] + _areas(labels.boxes_xyxy)[None] - ious, 1e-9)
    faces = np.full(len(order), -1, dtype=np.int64)
    for row in range(len(order)):
        if len(labels) and ious[row].max() >= LEAST_IOU:
            faces[row] = ious[row].argmax()
            ious[:, faces[row]] = -1.0
    hidden = _shared(boxes, labels.ignore_xyxy).max(axis=1, initial=0.0)
    return Matches(
        found.scores[order],
        box_sizes(boxes) * factor,
        faces,
        (faces < 0) & (hidden >= IGNORED * _areas(boxes)),
        landmark_errors(found.landmarks_xy[order], labels, faces),
        labels.sizes_px() * factor,
    )


def join(parts: Iterable[Matches]) -> Matches:
    """The matches of several pictures as those of one."""
    parts = list(parts)
    starts = np.cumsum([0, *(len(part.true_sizes) for part in parts)])
    faces = [
        np.where(part.faces < 0, -1, part.faces + start) for part, start in zip(parts, starts, strict=False)
    ]

    def together(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    return Matches(
        together("scores"),
        together("sizes"),
        np.concatenate(faces).astype(np.int64),
        together("ignored"),
        together("errors"),
        together("true_sizes"),
    )


def landmark_errors(
    found_xy: NDArray[np.float32], labels: FaceLabels, faces: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(K,) float32: mean distance of the five points over that of the eyes; NaN without either's points,
    without a face (-1), and in profiles (see `PROFILE`).
    """
    errors = np.full(len(faces), np.nan, dtype=np.float32)
    rows = np.flatnonzero(faces >= 0)
    true = labels.landmarks_xy[faces[rows]]
    eyes = np.linalg.norm(true[:, 0] - true[:, 1], axis=-1)
    boxes = labels.boxes_xyxy[faces[rows]]
    seen = eyes >= PROFILE * (boxes[:, 2] - boxes[:, 0])
    apart = np.linalg.norm(found_xy[rows] - true, axis=-1).mean(axis=-1)
    errors[rows[seen]] = apart[seen] / eyes[seen]
    return errors


def score_bands(matches: Matches, pictures: int, used_score: float) -> dict[str, BandScore]:
    """By name of `BANDS`; used_score: the threshold that the detector is used with."""
    return {name: score_band(matches, pictures, used_score, band) for name, band in BANDS.items()}


def score_band(matches: Matches, pictures: int, used_score: float, band: tuple[float, float]) -> BandScore:
    """One band: true faces of other sizes, and false ones of other sizes, count neither way."""
    least, most = band
    wanted = (matches.true_sizes >= least) & (matches.true_sizes < most)
    hits = matches.faces >= 0
    of_band = np.zeros(len(hits), dtype=np.bool_)
    of_band[hits] = wanted[matches.faces[hits]]
    false = ~hits & ~matches.ignored & (matches.sizes >= least) & (matches.sizes < most)
    rows = np.flatnonzero(of_band | false)
    rows = rows[np.argsort(-matches.scores[rows], kind="stable")]
    scores, right = matches.scores[rows], of_band[rows]
    faces = int(wanted.sum())
    recall, threshold = recall_at(scores, right, faces, FALSE_A_PICTURE * pictures)
    used = scores >= used_score
    errors = matches.errors[rows][used & right]
    errors = errors[np.isfinite(errors)]
    return BandScore(
        faces,
        average_precision(right, faces),
        recall,
        threshold,
        float((used & right).sum() / faces) if faces else math.nan,
        float(100 * (used & ~right).sum() / pictures),
        float(errors.mean()) if len(errors) else math.nan,
    )


def average_precision(right: NDArray[np.bool_], faces: int) -> float:
    """Area under precision over recall, every point of it (as PASCAL VOC from 2010 on).

    right: (K,) whether each found box, by falling score, is a face. NaN without faces.
    """
    if not faces:
        return math.nan
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    # The best precision at this recall or a higher one.
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[right].sum() / faces)


def recall_at(
    scores: NDArray[np.float32], right: NDArray[np.bool_], faces: int, most_false: float
) -> tuple[float, float]:
    """Share of the faces found with at most so many false ones, and the lowest score that does it.

    scores, right: (K,) by falling score. NaN without faces.
    """
    if not faces:
        return math.nan, math.nan
    fine = np.cumsum(~right) <= most_false
    # Boxes of one score come together or not at all.
    ends = np.append(scores[1:] < scores[:-1], True)[: len(scores)]
    rows = np.flatnonzero(fine & ends)
    if not len(rows):
        return 0.0, 1.0
    return float(right[: rows[-1] + 1].sum() / faces), float(scores[rows[-1]])


def mean_precision(
    bands: dict[str, BandScore], names: Sequence[str] = ("12 to 32", "32 to 96", "over 96")
) -> float:
    """The number by which the best epoch is chosen: the mean over the bands that hold faces, 0 if none."""
    known = [bands[name].average_precision for name in names if bands[name].faces]
    return float(np.mean(known)) if known else 0.0


def _areas(boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    return box_sizes(boxes_xyxy) ** 2


def _shared(a_xyxy: NDArray[np.float32], b_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """(A, B) areas that boxes share."""
    far = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    near = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    return np.asarray(np.prod(np.maximum(far - near, 0), axis=-1), dtype=np.float32)
