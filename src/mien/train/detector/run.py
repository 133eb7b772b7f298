"""A run of the face detector: its plan on disk, its data, its training, its curves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.files import file_sha256
from mien.train import run_folder
from mien.train.detector.augment import Augmenter
from mien.train.detector.batches import TrainingPictures, WholePictures
from mien.train.detector.curves import draw_curves
from mien.train.detector.fit import train
from mien.train.detector.labels import label_file, read_labels
from mien.train.detector.settings import FaceTrainSettings, read_settings
from mien.train.detector.sources import CloseUps, PictureFiles
from mien.train.run_folder import RunPlan, RunReport, check_free, write_plan

KEEP_BYTES = 2 * 2**30
"""So much memory may hold decoded training pictures."""


@dataclass(frozen=True)
class FacePlan(RunPlan[FaceTrainSettings]):
    """A plan whose `data` is a folder of labelled pictures; `sha256` is that of the file of training labels.

    close_ups: Parquet of FER2013's faces, or None.
    """

    close_ups: Path | None


def new_plan(
    data: Path, run_dir: Path, settings: FaceTrainSettings, close_ups: Path | None = None
) -> FacePlan:
    """Write the plan of a new run; OptionError if the folder holds a run that has begun to learn."""
    check_free(run_dir)
    digest = file_sha256(label_file(data, "train"))
    plan = FacePlan(data.resolve(), digest, settings, close_ups.resolve() if close_ups else None)
    said = {
        "data": str(plan.data),
        "labels_sha256": digest,
        "close_ups": str(plan.close_ups) if plan.close_ups else None,
    }
    write_plan(plan, said, run_dir)
    return plan


def read_plan(run_dir: Path) -> FacePlan:
    """The plan of a run that was begun; DataError if there is none, or its labels have changed since."""
    plan = run_folder.read_plan(_plan, run_dir)
    plan.check_unchanged(label_file(plan.data, "train"))
    return plan


def _plan(said: dict[str, Any], recipe: Path) -> FacePlan:
    close_ups = Path(said["close_ups"]) if said["close_ups"] else None
    return FacePlan(Path(said["data"]), said["labels_sha256"], read_settings(recipe), close_ups)


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
