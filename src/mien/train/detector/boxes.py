"""Boxes in torch: what the raw answers mean, and how well one box fits another."""

from __future__ import annotations

import torch
from torch import Tensor

from mien.detector.decode import LARGEST_LOG, POINTS

_EPSILON = 1e-6


def decode_boxes(raw: Tensor, grid: Tensor) -> Tensor:
    """(..., 4) boxes x0, y0, x1, y1 out of (..., 15) raw answers; grid: (..., 3) as `decode.cell_grid`."""
    reach = raw[..., 1:5].clamp(max=LARGEST_LOG).exp() * grid[..., 2:]
    middles = grid[..., :2]
    return torch.cat([middles - reach[..., :2], middles + reach[..., 2:]], dim=-1)


def decode_points(raw: Tensor, grid: Tensor) -> Tensor:
    """(..., 5, 2) points x, y out of (..., 15) raw answers; grid as in `decode_boxes`."""
    offsets = raw[..., 5:].reshape(*raw.shape[:-1], POINTS, 2)
    return grid[..., None, :2] + offsets * grid[..., None, 2:]


def overlaps(a: Tensor, b: Tensor) -> Tensor:
    """(...,) intersection over union of (..., 4) boxes, broadcast against each other."""
    sides = torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])
    shared = sides.clamp(min=0).prod(dim=-1)
    return shared / (_areas(a) + _areas(b) - shared + _EPSILON)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)


def eiou_loss(found: Tensor, true: Tensor) -> Tensor:
    """(P,) one minus the efficient IoU of (P, 4) boxes (Zhang et al. 2021, formula 8).

    Beside the overlap it counts the distance of the middles and the differences in width and in height, each
    against the smallest box that holds both, so that boxes that do not touch are drawn together too.
    """
    hull = torch.maximum(found[:, 2:], true[:, 2:]) - torch.minimum(found[:, :2], true[:, :2])
    apart = (found[:, :2] + found[:, 2:] - true[:, :2] - true[:, 2:]) / 2
    differ = (found[:, 2:] - found[:, :2]) - (true[:, 2:] - true[:, :2])
    distance = apart.square().sum(dim=1) / (hull.square().sum(dim=1) + _EPSILON)
    shape = (differ.square() / (hull.square() + _EPSILON)).sum(dim=1)
    return 1 - overlaps(found, true) + distance + shape
