"""AdamW (Loshchilov and Hutter 2019) on one cycle of the learning rate (Smith and Topin 2018)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR


def weight_groups(weights: Iterable[nn.Parameter], lr: float) -> list[dict[str, Any]]:
    """Those weights that learn; biases and BatchNorm's do not decay. lr: at the peak of the cycle."""
    learning = [weight for weight in weights if weight.requires_grad]
    matrices = [weight for weight in learning if weight.ndim > 1]
    vectors = [weight for weight in learning if weight.ndim <= 1]
    groups = [{"params": matrices, "lr": lr}, {"params": vectors, "lr": lr, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def one_cycle(
    groups: list[dict[str, Any]], weight_decay: float, steps: float, rise: float
) -> OptimizerLRSchedulerConfig:
    """Optimiser and schedule for Lightning. rise: share of the steps on which the rate goes up."""
    optimizer = AdamW(groups, weight_decay=weight_decay)
    total = max(3, int(steps))
    schedule = OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=total,
        # The rise needs two steps of its own, however short the fit is.
        pct_start=max(rise, 2 / total),
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
