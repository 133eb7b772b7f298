"""One Lightning fit that can be taken up again after a kill, and the network read back from what it kept."""

from __future__ import annotations

import logging
import shutil
import warnings
from collections.abc import Iterator
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
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import Dataset

from mien.errors import DataError
from mien.files import write_whole
from mien.train.backbone import load_torch_file
from mien.train.detector.batches import make_loader
from mien.train.detector.module import FaceModule
from mien.train.detector.network import FaceNet
from mien.train.detector.recipe import from_dict
from mien.train.detector.settings import FaceTrainSettings
from mien.train.detector.sources import Sample
from mien.train.fit import Outcome
from mien.train.module import net_weights


@dataclass(frozen=True)
class LoadedFaceNet:
    """A network read back from a checkpoint, in evaluation mode, and the recipe that made it."""

    net: FaceNet
    settings: FaceTrainSettings


def train(
    training: Dataset[Sample],
    validation: Dataset[Sample],
    settings: FaceTrainSettings,
    run_dir: Path,
    workers: int = 0,
) -> Outcome:
    """Train, or go on from the run's `last.ckpt`; writes `best.ckpt`, whose score on validation is returned.

    workers: processes that make training pictures; 0 makes them between the steps.
    """
    L.seed_everything(settings.seed, workers=True, verbose=False)
    module = FaceModule(FaceNet(settings.network), settings)
    best = ModelCheckpoint(run_dir / "fit", filename="best", monitor="val_score", mode="max", save_last=True)
    best.CHECKPOINT_NAME_LAST = "last"
    last = run_dir / "fit" / "last.ckpt"
    with _without_needless_advice():
        trainer = _make_trainer(settings, run_dir, best)
        try:
            trainer.fit(
                module.to(memory_format=torch.channels_last),
                make_loader(training, settings.batch_size, train=True, workers=workers),
                make_loader(validation, settings.batch_size, train=False),
                ckpt_path=last if last.is_file() else None,
            )
        except SystemExit:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from None
    kept = Path(best.best_model_path)
    write_whole(run_dir / "best.ckpt", lambda beside: shutil.copyfile(kept, beside))
    return Outcome(run_dir / "best.ckpt", float(best.best_model_score or 0.0))


def _make_trainer(settings: FaceTrainSettings, run_dir: Path, best: ModelCheckpoint) -> L.Trainer:
    precision = settings.precision
    if precision == "auto":
        precision = "16-mixed" if torch.cuda.is_available() else "32-true"
    return L.Trainer(
        max_epochs=settings.epochs,
        devices=1,
        precision=cast(Any, precision),
        callbacks=[
            best,
            EarlyStopping(monitor="val_score", mode="max", patience=settings.patience),
            EMAWeightAveraging(decay=settings.ema_decay),
            LearningRateMonitor(),
            TQDMProgressBar(leave=True),
        ],
        # A version for each start: Lightning empties the folder of a log that it opens again.
        logger=CSVLogger(run_dir / "fit", name="csv"),
        num_sanity_val_steps=0,
        log_every_n_steps=20,
        enable_model_summary=False,
        gradient_clip_val=5.0,
    )


@contextmanager
def _without_needless_advice() -> Iterator[None]:
    """Keep Lightning's hints about what is meant to be so from hiding its real warnings."""
    advice = (
        "does not have many workers",
        "exists and is not empty",
        "smaller than the logging interval",
        "in eval mode at the start of training",
    )
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        for part in advice:
            warnings.filterwarnings("ignore", message=f".*{part}.*")
        yield


def load_face_net(path: Path) -> LoadedFaceNet:
    """The network of a checkpoint that `train` wrote; DataError if it is another file."""
    if not path.is_file():
        raise DataError(f"checkpoint {path}: no such file: expected a .ckpt that `mien train-detector` wrote")
    checkpoint = load_torch_file(path)
    said = checkpoint.get("hyper_parameters", {})
    if "state_dict" not in checkpoint or "face_settings" not in said:
        raise DataError(
            f"checkpoint {path}: holds no detector: expected a .ckpt that `mien train-detector` wrote"
        )
    settings = from_dict(said["face_settings"], str(path))
    net = FaceNet(settings.network)
    net.load_state_dict(net_weights(checkpoint["state_dict"]))
    return LoadedFaceNet(net.eval(), settings)
