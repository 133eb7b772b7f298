"""The loss, the optimiser and the schedule of one phase, in Lightning's form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics.classification import MulticlassAccuracy

from mien.errors import DataError
from mien.train.augment import Augment
from mien.train.data import NO_LABEL, Batch
from mien.train.evaluate import MAJORITY_VOTES
from mien.train.mixing import mix
from mien.train.model import EmotionNet, HeadLogits, as_floats
from mien.train.one_cycle import one_cycle, weight_groups
from mien.train.recipe import to_dict
from mien.train.settings import PhaseSettings, TrainSettings
from mien.train.sharpness import Climb
from mien.train.teachers import Teachers, distillation_loss
from mien.types import EMOTIONS

CLIMBERS = 4
"""One in so many pictures of a batch tells the weights where to climb."""


def label_loss(logits: Tensor, label: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy against FER2013's labels, weighted by class and smoothed; a label of -1 says nothing."""
    # The mean by hand: of no label it is 0, and asking whether there is one would make a GPU wait.
    losses = functional.cross_entropy(
        logits, label, weight=weights, label_smoothing=smoothing, ignore_index=NO_LABEL, reduction="sum"
    )
    weight = weights[label.clamp(min=0)] * (label != NO_LABEL)
    return losses / weight.sum().clamp(min=1e-6)


def crowd_loss(logits: Tensor, votes: Tensor) -> Tensor:
    """Cross-entropy against the distribution of votes among the five.

    A picture weighs as much as it has votes for the five, so one that people called fear or not a face says
    little here. votes: (N, 5) counts; 0 where nobody voted.
    """
    losses = -(votes * functional.log_softmax(logits, dim=1)).sum(dim=1)
    return losses.sum() / votes.sum().clamp(min=1.0)


class EmotionModule(L.LightningModule):
    """Trains an EmotionNet for one phase."""

    class_weight: Tensor

    def __init__(
        self,
        net: EmotionNet,
        settings: TrainSettings,
        phase: PhaseSettings,
        class_weight: Tensor,
        *,
        votes: bool,
        teachers: Teachers | None = None,
    ) -> None:
        super().__init__()
        self.net, self.settings, self.phase, self.votes = net, settings, phase, votes
        self.teachers = teachers
        self.augment = Augment(settings.views(phase))
        self.register_buffer("class_weight", class_weight)
        self.label_accuracy = MulticlassAccuracy(len(EMOTIONS), average="micro")
        self.crowd_accuracy = MulticlassAccuracy(len(EMOTIONS), average="micro")
        net.upsample_px = phase.upsample_px
        net.backbone.unfreeze(phase.unfreeze)
        net.fix_statistics(phase.fix_statistics)
        net.dropout.p = settings.network.dropout if phase.dropout is None else phase.dropout
        # DDP takes a weight that should learn and gets no gradient for a mistake.
        net.crowd.requires_grad_(votes)
        self._climb = Climb(net.parameters(), phase.sharpness)
        self.save_hyperparameters(
            {
                "settings": to_dict(settings),
                "phase": phase.name,
                "upsample_px": phase.upsample_px,
                "votes": votes,
            }
        )

    def on_fit_start(self) -> None:
        """Teachers are no part of the module, so nobody else moves them."""
        if self.teachers is not None:
            self.teachers.to(self.device)

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        """One step on an augmented batch; the crowd head learns only where there are votes."""
        with torch.autocast(self.device.type, enabled=False):
            faces = self.augment(as_floats(batch.faces))
        faces = faces.contiguous(memory_format=torch.channels_last)
        if self.phase.sharpness > 0:
            self._climb_before(faces, batch)
        loss = self._lesson(faces, batch)
        size = len(batch.label)
        self.log(
            "train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=size, sync_dist=True
        )
        return loss

    def on_after_backward(self) -> None:
        """The gradient is taken where the weights have climbed to; the step is made from where they stood."""
        self._climb.back()

    def _climb_before(self, faces: Tensor, batch: Batch) -> None:
        """A share of the batch says where it goes up, which is cheaper and, as Foret et al. saw, better."""
        rows = slice(max(2, len(faces) // CLIMBERS))
        few = Batch(*(part[rows] for part in batch))
        self._climb.up(self._loss(self.net(faces[rows]), few))

    def _lesson(self, faces: Tensor, batch: Batch) -> Tensor:
        """The loss that is learned from."""
        if self.phase.mixup > 0:
            faces, others, share = mix(faces, self.phase.mixup)
        logits = self.net(faces)
        loss = self._loss(logits, batch)
        if self.phase.mixup > 0:
            other = Batch(*(part[others] for part in batch))
            loss = share * loss + (1 - share) * self._loss(logits, other)
        if self.teachers is not None:
            taught = distillation_loss(logits, self.teachers.answer(faces), votes=self.votes)
            loss = (1 - self.phase.distil) * loss + self.phase.distil * taught
        return loss

    def _loss(self, logits: HeadLogits, batch: Batch) -> Tensor:
        smoothing = self.settings.label_smoothing
        loss = label_loss(logits.label.float(), batch.label, self.class_weight, smoothing)
        return loss + crowd_loss(logits.crowd.float(), batch.votes) if self.votes else loss

    def validation_step(self, batch: Batch, _index: int) -> None:
        """Scores both heads on faces as they are."""
        logits = self.net(as_floats(batch.faces))
        size = len(batch.label)
        self.log("val_loss", self._loss(logits, batch), on_epoch=True, batch_size=size, sync_dist=True)
        self.label_accuracy.update(logits.label.float(), batch.label)
        votes, best = batch.votes.max(dim=1)
        clear = votes >= MAJORITY_VOTES
        if self.votes and clear.any():
            self.crowd_accuracy.update(logits.crowd.float()[clear], best[clear])

    def on_validation_epoch_end(self) -> None:
        """`val_score`, by which the best epoch is chosen: the mean of both heads' accuracies."""
        scores = {"val_label_accuracy": self.label_accuracy.compute()}
        self.label_accuracy.reset()
        if self.votes:
            scores["val_crowd_accuracy"] = self.crowd_accuracy.compute()
            self.crowd_accuracy.reset()
        scores["val_score"] = torch.stack(list(scores.values())).mean()
        self.log_dict(scores, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """AdamW, one cycle a phase; weight decay on weights only, not on biases and BatchNorm."""
        groups = weight_groups(self.net.backbone.parameters(), self.phase.backbone_lr)
        for layer in self.net.head_layers():
            groups += weight_groups(layer.parameters(), self.phase.lr)
        steps = self.trainer.estimated_stepping_batches
        return one_cycle(groups, self.settings.weight_decay, steps, rise=0.2)


def take_weights(net: nn.Module, state: Mapping[str, Tensor], checkpoint: Path) -> None:
    """Give a network its own weights out of a module's state dict, in whatever mode it is.

    checkpoint: where they come from, for errors. DataError if they are not those of such a network.
    """
    own = {name[len("net.") :]: tensor for name, tensor in state.items() if str(name).startswith("net.")}
    try:
        net.load_state_dict(own)
    except RuntimeError as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(
            f"checkpoint {checkpoint}: expected the weights of its own network: {said}"
        ) from error
