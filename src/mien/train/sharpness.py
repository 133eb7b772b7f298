"""Adaptive sharpness-aware minimisation (Foret et al. 2021, Kwon et al. 2021): learn where the loss is flat.

Before each step the weights climb to where the loss near by is high; the gradient is taken there, and the
step is made from where they stood. Labels that are wrong are learned by heart less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

SMALLEST = 0.01
"""Added to a weight's size, so that a weight near 0 may move too; Kwon et al.'s eta."""


class Climb:
    """Moves weights up the loss, and back to exactly where they were.

    radius: Kwon et al.'s rho, how far in all, where every weight is measured by its own size.
    """

    def __init__(self, weights: Iterable[nn.Parameter], radius: float) -> None:
        self._weights = [weight for weight in weights if weight.requires_grad]
        self._radius = radius
        self._below: list[Tensor] = []

    @torch.no_grad()
    def up(self, loss: Tensor) -> None:
        """Climb along the gradient of `loss`, which a forward pass of these weights gave."""
        with torch.enable_grad():
            slopes = torch.autograd.grad(loss, self._weights, allow_unused=True)
        sizes = [weight.abs() + SMALLEST for weight in self._weights]
        scaled = [
            torch.zeros_like(size) if slope is None else size * slope
            for size, slope in zip(sizes, slopes, strict=True)
        ]
        length = _length(scaled).clamp(min=1e-12)
        self._below = [weight.detach().clone() for weight in self._weights]
        for weight, size, way in zip(self._weights, sizes, scaled, strict=True):
            weight.add_(size * way * (self._radius / length))

    @torch.no_grad()
    def back(self) -> None:
        """Put the weights where they were before `up`; without one it does nothing."""
        for weight, value in zip(self._weights, self._below, strict=bool(self._below)):
            weight.copy_(value)
        self._below = []


def _length(parts: Sequence[Tensor]) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(part) for part in parts]))
    return length
