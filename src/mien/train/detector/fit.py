"""One Lightning fit that can be taken up again after a kill, and the network read back from what it kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import lightning as L
from lightning.pytorch.loggers import CSVLogger
from torch.utils.data import Dataset

from mien.files import write_whole
from mien.train.detector.batches import make_loader
from mien.train.detector.module import FaceModule
from mien.train.detector.network import FaceNet
from mien.train.detector.settings import FaceTrainSettings, from_dict
from mien.train.detector.sources import Sample
from mien.train.detector.start import read_into
from mien.train.lightning_fit import Fit, Machine, Outcome, read_checkpoint
from mien.train.module import take_weights


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
    start_from: Path | None = None,
) -> Outcome:
    """Train, or go on from the run's `last.ckpt`; writes `best.ckpt`, whose score on validation is returned.

    workers: processes that make training pictures; 0 makes them between the steps. start_from: the file of a
    detector whose weights are the first ones.
    """
    L.seed_everything(settings.seed, workers=True, verbose=False)
    net = FaceNet(settings.network)
    loader = make_loader(training, settings.batch_size, train=True, workers=workers)
    if start_from is not None:
        read_into(net, start_from, next(iter(loader)).images)
    module = FaceModule(net, settings)
    fit = Fit(
        run_dir / "fit",
        settings.epochs,
        settings.patience,
        settings.ema_decay,
        settings.precision,
        settings.seed,
    )
    # A version for each start: Lightning empties the folder of a log that it opens again.
    log = CSVLogger(fit.folder, name="csv")
    kept = fit.run(
        fit.make_trainer([log], Machine("1")),
        module,
        loader,
        make_loader(validation, settings.batch_size, train=False),
    )
    write_whole(run_dir / "best.ckpt", lambda beside: shutil.copyfile(kept.checkpoint, beside))
    return Outcome(run_dir / "best.ckpt", kept.score)


def load_face_net(path: Path) -> LoadedFaceNet:
    """The network of a checkpoint that `train` wrote; DataError if it is another file."""
    checkpoint = read_checkpoint(path, {"face_settings"}, "detector", "mien train-detector")
    settings = from_dict(checkpoint["hyper_parameters"]["face_settings"], str(path))
    net = FaceNet(settings.network)
    take_weights(net, checkpoint["state_dict"], path)
    return LoadedFaceNet(net.eval(), settings)
