"""The three losses: score, box, landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.train.detector.assign import Assignment, assign
from mien.train.detector.batches import LabelTensors
from mien.train.detector.boxes import decode_boxes, decode_points, eiou_loss
from mien.train.detector.settings import LossSettings


class FaceLoss(NamedTuple):
    """Means over the faces' cells of a batch; each a scalar."""

    score: Tensor
    box: Tensor
    landmarks: Tensor

    def total(self, settings: LossSettings) -> Tensor:
        """What is minimised."""
        return self.score + settings.box_weight * self.box + settings.landmark_weight * self.landmarks


class _Goals(NamedTuple):
    """What the P answering cells of a batch are asked for."""

    raw: Tensor
    grid: Tensor
    boxes: Tensor
    landmarks: Tensor


def face_loss(raw: Tensor, grid: Tensor, labels: Sequence[LabelTensors], settings: LossSettings) -> FaceLoss:
    """raw: (N, cells, 15) float32; grid: (cells, 3) as `decode.cell_grid`; labels: N of them."""
    assigned = [
        assign(answer, grid, label.boxes, label.ignore, settings)
        for answer, label in zip(raw, labels, strict=True)
    ]
    goals = _gather(raw, grid, labels, assigned)
    # Summed over pictures, so that a crowd and a close-up ask for as much a face.
    count = max(1, len(goals.raw))
    score = _score_loss(raw[..., 0], assigned, settings.good_iou) / count
    box = eiou_loss(decode_boxes(goals.raw, goals.grid), goals.boxes).sum() / count
    return FaceLoss(score, box, _landmark_loss(goals, settings.smooth))


def _gather(
    raw: Tensor, grid: Tensor, labels: Sequence[LabelTensors], assigned: Sequence[Assignment]
) -> _Goals:
    together = list(zip(raw, labels, assigned, strict=True))
    return _Goals(
        torch.cat([answer[each.cells] for answer, _, each in together]),
        torch.cat([grid[each.cells] for each in assigned]),
        torch.cat([label.boxes[each.faces] for _, label, each in together]),
        torch.cat([label.landmarks[each.faces] for _, label, each in together]),
    )


def _score_loss(logits: Tensor, assigned: Sequence[Assignment], good_iou: float) -> Tensor:
    """Quality focal loss (Li et al. 2020, formula 3, beta 2), in sum.

    A cell's goal is how well its own box overlaps its face, over `good_iou` and at most 1, 0 without one.
    logits: (N, cells).
    """
    goals = torch.zeros_like(logits)
    for row, each in enumerate(assigned):
        goals[row, each.cells] = (each.ious / good_iou).clamp(max=1)
    counts = torch.stack([each.counts for each in assigned])
    losses = functional.binary_cross_entropy_with_logits(logits, goals, reduction="none")
    return (losses * (goals - logits.sigmoid()).square() * counts).sum()


def _landmark_loss(goals: _Goals, smooth: float) -> Tensor:
    """Mean distance of the points in x and y over the size of the face, smooth near 0; 0 if none is known."""
    known = goals.landmarks.isfinite().all(dim=-1).all(dim=-1)
    raw, grid, boxes, points = (part[known] for part in goals)
    if not len(raw):
        return goals.raw.sum() * 0.0
    sizes = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()[:, None, None]
    error = (decode_points(raw, grid) - points) / sizes
    return functional.smooth_l1_loss(error, torch.zeros_like(error), beta=smooth)
