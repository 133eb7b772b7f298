"""Trained networks that another one learns from: their mean answer to the very views that it sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.train.model import EmotionNet, HeadLogits


class HeadProbs(NamedTuple):
    """(N, 5) each, rows sum to 1."""

    label: Tensor
    crowd: Tensor


class Teachers:
    """Networks that learn no more. No torch module, so that no checkpoint and no average holds them."""

    def __init__(self, nets: Sequence[EmotionNet]) -> None:
        self._nets = [net.eval().requires_grad_(False) for net in nets]

    def __len__(self) -> int:
        return len(self._nets)

    def to(self, device: torch.device) -> None:
        """Move all networks."""
        for net in self._nets:
            net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def answer(self, faces: Tensor) -> HeadProbs:
        """Mean probabilities of all networks for faces: (N, 1, S, S) float in [0, 1]."""
        with torch.no_grad():
            answers = [net(faces) for net in self._nets]
        return HeadProbs(
            *(
                torch.stack([torch.softmax(logits.float(), dim=1) for logits in head]).mean(dim=0)
                for head in zip(*answers, strict=True)
            )
        )


def distillation_loss(logits: HeadLogits, taught: HeadProbs, *, votes: bool) -> Tensor:
    """Cross-entropy against the teachers' probabilities (Hinton et al. 2015, temperature 1).

    votes: whether the teachers' crowd heads learned from any; if not, the label head alone is taught.
    """
    loss = functional.cross_entropy(logits.label.float(), taught.label)
    return loss + functional.cross_entropy(logits.crowd.float(), taught.crowd) if votes else loss
