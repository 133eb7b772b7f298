"""The detector's step, optimiser and schedule, in Lightning's form."""

from __future__ import annotations

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor

from mien.detector.decode import cell_grid, decode
from mien.train.detector.batches import FaceBatch
from mien.train.detector.losses import FaceLoss, face_loss
from mien.train.detector.network import FaceNet
from mien.train.detector.scores import LEAST_SCORE, Matches, join, match, mean_precision, score_bands
from mien.train.detector.settings import FaceTrainSettings
from mien.train.one_cycle import one_cycle, weight_groups
from mien.train.recipe import to_dict

BANDS_SEEN = {"small": "12 to 32", "medium": "32 to 96", "large": "over 96"}
"""Names of logged average precisions, `val_ap_…`, and the bands of sizes that they are of."""


class FaceModule(L.LightningModule):
    """Trains a FaceNet."""

    def __init__(self, net: FaceNet, settings: FaceTrainSettings) -> None:
        super().__init__()
        self.net, self.settings = net, settings
        self._matches: list[Matches] = []
        self.save_hyperparameters({"face_settings": to_dict(settings)})

    def forward(self, images: Tensor) -> Tensor:
        """As `FaceNet`, but the last layer always in full precision: its answers are logarithms."""
        levels = self.net.look(images)
        with torch.autocast(images.device.type, enabled=False):
            return self.net.answer([level.float() for level in levels])

    def training_step(self, batch: FaceBatch, _index: int) -> Tensor:
        """One step on augmented pictures."""
        loss = self._loss(self(batch.images), batch)
        total = loss.total(self.settings.loss)
        size = len(batch.images)
        self.log("train_loss", total, on_step=False, on_epoch=True, prog_bar=True, batch_size=size)
        parts = {f"train_{name}": part for name, part in loss._asdict().items()}
        self.log_dict(parts, on_step=False, on_epoch=True, batch_size=size)
        return total

    def _loss(self, raw: Tensor, batch: FaceBatch) -> FaceLoss:
        height, width = batch.images.shape[2:]
        grid = torch.from_numpy(cell_grid(width, height)).to(raw.device)
        with torch.autocast(raw.device.type, enabled=False):
            return face_loss(raw, grid, batch.labels, self.settings.loss)

    def validation_step(self, batch: FaceBatch, _index: int) -> None:
        """Scores whole pictures as they are."""
        raw = self(batch.images)
        total = self._loss(raw, batch).total(self.settings.loss)
        self.log("val_loss", total, on_epoch=True, batch_size=len(raw))
        side = self.settings.check_side_px
        for answer, labels in zip(raw.cpu().numpy(), batch.labels, strict=True):
            self._matches.append(match(decode(answer, side, side, LEAST_SCORE), labels.numpy(), side))

    def on_validation_epoch_end(self) -> None:
        """`val_score`, by which the best epoch is chosen, and what it is the mean of."""
        bands = score_bands(join(self._matches), len(self._matches), LEAST_SCORE)
        self._matches.clear()
        scores = {
            f"val_ap_{name}": bands[band].average_precision
            for name, band in BANDS_SEEN.items()
            if bands[band].faces
        }
        self.log_dict({**scores, "val_score": mean_precision(bands)}, prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW, one cycle; weight decay on weights only, not on biases and BatchNorm."""
        groups = weight_groups(self.net.parameters(), self.settings.lr)
        steps = self.trainer.estimated_stepping_batches
        return one_cycle(groups, self.settings.weight_decay, steps, rise=0.1)
