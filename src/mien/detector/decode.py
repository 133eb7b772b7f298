"""From the face network's raw answers to faces: the one place that knows what its 15 numbers mean.

A cell is a square of 8, 16 or 32 pixels. Its answer is a score logit, the natural logarithms of the distances
from its middle to the left, upper, right and lower side of the box, and the offsets x, y of five points from
its middle; distances and offsets in units of its stride. `tests/vectors/detector_decode.json` holds inputs
with what comes out, for other languages that do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

STRIDES = (8, 16, 32)
POINTS = 5
CHANNELS = 1 + 4 + 2 * POINTS
LARGEST_LOG = 6.0
"""No distance is over exp(6), about 400 strides: a bound against overflow."""


@dataclass(frozen=True)
class Detections:
    """Faces by falling score.

    boxes_xyxy: (K, 4), landmarks_xy: (K, 5, 2), both in pixels of the network's input. scores: (K,) in
    [0, 1]. All float32.
    """

    boxes_xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks_xy: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)


@lru_cache(maxsize=16)
def cell_grid(width: int, height: int) -> NDArray[np.float32]:
    """(cells, 3) float32, not to be written to: middle x, y and stride of every cell, in the answers' order.

    width, height: of the network's input, multiples of 32. A stream asks for the same few again and again.
    """
    levels = []
    for stride in STRIDES:
        y, x = np.mgrid[0 : height // stride, 0 : width // stride].reshape(2, -1)
        levels.append(np.stack([(x + 0.5) * stride, (y + 0.5) * stride, np.full(x.shape, stride)], axis=1))
    return np.concatenate(levels).astype(np.float32)


def decode(
    raw: NDArray[np.float32], width: int, height: int, min_score: float, max_iou: float = 0.45
) -> Detections:
    """The faces of one picture.

    raw: (cells, 15) float32 of an input of width x height pixels. Cells scored under `min_score` (0 to 1) say
    nothing; of two boxes whose intersection over union is above `max_iou` only the better scored one stays.
    """
    scores = as_scores(raw[:, 0])
    rows = np.flatnonzero(scores >= min_score)
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    said, scores = raw[rows], scores[rows]
    grid = cell_grid(width, height)[rows]
    middles, strides = grid[:, :2], grid[:, 2:]
    reach = np.exp(np.minimum(said[:, 1:5], LARGEST_LOG)) * strides
    boxes = np.concatenate([middles - reach[:, :2], middles + reach[:, 2:]], axis=1)
    points = said[:, 5:].reshape(-1, POINTS, 2) * strides[:, None] + middles[:, None]
    kept = suppress(boxes, max_iou)
    return Detections(boxes[kept], scores[kept].astype(np.float32), points[kept])


def as_scores(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores, 0 to 1, of cells' score logits, in the same shape."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)


def suppress(boxes_xyxy: NDArray[np.float32], max_iou: float) -> NDArray[np.int64]:
    """Rows that stay when, best first, each box strikes out the later ones that it overlaps too much.

    boxes_xyxy: (K, 4) by falling score.
    """
    areas = np.prod(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], axis=1)
    alive = np.ones(len(boxes_xyxy), dtype=np.bool_)
    for row, box in enumerate(boxes_xyxy):
        if alive[row]:
            later = boxes_xyxy[row + 1 :]
            sides = np.minimum(box[2:], later[:, 2:]) - np.maximum(box[:2], later[:, :2])
            shared = np.prod(np.maximum(sides, 0), axis=1)
            alive[row + 1 :] &= shared <= max_iou * (areas[row] + areas[row + 1 :] - shared)
    return np.flatnonzero(alive)
