"""A training run: its phases in order, each a Lightning fit that can be taken up again after a kill."""

from __future__ import annotations

import copy
import json
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
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    EMAWeightAveraging,
    LearningRateMonitor,
    ModelCheckpoint,
    TQDMProgressBar,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from mien.errors import DataError, OptionError
from mien.files import write_text, write_whole
from mien.train.backbone import load_torch_file, load_weights, read_weights
from mien.train.data import FaceDataset, class_weights, make_loader
from mien.train.model import EmotionNet
from mien.train.module import EmotionModule, net_weights
from mien.train.settings import PhaseSettings, TrainSettings, from_dict
from mien.train.teachers import Teachers


@dataclass(frozen=True)
class Machine:
    """Where a run computes: Lightning's `devices` and `num_nodes`; several of either run under DDP.

    Several machines share the run's folder.
    """

    devices: str = "auto"
    nodes: int = 1


@dataclass(frozen=True)
class Outcome:
    """The best checkpoint of a run and what it scored on validation."""

    checkpoint: Path
    score: float


@dataclass(frozen=True)
class LoadedNet:
    """A network read back from a checkpoint; `votes` tells whether its crowd head was trained."""

    net: EmotionNet
    settings: TrainSettings
    votes: bool

    @property
    def serve(self) -> str:
        """The head that a user sees: `crowd` where it was trained, else `label`."""
        return "crowd" if self.votes else "label"


def leads() -> bool:
    """Whether this process writes and speaks: the only one, or the first of those that train together.

    A process that Lightning or a cluster started knows its rank from the environment, before any Trainer.
    """
    return LightningEnvironment().node_rank() == 0 and getattr(rank_zero_only, "rank", 0) == 0


def train(
    training: FaceDataset,
    validation: FaceDataset,
    settings: TrainSettings,
    run_dir: Path,
    *,
    backbone_weights: str | None = "imagenet",
    machine: Machine | None = None,
) -> Outcome:
    """Run every phase that `run_dir` does not hold as finished, each from the best of the one before.

    A phase that was cut off is taken up at its last checkpoint. backbone_weights: see
    `backbone.read_weights`; None starts from random weights. Writes `best.ckpt` into `run_dir`.
    """
    machine = machine or Machine()
    teachers = [
        train(
            training,
            validation,
            teacher.recipe,
            run_dir / "teachers" / teacher.name,
            backbone_weights=backbone_weights,
            machine=machine,
        ).checkpoint
        for teacher in settings.teachers
    ]
    L.seed_everything(settings.seed, workers=True, verbose=False)
    net = EmotionNet(settings.network)
    if backbone_weights is not None and not _holds_checkpoints(run_dir):
        load_weights(net.backbone, read_weights(backbone_weights))
    outcome = None
    for phase in settings.phases:
        outcome = _finished(run_dir / phase.name)
        if outcome is None:
            outcome = _fit_phase(
                _make_module(net, training, settings, phase, teachers),
                training,
                validation,
                run_dir / phase.name,
                machine,
            )
        net.load_state_dict(net_weights(load_torch_file(outcome.checkpoint)["state_dict"]))
    assert outcome is not None
    if leads():
        write_whole(run_dir / "best.ckpt", lambda beside: shutil.copyfile(outcome.checkpoint, beside))
    return Outcome(run_dir / "best.ckpt", outcome.score)


def _make_module(
    net: EmotionNet,
    training: FaceDataset,
    settings: TrainSettings,
    phase: PhaseSettings,
    teachers: list[Path],
) -> EmotionModule:
    labels = training.label[training.label >= 0].numpy()
    weight = torch.from_numpy(class_weights(labels, settings.class_weight_power))
    taught_by = None
    if phase.distil > 0:
        taught_by = Teachers([*(load_net(path).net for path in teachers), copy.deepcopy(net)])
    return EmotionModule(net, settings, phase, weight, votes=training.has_votes, teachers=taught_by)


