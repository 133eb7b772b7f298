"""A training run: its phases in order, each a Lightning fit that can be taken up again after a kill."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import lightning as L
import torch
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from mien.errors import DataError, OptionError
from mien.files import write_text, write_whole
from mien.options import check_range
from mien.train import csv_log
from mien.train.backbone import CutMobileNetV2, load_weights, read_weights
from mien.train.data import FaceDataset, Share, class_weights, scoring_loader, training_loader
from mien.train.lightning_fit import Fit, Machine, Outcome, read_checkpoint
from mien.train.model import EmotionNet
from mien.train.module import EmotionModule, take_weights
from mien.train.recipe import from_dict
from mien.train.settings import TEACHERS, UPSAMPLE_PX, PhaseSettings, TrainSettings
from mien.train.teachers import Teachers


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


@dataclass(frozen=True)
class _Told:
    """What a checkpoint tells of its network, beside the weights."""

    settings: TrainSettings
    upsample_px: int
    votes: bool

    def __post_init__(self) -> None:
        check_range("upsample_px", self.upsample_px, *UPSAMPLE_PX)


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
    teachers = {
        teacher.name: train(
            training,
            validation,
            teacher.recipe,
            teacher_dir(run_dir, teacher.name),
            backbone_weights=backbone_weights,
            machine=machine,
        ).checkpoint
        for teacher in settings.teachers
    }
    L.seed_everything(settings.seed, workers=True, verbose=False)
    net = EmotionNet(settings.network)
    if settings.begin:
        _go_on_from(net, teachers[settings.begin])
    elif (
        backbone_weights is not None
        and isinstance(net.backbone, CutMobileNetV2)
        and not _holds_checkpoints(run_dir)
    ):
        load_weights(net.backbone, read_weights(backbone_weights))
    known, outcome = dict(teachers), None
    for phase in settings.phases:
        by = phase.taught_by or tuple(teachers)
        outcome = _finished(run_dir / phase.name)
        if outcome is None:
            outcome = _fit_phase(
                _make_module(net, training, settings, phase, [known[name] for name in by]),
                training,
                validation,
                run_dir / phase.name,
                machine,
            )
        known[phase.name] = outcome.checkpoint
        _go_on_from(net, outcome.checkpoint)
    assert outcome is not None
    if leads():
        write_whole(run_dir / "best.ckpt", lambda beside: shutil.copyfile(outcome.checkpoint, beside))
    return Outcome(run_dir / "best.ckpt", outcome.score)


def teacher_dir(run_dir: Path, name: str) -> Path:
    """Where a run keeps the run of one of its teachers."""
    return run_dir / TEACHERS / name


def _go_on_from(net: EmotionNet, checkpoint: Path) -> None:
    """Take the weights that a phase or a teacher ended with, and the size of the faces that they know."""
    known = load_net(checkpoint).net
    net.load_state_dict(known.state_dict())
    net.upsample_px = known.upsample_px


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
        taught_by = Teachers([load_net(path).net for path in teachers] or [copy.deepcopy(net)])
    return EmotionModule(net, settings, phase, weight, votes=training.has_votes, teachers=taught_by)


def _fit_phase(
    module: EmotionModule,
    training: FaceDataset,
    validation: FaceDataset,
    phase_dir: Path,
    machine: Machine,
) -> Outcome:
    settings, phase = module.settings, module.phase
    step = min(settings.batch_size, len(training))
    fit = Fit(
        phase_dir,
        phase.epochs,
        phase.patience,
        settings.ema_decay,
        settings.precision,
        settings.seed,
        # As many as for one process, which need not fill up its share.
        steps=len(training) // step,
    )
    trainer = _make_trainer(fit, machine)
    share = Share(trainer.global_rank, trainer.world_size)
    _check_enough(share, step, len(validation))
    batch_size, jpeg_share = step // share.of, settings.views(phase).jpeg_prob
    outcome = fit.run(
        trainer,
        module,
        training_loader(training, batch_size, settings.seed, share, jpeg_share),
        scoring_loader(validation, batch_size, share),
    )
    _mark_finished(phase_dir, outcome)
    return outcome


def _check_enough(share: Share, step: int, to_score: int) -> None:
    """OptionError if a process would have fewer than two pictures of a step, or none to score."""
    if share.of > min(step // 2, to_score):
        raise OptionError(
            f"{share.of} processes share {step} pictures a step and {to_score} to score: expected at least "
            "two and one for each; use fewer --devices"
        )


def _make_trainer(fit: Fit, machine: Machine) -> L.Trainer:
    loggers = (
        CSVLogger(fit.folder, name="", version=csv_log.new_version(fit.folder)),
        TensorBoardLogger(fit.folder, name="", version="tb"),
    )
    try:
        return fit.make_trainer(loggers, machine)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise OptionError(
            f"devices {machine.devices!r}, precision {fit.precision!r}: {' '.join(str(error).split())}"
        ) from error


def _holds_checkpoints(run_dir: Path) -> bool:
    return any(run_dir.glob("*/last.ckpt"))


def _mark_finished(phase_dir: Path, outcome: Outcome) -> None:
    if leads():
        text = json.dumps({"checkpoint": outcome.checkpoint.name, "val_score": outcome.score})
        write_text(phase_dir / "finished.json", text)


def _finished(phase_dir: Path) -> Outcome | None:
    mark = phase_dir / "finished.json"
    if not mark.is_file():
        return None
    said = json.loads(mark.read_text(encoding="utf-8"))
    return Outcome(phase_dir / said["checkpoint"], float(said["val_score"]))


def load_net(path: Path) -> LoadedNet:
    """The network of a checkpoint that `train` wrote, in evaluation mode; DataError if it is another file."""
    keys = {entry.name for entry in fields(_Told)}
    checkpoint = read_checkpoint(path, keys, "mien settings", "mien train")
    said = {name: checkpoint["hyper_parameters"][name] for name in keys}
    try:
        told = from_dict(_Told, said, f"checkpoint {path}")
    except OptionError as error:
        raise DataError(f"checkpoint {path}: {error}") from error
    net = EmotionNet(told.settings.network, upsample_px=told.upsample_px)
    take_weights(net, checkpoint["state_dict"], path)
    return LoadedNet(net.eval(), told.settings, told.votes)
