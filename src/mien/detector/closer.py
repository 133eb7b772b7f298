"""A closer look at faces that are in doubt: each alone, at a size at which the network knows faces best.

What only looks like a face mostly does so at one size and place; a face stays one. And two boxes in the mean
lie better than either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.detector.looks import Look
from mien.options import DetectorOptions
from mien.preprocess import cut_square
from mien.types import Face, Image

LEAST_IOU = 0.3
"""What overlaps a face less in the closer look is something else."""

UNSEEN = 0.02
"""Score of a face that the closer look does not show."""


def doubtful(faces: Sequence[Face], options: DetectorOptions) -> list[Face]:
    """The faces that deserve a closer look, the surest first and only so many."""
    least, most = options.own_doubt_least, options.own_doubt_most
    inside = (face for face in faces if least <= face.score <= most)
    return sorted(inside, key=lambda face: -face.score)[: options.own_closer_looks]


def closer_look(image: Image, face: Face, options: DetectorOptions) -> Look:
    """The face in the middle of a square; edge pixels go on where it reaches over the picture."""
    side = max(1, round(options.own_closer_room * math.sqrt(boxes.area(face.box_xyxy))))
    x, y = boxes.centre(face.box_xyxy)
    left, top = round(x - side / 2), round(y - side / 2)
    inside = cut_square(image, (left, top, left + side, top + side))
    goal = options.own_closer_px
    how = cv2.INTER_AREA if goal <= side else cv2.INTER_LINEAR
    square = np.asarray(cv2.resize(inside, (goal, goal), interpolation=how), dtype=np.uint8)
    return Look(square, goal / side, 0, (float(left), float(top)))


def weigh(face: Face, seen: Sequence[Face]) -> Face:
    """The face after a closer look that showed `seen`, by falling score, all in pixels of the picture.

    Its score is the mean of both in logits, its box and landmarks the mean weighted by the scores.
    """
    again = next((each for each in seen if boxes.iou(each.box_xyxy, face.box_xyxy) >= LEAST_IOU), None)
    other = max(UNSEEN, again.score if again else 0.0)
    score = 1 / (1 + math.exp(-(_logit(face.score) + _logit(other)) / 2))
    if again is None:
        return replace(face, score=score)
    share = again.score / (again.score + face.score)
    ours, theirs = _corners(face), _corners(again)
    (x0, y0), (x1, y1), *points = (ours + share * (theirs - ours)).tolist()
    return Face((x0, y0, x1, y1), score, tuple((x, y) for x, y in points))


def _corners(face: Face) -> NDArray[np.float64]:
    """(7, 2): two corners of the box, five landmarks."""
    return np.asarray([face.box_xyxy[:2], face.box_xyxy[2:], *(face.landmarks_xy or ())])


def _logit(score: float) -> float:
    kept = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
