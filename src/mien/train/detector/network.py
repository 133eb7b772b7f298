"""The network: single shot, anchor free, three strides, after YuNet (Wu et al. 2023) in kind and size.

Only convolution, BatchNorm, ReLU and pooling, so that all of it folds into plain convolutions. No layer works
at full resolution, and no depthwise layer has a stride: backward through one is slow on a CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.detector.decode import CHANNELS, STRIDES
from mien.train.backbone import ConvNorm
from mien.train.detector.settings import FaceNetSettings

MEAN, DEVIATION = 116.0, 64.0
"""What pixels are normalised by: about the mean and deviation of photographs, the same for each colour.

A whole number and a power of two, so that all 256 values come out exact in bfloat16 as well.
"""

RARE = -4.6
"""Score logit before training: one cell in a hundred holds a face, so that the loss starts small (Lin et al.
2017, focal loss, section 3.3).
"""


class SeparableBlock(nn.Sequential):
    """3x3 depthwise, then 1x1, each with BatchNorm and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            ConvNorm(inputs, inputs, 3, nn.ReLU(), groups=inputs), ConvNorm(inputs, outputs, 1, nn.ReLU())
        )


class Stage(nn.Sequential):
    """Halves the map by pooling, then `depth` separable blocks, the first of which changes the width."""

    def __init__(self, inputs: int, outputs: int, depth: int) -> None:
        blocks = [SeparableBlock(inputs if number == 0 else outputs, outputs) for number in range(depth)]
        super().__init__(nn.MaxPool2d(2), *blocks)


class FaceNet(nn.Module):
    """Pictures to raw answers, one row a cell; `mien.detector.decode` turns rows into faces."""

    def __init__(self, settings: FaceNetSettings | None = None) -> None:
        super().__init__()
        shape = settings or FaceNetSettings()
        stem, second, neck = shape.stem, shape.second, shape.neck
        self.stem = nn.Sequential(
            ConvNorm(3, stem, 3, nn.ReLU(), stride=2), ConvNorm(stem, second, 3, nn.ReLU(), stride=2)
        )
        inputs = (second, *shape.widths[:-1])
        self.stages = nn.ModuleList(
            Stage(*each) for each in zip(inputs, shape.widths, shape.depths, strict=True)
        )
        self.laterals = nn.ModuleList(ConvNorm(width, neck, 1, nn.ReLU()) for width in shape.widths)
        self.smooth = nn.ModuleList(SeparableBlock(neck, neck) for _ in STRIDES)
        self.heads = nn.ModuleList(nn.Conv2d(neck, CHANNELS, 1) for _ in STRIDES)
        self._start_heads()

    def _start_heads(self) -> None:
        """Few faces, boxes two cells wide, points in the middle."""
        for head in self.heads:
            assert isinstance(head, nn.Conv2d) and head.bias is not None
            nn.init.normal_(head.weight, std=0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[:1], RARE)

    def forward(self, images: Tensor) -> Tensor:
        """images: (N, 3, H, W) uint8 BGR, H and W multiples of 32.

        Returns (N, cells, 15) float: score logit, logarithms of four distances, ten offsets, as
        `mien.detector.decode` describes them; cells of stride 8 first, then 16, then 32, each row by row.
        """
        return self.answer(self.look(images))

    def answer(self, levels: list[Tensor]) -> Tensor:
        """The raw answers to the maps that `look` made."""
        answers = [head(level) for head, level in zip(self.heads, levels, strict=True)]
        return torch.cat([answer.flatten(2).transpose(1, 2) for answer in answers], dim=1)

    def look(self, images: Tensor) -> list[Tensor]:
        """Maps of strides 8, 16 and 32, each with what the coarser ones know added to it."""
        x = self.stem((images.to(_working_type(images.device.type)) - MEAN) / DEVIATION)
        sides = []
        for stage, lateral in zip(self.stages, self.laterals, strict=True):
            x = stage(x)
            sides.append(lateral(x))
        levels = [sides[-1]]
        for side in reversed(sides[:-1]):
            levels.insert(0, side + functional.interpolate(levels[0], scale_factor=2.0, mode="nearest"))
        return [smooth(level) for smooth, level in zip(self.smooth, levels, strict=True)]


def _working_type(device: str) -> torch.dtype:
    """What convolutions compute in, so that full-size pictures are not made float32 on the way there."""
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else torch.float32


def count_parameters(net: nn.Module) -> int:
    """Weights that learn."""
    return sum(weight.numel() for weight in net.parameters())
