"""The network: cut MobileNetV2, Conv2D blocks for the face domain, pooling, two linear heads of five."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.train.backbone import ConvNorm, CutMobileNetV2
from mien.train.scratch import ResidualBackbone
from mien.train.settings import NetworkSettings
from mien.types import EMOTIONS

# Mean and deviation of RGB in [0, 1]; [-1, 1] is mean and deviation 0.5.
NORMALISATIONS = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "signed": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}

EVEN_SPREAD = 0.25
# A face whose grey spreads less than this stays flatter than the others: what is in it is mostly noise.
LEAST_SPREAD = 0.02


class HeadLogits(NamedTuple):
    """(N, 5) each: `label` reads as FER2013's labellers do, `crowd` as ten people vote."""

    label: Tensor
    crowd: Tensor


def as_floats(crops: Tensor) -> Tensor:
    """(N, 1, S, S) float32 in [0, 1] of (N, S, S) uint8 grey crops: what the network takes."""
    return crops.unsqueeze(1).float() / 255.0


def evenly_lit(faces: Tensor) -> Tensor:
    """Each face with mean 0.5 and, unless it is nearly flat, deviation 0.25; (N, 1, S, S) float, same shape.

    Light and contrast then say nothing; the values may leave [0, 1].
    """
    spread, mean = torch.var_mean(faces, dim=(1, 2, 3), correction=0, keepdim=True)
    return (faces - mean) * (EVEN_SPREAD * torch.rsqrt(spread + LEAST_SPREAD**2)) + 0.5


class ConvBlock(ConvNorm):
    """3x3 Conv2D, BatchNorm, ReLU; keeps height and width. A residual one adds its input where it can."""

    def __init__(self, inputs: int, outputs: int, *, residual: bool) -> None:
        super().__init__(inputs, outputs, 3, nn.ReLU(inplace=True))
        self.adds_input = residual and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """x: (N, inputs, H, W); returns (N, outputs, H, W)."""
        changed = super().forward(x)
        return x + changed if self.adds_input else changed


class EmotionNet(nn.Module):
    """Grey faces in, logits of two heads out.

    `upsample_px` is the side to which faces are enlarged before the backbone; it may change between phases.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, settings: NetworkSettings, upsample_px: int = 96) -> None:
        super().__init__()
        self.upsample_px = upsample_px
        self._even_light = settings.even_light
        self._fixed_statistics = False
        self.backbone = (
            ResidualBackbone(settings.scratch) if settings.scratch else CutMobileNetV2(settings.cut)
        )
        widths = (self.backbone.channels, *settings.blocks)
        self.blocks = nn.Sequential(
            *(ConvBlock(*ends, residual=settings.residual) for ends in pairwise(widths))
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.label = nn.Linear(widths[-1], len(EMOTIONS))
        self.crowd = nn.Linear(widths[-1], len(EMOTIONS))
        mean, std = NORMALISATIONS[settings.normalisation]
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def feature_maps(self, faces: Tensor) -> Tensor:
        """faces: (N, 1, S, S) float in [0, 1]; returns (N, C, h, w)."""
        if self._even_light:
            faces = evenly_lit(faces)
        size = (self.upsample_px, self.upsample_px)
        large = functional.interpolate(faces, size=size, mode="bilinear", align_corners=False)
        features: Tensor = self.blocks(self.backbone((large - self.mean) / self.std))
        return features

    def forward(self, faces: Tensor) -> HeadLogits:
        """faces: (N, 1, S, S) float in [0, 1]."""
        pooled = self.dropout(self.feature_maps(faces).mean(dim=(2, 3)))
        return HeadLogits(self.label(pooled), self.crowd(pooled))

    def fix_statistics(self, fixed: bool) -> None:
        """Keep what BatchNorm knows of the data's mean and spread, or let it learn again."""
        self._fixed_statistics = fixed
        self.train(self.training)

    def train(self, mode: bool = True) -> EmotionNet:
        """As in torch, but with fixed statistics every BatchNorm stays in evaluation mode."""
        super().train(mode)
        if self._fixed_statistics:
            for layer in self.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        return self

    def head_layers(self) -> list[nn.Module]:
        """What is new behind the backbone."""
        return [self.blocks, self.label, self.crowd]
