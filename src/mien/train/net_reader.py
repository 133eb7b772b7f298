"""A trained network as the evaluation reads it, before any export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mien.classifier import Reading
from mien.train.fit import LoadedNet, load_net
from mien.train.model import EmotionNet, as_floats
from mien.train.table import SIDE_PX
from mien.types import Crops


class ServedNet(nn.Module):
    """The network as it is exported: uint8 crops in, calibrated probabilities and activation maps out."""

    def __init__(self, net: EmotionNet, temperatures: dict[str, float], serve: str) -> None:
        super().__init__()
        self.net = net.eval()
        self.label_temperature = temperatures["label"]
        self.crowd_temperature = temperatures["crowd"]
        self.served = net.crowd if serve == "crowd" else net.label

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """faces: (N, S, S) uint8; returns label_probs (N, 5), crowd_probs (N, 5), cam (N, 5, h, w)."""
        maps = self.net.feature_maps(as_floats(faces))
        pooled = maps.mean(dim=(2, 3))
        label = torch.softmax(self.net.label(pooled) / self.label_temperature, dim=1)
        crowd = torch.softmax(self.net.crowd(pooled) / self.crowd_temperature, dim=1)
        # Class activation maps (Zhou et al. 2016): the head's weights applied before the pooling.
        cam = torch.einsum("nchw,kc->nkhw", maps, self.served.weight)
        return label, crowd, cam


class NetReader:
    """Reads crops with a network in torch; by default with temperature 1, as it was trained."""

    input_px = SIDE_PX

    def __init__(self, loaded: LoadedNet, temperatures: dict[str, float] | None = None) -> None:
        self._served = ServedNet(loaded.net, temperatures or {"label": 1.0, "crowd": 1.0}, loaded.serve)

    @classmethod
    def open(cls, checkpoint: Path) -> NetReader:
        """Read a `.ckpt` that `mien train` wrote."""
        return cls(load_net(checkpoint))

    def read(self, crops: Crops) -> Reading:
        """Both heads and the activation maps of (N, S, S) uint8 grey crops."""
        with torch.inference_mode():
            label, crowd, cam = self._served(torch.from_numpy(np.ascontiguousarray(crops)))
        return Reading(label.numpy(), crowd.numpy(), cam.numpy())
