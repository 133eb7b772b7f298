"""Faces under an affine map: where boxes, points and regions to ignore go when a picture is cut out, scaled,
turned or mirrored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.train.detector.labels import FaceLabels, box_sizes

MIRRORED = [1, 0, 2, 4, 3]
"""In a mirror the person's right eye is on the left one's place, and the corners of the mouth likewise."""

LEAST_VISIBLE = 0.7
"""A face of whose box less than this share lies in the picture is a region to ignore."""


def similarity(
    scale: float,
    tilt_deg: float,
    mirrored: bool,
    source_xy: tuple[float, float],
    goal_xy: tuple[float, float],
) -> NDArray[np.float64]:
    """(2, 3) map that brings the point `source_xy` to `goal_xy`; mirrors, scales, turns clockwise."""
    angle = np.deg2rad(tilt_deg)
    turn = scale * np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirrored:
        turn = turn @ np.diag([-1.0, 1.0])
    offset = np.asarray(goal_xy) - turn @ np.asarray(source_xy)
    return np.concatenate([turn, offset[:, None]], axis=1)


def move_boxes(boxes_xyxy: NDArray[np.float32], affine: NDArray[np.float64]) -> NDArray[np.float32]:
    """The boxes, (N, 4), of faces under a (2, 3) map.

    A face is an ellipse more than a rectangle: the new box holds the mapped ellipse that filled the old one.
    The box around the mapped corners would grow by up to 1.4 times with the turn, this one does not.
    """
    corners = boxes_xyxy.astype(np.float64)
    middles = (corners[:, :2] + corners[:, 2:]) / 2 @ affine[:, :2].T + affine[:, 2]
    half = (corners[:, 2:] - corners[:, :2]) / 2
    reach = np.sqrt(half**2 @ (affine[:, :2] ** 2).T)
    return np.concatenate([middles - reach, middles + reach], axis=1).astype(np.float32)


def move_points(points_xy: NDArray[np.float32], affine: NDArray[np.float64]) -> NDArray[np.float32]:
    """The landmarks, (N, 5, 2), under a (2, 3) map; right and left change places where it mirrors."""
    moved = points_xy.astype(np.float64) @ affine[:, :2].T + affine[:, 2]
    mirrors = np.linalg.det(affine[:, :2]) < 0
    return np.asarray(moved[:, MIRRORED] if mirrors else moved, dtype=np.float32)


def move_labels(
    labels: FaceLabels, affine: NDArray[np.float64], width: int, height: int, min_face_px: float
) -> FaceLabels:
    """What is to be seen in a picture of width x height pixels that the map fills.

    A face that is too small, or mostly outside, becomes a region to ignore. A box may reach over the edge.
    """
    moved = FaceLabels(
        move_boxes(labels.boxes_xyxy, affine),
        move_points(labels.landmarks_xy, affine),
        clip_boxes(move_boxes(labels.ignore_xyxy, affine), width, height),
    )
    inside = clip_boxes(moved.boxes_xyxy, width, height)
    sizes = moved.sizes_px()
    seen = box_sizes(inside) ** 2 >= LEAST_VISIBLE * sizes**2
    kept = moved.take(seen & (sizes >= min_face_px), inside[~(seen & (sizes >= min_face_px))])
    visible = box_sizes(kept.ignore_xyxy) > 0
    return FaceLabels(kept.boxes_xyxy, kept.landmarks_xy, kept.ignore_xyxy[visible])


def clip_boxes(boxes_xyxy: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """The parts of (N, 4) boxes that lie in the picture; those outside become empty."""
    far = np.asarray([width, height, width, height], dtype=np.float32)
    return np.clip(boxes_xyxy, np.zeros_like(far), far)
