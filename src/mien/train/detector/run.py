"""A run on disk: what was asked for, written beside it, so that it can be taken up again and made again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mien.errors import DataError, OptionError
from mien.files import file_sha256, write_text
from mien.train.detector.augment import Augmenter
from mien.train.detector.batches import TrainingPictures, WholePictures
from mien.train.detector.curves import draw_curves
from mien.train.detector.fit import train
from mien.train.detector.labels import label_file, read_labels
from mien.train.detector.settings import FaceTrainSettings, read_settings
from mien.train.detector.sources import CloseUps, PictureFiles
from mien.train.recipe import write_settings
from mien.train.run import RunReport

KEEP_BYTES = 2 * 2**30
"""So much memory may hold decoded training pictures."""


@dataclass(frozen=True)
class FacePlan:
    """Which data a run learns from, and how.

    data: folder of the labelled pictures. close_ups: Parquet of FER2013's faces, or None.
    sha256: of the file of training labels.
    """

    data: Path
    close_ups: Path | None
    sha256: str
    settings: FaceTrainSettings

    def check_same(self, data: Path | None, settings: FaceTrainSettings) -> None:
        """OptionError if a run that is taken up is asked to go on with other data or another recipe."""
        if data is not None and data.resolve() != self.data:
            raise OptionError(f"{data}: the run began with {self.data}: expected the same with --resume")
        if settings != self.settings:
            raise OptionError("the run began with another recipe: expected the same options with --resume")


def new_plan(
    data: Path, run_dir: Path, settings: FaceTrainSettings, close_ups: Path | None = None
) -> FacePlan:
    """Write the plan of a new run; OptionError if the folder holds a run that has begun to learn."""
    if (run_dir / "run.json").exists() and any(run_dir.glob("*/*")):
        raise OptionError(f"{run_dir}: holds a run already: expected another folder, or --resume")
    digest = file_sha256(label_file(data, "train"))
    plan = FacePlan(data.resolve(), close_ups.resolve() if close_ups else None, digest, settings)
    write_settings(settings, run_dir / "settings.yaml")
    said = {
        "data": str(plan.data),
        "labels_sha256": digest,
        "close_ups": str(plan.close_ups) if plan.close_ups else None,
    }
    write_text(run_dir / "run.json", json.dumps(said, indent=2))
    return plan


def read_plan(run_dir: Path) -> FacePlan:
    """The plan of a run that was begun; DataError if there is none, or its labels have changed since."""
    try:
        said = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
        close_ups = Path(said["close_ups"]) if said["close_ups"] else None
        plan = FacePlan(
            Path(said["data"]), close_ups, said["labels_sha256"], read_settings(run_dir / "settings.yaml")
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{run_dir}: holds no run to resume: expected run.json and settings.yaml") from error
    labels = label_file(plan.data, "train")
    if file_sha256(labels) != plan.sha256:
        raise DataError(f"{labels}: is not the file that the run began with: expected SHA-256 {plan.sha256}")
    return plan


def execute(plan: FacePlan, run_dir: Path, workers: int = 0) -> RunReport:
    """Train what is left of a run and draw its learning curves."""
    settings = plan.settings
    close_ups = CloseUps.open(plan.close_ups) if plan.close_ups else None
    files = PictureFiles(read_labels(plan.data, "train"), KEEP_BYTES // max(1, workers))
    checked = PictureFiles(read_labels(plan.data, "val"))
    outcome = train(
        TrainingPictures(Augmenter(files, settings.augment, settings.side_px, close_ups), settings.looks),
        WholePictures(checked, settings.check_side_px),
        settings,
        run_dir,
        workers,
    )
    curves = run_dir / "learning-curves.png"
    draw_curves(sorted((run_dir / "fit" / "csv").glob("version_*/metrics.csv"), key=_start), curves)
    return RunReport(outcome.checkpoint, outcome.score, curves)


def _start(log: Path) -> int:
    """How many times the run had been begun before the one that wrote this log."""
    return int(log.parent.name.removeprefix("version_"))
