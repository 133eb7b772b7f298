"""A first convolution that takes the one channel which a grey picture has."""

from __future__ import annotations

import copy
from typing import cast

import torch
from torch import nn

from mien.train.model import EmotionNet


def with_grey_stem(net: EmotionNet) -> EmotionNet:
    """The same function without two copies of each picture: the kernels of its three channels added up.

    What the channels are divided by goes into the kernels too. The mean cannot: zeros are padded after it is
    taken off. So a network with another mean for each channel is returned as it is.
    """
    if (net.mean != net.mean[:, :1]).any():
        return net
    lean = copy.deepcopy(net)
    stem = cast(nn.Conv2d, cast(nn.Sequential, lean.backbone.features[0])[0])
    stem.weight = nn.Parameter((stem.weight / net.std).sum(dim=1, keepdim=True))
    stem.in_channels = 1
    lean.mean, lean.std = net.mean[:, :1], torch.ones_like(net.std[:, :1])
    return lean
