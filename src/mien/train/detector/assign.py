"""Which cells answer for which face: SimOTA, the assignment of YOLOX (Ge et al. 2021, section 2.1)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.detector.decode import STRIDES
from mien.train.detector.boxes import decode_boxes, overlaps
from mien.train.detector.settings import LossSettings

SPAN = (1.5, 10.0)
"""A face's longer side, in strides of the cells that may answer for it. The finest cells also take smaller
faces, the coarsest also larger ones.
"""

_IOU_COST = 3.0
_FAR_COST = 1e4
_NEVER = 1e8


class Assignment(NamedTuple):
    """One picture's cells and faces.

    cells, faces: (P,) int64, cell number and the face that it answers for. ious: (P,) of the box that the
    cell gives. counts: (cells,) bool, False where a cell lies in a region to ignore and answers for no face.
    """

    cells: Tensor
    faces: Tensor
    ious: Tensor
    counts: Tensor


@torch.no_grad()
def assign(raw: Tensor, grid: Tensor, boxes: Tensor, ignore: Tensor, settings: LossSettings) -> Assignment:
    """Give each face the few cells that fit it best at this moment of the training.

    raw: (cells, 15) float32 answers. grid: (cells, 3) as `decode.cell_grid`. boxes: (M, 4), ignore: (K, 4).
    A face gets as many cells as its `settings.best` best boxes overlap it in sum, at least one; a cell wanted
    by several faces goes to the one that costs least.
    """
    counts = ~_touches(grid, ignore)
    if not len(boxes):
        none = torch.zeros(0, dtype=torch.int64, device=raw.device)
        return Assignment(none, none, raw.new_zeros(0), counts)
    allowed, central = _candidates(grid, boxes, settings.near)
    rows = allowed.any(dim=0).nonzero()[:, 0]
    allowed, central = allowed[:, rows], central[:, rows]
    ious = overlaps(boxes[:, None], decode_boxes(raw[rows], grid[rows])[None])
    # The cost of a score is its cross-entropy against 1, at the box's own quality.
    cost = functional.softplus(-raw[rows, 0])[None] - _IOU_COST * torch.log(ious + 1e-8)
    cost = cost + _FAR_COST * ~central + _NEVER * ~allowed
    chosen = _cheapest(cost, ious * allowed, settings.best) & allowed
    faces = cost.masked_fill(~chosen, torch.inf).argmin(dim=0)
    taken = chosen.any(dim=0).nonzero()[:, 0]
    counts[rows[taken]] = True
    return Assignment(rows[taken], faces[taken], ious[faces[taken], taken], counts)


def _candidates(grid: Tensor, boxes: Tensor, near: float) -> tuple[Tensor, Tensor]:
    """(M, cells) bool each: cells that may answer for a face, and those among them in its middle.

    A cell may whose middle lies in the box or close to the box's middle, if its stride suits the face.
    """
    x, y, stride = grid.T[:, None]
    x0, y0, x1, y1 = boxes.T[..., None]
    inside = torch.stack([x - x0, y - y0, x1 - x, y1 - y]).amin(dim=0) > 0
    away = torch.maximum((x - (x0 + x1) / 2).abs(), (y - (y0 + y1) / 2).abs())
    close = away < near * stride
    span = torch.maximum(x1 - x0, y1 - y0) / stride
    least, most = SPAN
    suits = ((span >= least) | (stride == STRIDES[0])) & ((span <= most) | (stride == STRIDES[-1]))
    return (inside | close) & suits, inside & close & suits


def _cheapest(cost: Tensor, ious: Tensor, best: int) -> Tensor:
    """(M, C) bool: of each face's row of costs the cheapest, as many as its best overlaps sum up to."""
    count = ious.topk(min(best, ious.shape[1]), dim=1).values.sum(dim=1).int().clamp(min=1)
    rank = cost.argsort(dim=1).argsort(dim=1)
    return rank < count[:, None]


def _touches(grid: Tensor, regions: Tensor) -> Tensor:
    """(cells,) bool: whether a cell's square shares pixels with one of the (K, 4) regions."""
    x, y, stride = grid.T[..., None]
    x0, y0, x1, y1 = regions.T[:, None]
    half = stride / 2
    shares: Tensor = (x + half > x0) & (x - half < x1) & (y + half > y0) & (y - half < y1)
    return shares.any(dim=1)
