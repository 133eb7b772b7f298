"""Which part of a picture is shown to the network, how large, how turned."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.train.detector.geometry import move_labels, similarity
from mien.train.detector.labels import FaceLabels, box_sizes
from mien.train.detector.settings import FaceAugmentSettings
from mien.train.detector.sources import Sample
from mien.types import Image

LEAST_COVER = 0.45
"""A picture's long side is at least this share of what it is drawn on."""

SMALLEST_FACE = 0.08
"""The face that a window is cut for is at least this share of its side; the smaller ones are its neighbours,
and in mosaics.
"""

REPLICATED = 0.4
"""So often the picture's edge pixels go on beyond it; else there is one colour."""


HARD_ZOOM = 1.6
"""A detector errs at one size of a thing: it is shown at most so many times larger or smaller."""


def draw_window(
    sample: Sample,
    width: int,
    height: int,
    settings: FaceAugmentSettings,
    rng: np.random.Generator,
    place_xyxy: NDArray[np.float32] | None = None,
) -> Sample:
    """A window of width x height pixels, cut so that one face of the picture gets a size drawn at random.

    Sizes are spread evenly in their logarithm, up to `settings.max_face` of the window. place_xyxy: (4,) what
    the window is cut for instead, at about the size that it has.
    """
    affine = _choose(sample, width, height, settings, rng, place_xyxy)
    image = _warp(sample.image, affine, width, height, rng)
    return Sample(image, move_labels(sample.labels, affine, width, height, settings.min_face_px))


def _choose(
    sample: Sample,
    width: int,
    height: int,
    settings: FaceAugmentSettings,
    rng: np.random.Generator,
    place_xyxy: NDArray[np.float32] | None,
) -> NDArray[np.float64]:
    """The (2, 3) map from picture to window."""
    sides = np.asarray(sample.image.shape[1::-1], dtype=np.float64)
    goal = np.asarray([width, height], dtype=np.float64)
    side = min(width, height)
    largest = settings.max_face * side
    if place_xyxy is None:
        middle, size = _choose_face(sample.labels, sides, rng)
        wanted = _spread(max(settings.min_face_px, SMALLEST_FACE * side), largest, rng)
    else:
        middle, size = _middle_and_size(place_xyxy)
        wanted = min(largest, _spread(size / HARD_ZOOM, size * HARD_ZOOM, rng))
    least = LEAST_COVER * max(width, height) / max(sides)
    scale = float(np.clip(wanted / size, least, max(least, settings.enlarge)))
    margin = np.minimum(size * scale / 2, goal / 2)
    place = rng.uniform(margin, goal - margin)
    # As much of the window as possible is picture: no gap on one side while the other is cut.
    slack = goal - sides * scale
    corner = np.clip(place - middle * scale, np.minimum(slack, 0), np.maximum(slack, 0))
    place = corner + middle * scale
    tilt = rng.uniform(-settings.tilt_deg, settings.tilt_deg) if rng.random() < settings.tilt_prob else 0.0
    mirrored = bool(rng.random() < settings.flip_prob)
    return similarity(scale, tilt, mirrored, (middle[0], middle[1]), (place[0], place[1]))


def _choose_face(
    labels: FaceLabels, sides: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], float]:
    """Middle and size of a face; without faces of any place, as if the face were a third of the picture."""
    if not len(labels):
        return rng.uniform(0, sides), float(max(sides)) / 3
    return _middle_and_size(labels.boxes_xyxy[int(rng.integers(len(labels)))])


def _middle_and_size(box_xyxy: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    box = box_xyxy.astype(np.float64)
    return (box[:2] + box[2:]) / 2, max(1.0, float(box_sizes(box_xyxy[None])[0]))


def _spread(least: float, most: float, rng: np.random.Generator) -> float:
    """A size between the two, even in its logarithm."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _warp(
    image: Image, affine: NDArray[np.float64], width: int, height: int, rng: np.random.Generator
) -> Image:
    border = cv2.BORDER_REPLICATE if rng.random() < REPLICATED else cv2.BORDER_CONSTANT
    colour = tuple(rng.uniform(0, 255, 3).tolist())
    scale = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    if scale < 0.6:
        image, affine = _shrink(image, affine, scale)
    # Maps are of positions between pixels, OpenCV's of their middles.
    shift = affine[:, :2] @ [0.5, 0.5] - 0.5
    affine = affine + np.asarray([[0, 0, shift[0]], [0, 0, shift[1]]])
    warped = cv2.warpAffine(
        image, affine, (width, height), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour
    )
    return np.asarray(warped, dtype=np.uint8)


def _shrink(image: Image, affine: NDArray[np.float64], scale: float) -> tuple[Image, NDArray[np.float64]]:
    """The picture made smaller by averaging, and the map for it: linear interpolation alone would alias."""
    height, width = image.shape[:2]
    small = max(1, round(width * scale)), max(1, round(height * scale))
    factors = np.asarray([width / small[0], height / small[1], 1.0])
    return np.asarray(
        cv2.resize(image, small, interpolation=cv2.INTER_AREA), dtype=np.uint8
    ), affine * factors
