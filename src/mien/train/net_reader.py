"""A trained network as the evaluation reads it, before any export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.classifier import Reading
from mien.decision import PLAIN, DecisionRule
from mien.model_spec import HEADS
from mien.train.fit import LoadedNet, load_net
from mien.train.model import EmotionNet, as_floats
from mien.train.table import SIDE_PX
from mien.types import Crops


class ServedNet(nn.Module):
    """The network as it is exported: uint8 crops in, calibrated probabilities and activation maps out."""

    def __init__(self, net: EmotionNet, temperatures: Mapping[str, float], serve: str) -> None:
        super().__init__()
        self.net = net.eval()
        self.label_temperature = temperatures["label"]
        self.crowd_temperature = temperatures["crowd"]
        self.served = net.crowd if serve == "crowd" else net.label

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """faces: (N, S, S) uint8; returns label_probs (N, 5), crowd_probs (N, 5), cam (N, 5, h, w)."""
        maps = self.net.feature_maps(as_floats(faces))
        pooled = functional.adaptive_avg_pool2d(maps, 1).flatten(1)
        label = torch.softmax(self.net.label(pooled) / self.label_temperature, dim=1)
        crowd = torch.softmax(self.net.crowd(pooled) / self.crowd_temperature, dim=1)
        # Class activation maps (Zhou et al. 2016): the head's weights applied before the pooling.
        cam = functional.conv2d(maps, self.served.weight[:, :, None, None])
        return label, crowd, cam


class NetReader:
    """Reads crops with a network in torch; by default as it was trained, with temperature 1 and no rule."""

    input_px = SIDE_PX

    def __init__(
        self,
        loaded: LoadedNet,
        temperatures: Mapping[str, float] | None = None,
        rules: Mapping[str, DecisionRule] | None = None,
    ) -> None:
        """temperatures, rules: by head, as in `ModelSpec`."""
        self.serve = loaded.serve
        self._served = ServedNet(loaded.net, temperatures or dict.fromkeys(HEADS, 1.0), self.serve)
        self.rules = rules or dict.fromkeys(HEADS, PLAIN)

    @classmethod
    def open(cls, checkpoint: Path) -> NetReader:
        """Read a `.ckpt` that `mien train` wrote."""
        return cls(load_net(checkpoint))

    def read(self, crops: Crops) -> Reading:
        """Both heads, each by its rule, and the activation maps of (N, S, S) uint8 grey crops."""
        with torch.inference_mode():
            label, crowd, cam = self._served(torch.from_numpy(np.ascontiguousarray(crops)))
        return Reading(
            self.rules["label"].apply(label.numpy()), self.rules["crowd"].apply(crowd.numpy()), cam.numpy()
        )