def _fit_phase(
    module: EmotionModule,
    training: FaceDataset,
    validation: FaceDataset,
    phase_dir: Path,
    machine: Machine,
) -> Outcome:
    settings, phase = module.settings, module.phase
    best = ModelCheckpoint(phase_dir, filename="best", monitor="val_score", mode="max", save_last=True)
    best.CHECKPOINT_NAME_LAST = "last"
    last = phase_dir / "last.ckpt"
    with _without_needless_advice():
        trainer = _make_trainer(settings, phase, phase_dir, machine, best)
        batch_size = max(2, settings.batch_size // trainer.world_size)
        try:
            trainer.fit(
                module.to(memory_format=torch.channels_last),
                make_loader(training, batch_size, train=True, jpeg_share=settings.views(phase).jpeg_prob),
                make_loader(validation, batch_size, train=False),
                ckpt_path=last if last.is_file() else None,
            )
        except SystemExit:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from None
    return _mark_finished(phase_dir, Path(best.best_model_path), float(best.best_model_score or 0.0))


def _make_trainer(
    settings: TrainSettings, phase: PhaseSettings, phase_dir: Path, machine: Machine, best: ModelCheckpoint
) -> L.Trainer:
    callbacks: list[Callback] = [
        best,
        EarlyStopping(monitor="val_score", mode="max", patience=phase.patience),
        EMAWeightAveraging(decay=settings.ema_decay),
        LearningRateMonitor(),
        TQDMProgressBar(leave=True),
    ]
    parallel = machine.nodes > 1 or machine.devices not in ("auto", "1")
    try:
        return L.Trainer(
            max_epochs=phase.epochs,
            devices=machine.devices,
            num_nodes=machine.nodes,
            strategy="ddp" if parallel else "auto",
            precision=cast(Any, _precision(settings.precision)),
            callbacks=callbacks,
            logger=[
                CSVLogger(phase_dir, name="", version="csv"),
                TensorBoardLogger(phase_dir, name="", version="tb"),
            ],
            num_sanity_val_steps=0,
            log_every_n_steps=20,
            enable_model_summary=False,
            gradient_clip_val=5.0,
        )
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise OptionError(
            f"devices {machine.devices!r}, precision {settings.precision!r}: {' '.join(str(error).split())}"
        ) from error


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


def _precision(name: str) -> str:
    if name != "auto":
        return name
    return "16-mixed" if torch.cuda.is_available() else "32-true"


def _holds_checkpoints(run_dir: Path) -> bool:
    return any(run_dir.glob("*/last.ckpt"))


def _mark_finished(phase_dir: Path, checkpoint: Path, score: float) -> Outcome:
    if leads():
        text = json.dumps({"checkpoint": checkpoint.name, "val_score": score})
        write_text(phase_dir / "finished.json", text)
    return Outcome(checkpoint, score)


def _finished(phase_dir: Path) -> Outcome | None:
    mark = phase_dir / "finished.json"
    if not mark.is_file():
        return None
    said = json.loads(mark.read_text(encoding="utf-8"))
    return Outcome(phase_dir / said["checkpoint"], float(said["val_score"]))


def load_net(path: Path) -> LoadedNet:
    """The network of a checkpoint that `train` wrote, in evaluation mode; DataError if it is another file."""
    if not path.is_file():
        raise DataError(f"checkpoint {path}: no such file: expected a .ckpt that `mien train` wrote")
    checkpoint = load_torch_file(path)
    said = checkpoint.get("hyper_parameters", {})
    if "state_dict" not in checkpoint or not {"settings", "upsample_px", "votes"} <= set(said):
        raise DataError(
            f"checkpoint {path}: holds no mien settings: expected a .ckpt that `mien train` wrote"
        )
    settings = from_dict(said["settings"], str(path))
    net = EmotionNet(settings.network, upsample_px=said["upsample_px"])
    net.load_state_dict(net_weights(checkpoint["state_dict"]))
    return LoadedNet(net.eval(), settings, bool(said["votes"]))
