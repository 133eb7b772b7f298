"""Mixup (Zhang et al. 2018): faces laid over one another, and their losses in the same shares."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Mixed(NamedTuple):
    """faces: (N, 1, S, S), each with `share` of its own face and the rest of the one in row `others[n]`."""

    faces: Tensor
    others: Tensor
    share: float


def mix(faces: Tensor, spread: float) -> Mixed:
    """Lay over each face another of the batch.

    spread: both parameters of the Beta distribution that the share is drawn from.
    """
    share = float(torch.distributions.Beta(spread, spread).sample())
    others = torch.randperm(len(faces), device=faces.device)
    return Mixed(share * faces + (1 - share) * faces[others], others, share)
