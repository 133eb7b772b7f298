"""A dense residual backbone (He et al. 2016) that begins with random numbers: for teachers, on faces as large
as FER2013's own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from torch import Tensor, nn
from torch.nn import functional

from mien.train.backbone import ConvNorm


class ResidualBlock(nn.Module):
    """Two 3x3 Conv2D with BatchNorm, the input added; where channels change, height and width are halved.

    What is added is then averaged over 2 x 2 before its 1x1 Conv2D, so that no pixel of it is lost.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        halves = inputs != outputs
        stride = 2 if halves else 1
        first = ConvNorm(inputs, outputs, 3, nn.ReLU(inplace=True), stride=stride)
        last = ConvNorm(outputs, outputs, 3, nn.Identity())
        self.changed = nn.Sequential(first, last)
        pool = nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)
        fitted = nn.Sequential(pool, ConvNorm(inputs, outputs, 1, nn.Identity()))
        self.added = fitted if halves else nn.Identity()
        # A block begins as what it adds to (Goyal et al. 2017).
        nn.init.zeros_(cast(nn.BatchNorm2d, last[1]).weight)

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, inputs, H, W); returns (N, outputs, H, W) or, halved and rounded up, (N, outputs, h, w)."""
        return functional.relu(self.changed(x) + self.added(x))


class ResidualBackbone(nn.Module):
    """A strided 3x3 Conv2D to `channels[0]`, then a residual block for each entry."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvNorm(3, channels[0], 3, nn.ReLU(inplace=True), stride=2),
            *(ResidualBlock(*ends) for ends in pairwise((channels[0], *channels))),
        )
        self.channels = channels[-1]

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, 3, H, W) float, normalised; returns (N, channels, h, w)."""
        maps: Tensor = self.features(x)
        return maps

    def unfreeze(self, share: float) -> None:
        """Let all of it learn, whatever the share, unless that is 0: nothing of it is known beforehand."""
        self.requires_grad_(share > 0)
