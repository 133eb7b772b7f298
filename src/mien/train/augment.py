"""Random views of training faces: moved, zoomed, sheared, mirrored, lit otherwise, partly covered."""

from __future__ import annotations

import math

import kornia.augmentation as K
from torch import Tensor, nn

from mien.train.settings import AugmentSettings


class Augment(nn.Module):
    """faces: (N, 1, S, S) float in [0, 1]; returns the same shape and range, each face changed on its own."""

    def __init__(self, settings: AugmentSettings) -> None:
        super().__init__()
        low, high = math.exp(-settings.zoom), math.exp(settings.zoom)
        self.steps = nn.Sequential(
            K.RandomHorizontalFlip(p=0.5),
            K.RandomAffine(
                degrees=settings.rotate_deg,
                translate=(settings.shift, settings.shift),
                scale=(low, high),
                shear=settings.shear_deg,
                padding_mode="border",
                p=1.0,
            ),
            K.RandomContrast((1 - settings.contrast, 1 + settings.contrast), p=0.8),
            K.RandomBrightness((1 - settings.brightness, 1 + settings.brightness), p=0.8),
            *_camera(settings),
            K.RandomErasing(scale=(0.02, 0.25), ratio=(0.4, 2.5), value=0.5, p=settings.erase_prob),
        )

    def forward(self, faces: Tensor) -> Tensor:
        """See the class."""
        changed: Tensor = self.steps(faces)
        return changed.clamp(0.0, 1.0)


def _camera(settings: AugmentSettings) -> list[nn.Module]:
    """What a soft lens and a dim sensor do to a face."""
    steps: list[nn.Module] = []
    if settings.blur_px > 0:
        least = min(0.2, settings.blur_px)
        steps.append(K.RandomGaussianBlur((7, 7), (least, settings.blur_px), p=0.25))
    if settings.noise > 0:
        steps.append(K.RandomGaussianNoise(std=settings.noise, p=0.25))
    return steps
