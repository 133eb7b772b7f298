"""One Lightning fit that can be taken up again after a kill, and what it keeps."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import lightning as L
import torch
from lightning.pytorch.callbacks import (
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
)
from lightning.pytorch.loggers import Logger
from torch.utils.data import DataLoader

from mien.errors import DataError
from mien.train.backbone import load_torch_file
from mien.train.epoch_seed import EpochSeed
from mien.train.movable_checkpoint import MovableCheckpoint
from mien.train.sudden_end import SuddenEnd, ended_by_sigterm

_ADVICE = (
    "does not have many workers",
    "exists and is not empty",
    "smaller than the logging interval",
    "in eval mode at the start of training",
)


@dataclass(frozen=True)
class Outcome:
    """The best checkpoint of a run and what it scored on validation."""

    checkpoint: Path
    score: float


@dataclass(frozen=True)
class Machine:
    """Where a run computes: Lightning's `devices` and `num_nodes`; several of either run under DDP.

    Several machines share the run's folder.
    """

    devices: str = "auto"
    nodes: int = 1

    @property
    def strategy(self) -> str:
        """Lightning's name for how the processes work together."""
        return "ddp" if self.nodes > 1 or self.devices not in ("auto", "1") else "auto"


@dataclass(frozen=True)
class Fit:
    """What a fit keeps, where, and how long it goes on.

    folder: of its checkpoints, `best.ckpt` by the highest `val_score` and `last.ckpt` after each epoch.
    patience: epochs without a better score before it ends early. ema_decay: decay per step of the averaged
    weights that are validated and kept. precision: Lightning's name, or `auto`: 16-mixed on a GPU, else
    32-true. seed: of all that is random in it. steps: in an epoch; None: as many as there are batches.
    """

    folder: Path
    epochs: int
    patience: int
    ema_decay: float
    precision: str
    seed: int
    steps: int | None = None

    def make_trainer(self, loggers: Sequence[Logger], machine: Machine) -> L.Trainer:
        """A trainer for `run`; raises what Lightning raises for devices that are none."""
        best = MovableCheckpoint(self.folder, filename="best", monitor="val_score", mode="max")
        # Not `save_last`, which saves in those epochs only that are better than all before.
        last = MovableCheckpoint(self.folder, filename="last", enable_version_counter=False)
        with _without_needless_advice():
            return L.Trainer(
                max_epochs=self.epochs,
                devices=machine.devices,
                num_nodes=machine.nodes,
                strategy=machine.strategy,
                precision=cast(Any, _precision(self.precision)),
                callbacks=[
                    best,
                    last,
                    EarlyStopping(monitor="val_score", mode="max", patience=self.patience),
                    EMAWeightAveraging(decay=self.ema_decay),
                    LearningRateMonitor(),
                    TQDMProgressBar(leave=True),
                    EpochSeed(self.seed, self.folder.name),
                    SuddenEnd(),
                ],
                logger=list(loggers),
                num_sanity_val_steps=0,
                limit_train_batches=self.steps,
                # Lightning's would count pictures twice, so that each process has as many to score.
                use_distributed_sampler=False,
                log_every_n_steps=20,
                enable_model_summary=False,
                gradient_clip_val=5.0,
            )

    def run(
        self,
        trainer: L.Trainer,
        module: L.LightningModule,
        training: DataLoader[Any],
        validation: DataLoader[Any],
    ) -> Outcome:
        """Train, or go on from the folder's `last.ckpt`. Ctrl-C and SIGTERM are KeyboardInterrupt."""
        last = self.folder / "last.ckpt"
        with _without_needless_advice(), ended_by_sigterm():
            try:
                trainer.fit(
                    module.to(memory_format=torch.channels_last),
                    training,
                    validation,
                    ckpt_path=last if last.is_file() else None,
                )
            except SystemExit:  # what Lightning makes of Ctrl-C
                raise KeyboardInterrupt from None
        best = trainer.checkpoint_callback
        assert isinstance(best, ModelCheckpoint)
        return Outcome(Path(best.best_model_path), float(best.best_model_score or 0.0))


@contextmanager
def _without_needless_advice() -> Iterator[None]:
    """Keep Lightning's hints about what is meant to be so from hiding its real warnings."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        for part in _ADVICE:
            warnings.filterwarnings("ignore", message=f".*{part}.*")
        yield


def _precision(name: str) -> str:
    if name != "auto":
        return name
    return "16-mixed" if torch.cuda.is_available() else "32-true"


def read_checkpoint(path: Path, keys: set[str], holds_no: str, command: str) -> dict[str, Any]:
    """A checkpoint that `command` wrote; DataError if there is none, or it lacks one of its hyper-parameters.

    keys: the hyper-parameters. holds_no: what a file without them lacks, in words.
    """
    expected = f"expected a .ckpt that `{command}` wrote"
    if not path.is_file():
        raise DataError(f"checkpoint {path}: no such file: {expected}")
    checkpoint = load_torch_file(path)
    weights, said = checkpoint.get("state_dict"), checkpoint.get("hyper_parameters")
    if not isinstance(weights, dict) or not isinstance(said, dict) or not keys <= set(said):
        raise DataError(f"checkpoint {path}: holds no {holds_no}: {expected}")
    return checkpoint
