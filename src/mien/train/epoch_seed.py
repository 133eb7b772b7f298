"""What is random in an epoch, whatever was before it."""

from __future__ import annotations

import zlib
from typing import Any

import lightning as L
import numpy as np
import torch


class EpochSeed(L.Callback):
    """Seeds each epoch of a fit by itself, and each process by itself.

    So a fit that is taken up again goes on with the views that it would have had, not with those of its first
    epoch, and processes that train together do not all see theirs moved and lit alike.
    """

    def __init__(self, seed: int, name: str) -> None:
        """name: of the fit, whose epochs are to be others than those of another one."""
        self._parts = (seed, zlib.crc32(name.encode()))

    def on_load_checkpoint(
        self, trainer: L.Trainer, pl_module: L.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Workers that prepare pictures begin before the epoch does."""
        del pl_module
        self._seed(trainer, checkpoint["epoch"] + 1)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin an epoch."""
        del pl_module
        self._seed(trainer, trainer.current_epoch)

    def _seed(self, trainer: L.Trainer, epoch: int) -> None:
        mixed = np.random.SeedSequence([*self._parts, epoch, trainer.global_rank])
        torch.manual_seed(int(mixed.generate_state(1)[0]))
