"""A run of the face detector: its plan on disk, its data, its training, its curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.files import file_sha256
from mien.train import run_folder
from mien.train.detector.augment import Augmenter
from mien.train.detector.batches import TrainingPictures, WholePictures
from mien.train.detector.curves import draw_curves
from mien.train.detector.fit import train
from mien.train.detector.hard import HardPlace, hard_places
from mien.train.detector.labels import label_file, read_labels
from mien.train.detector.settings import FaceTrainSettings, read_settings
from mien.train.detector.sources import CloseUps, PictureFiles
from mien.train.reading import Progress, unwatched
from mien.train.run_folder import KeptFile, RunPlan, RunReport, check_free, check_same, write_plan

KEEP_BYTES = 2 * 2**30
"""So much memory may hold decoded training pictures."""


@dataclass(frozen=True)
class FacePlan(RunPlan[FaceTrainSettings]):
    """A plan whose `data` is a folder of labelled pictures; `sha256` is that of the file of training labels.

    close_ups: Parquet of FER2013's faces, or None. start_from: the file of a detector whose weights are the
    first ones and whose errors are the hard places, or None.
    """

    close_ups: KeptFile | None
    start_from: KeptFile | None

    def check_same_files(self, close_ups: Path | None, start_from: Path | None) -> None:
        """OptionError if a run that is taken up is asked to go on with other files; None asks for none."""
        asked = (("--close-ups", close_ups, self.close_ups), ("--start-from", start_from, self.start_from))
        for option, given, begun in asked:
            check_same(option, given and given.resolve(), begun.path if begun else None)


def new_plan(
    data: Path,
    run_dir: Path,
    settings: FaceTrainSettings,
    close_ups: Path | None = None,
    start_from: Path | None = None,
) -> FacePlan:
    """Write the plan of a new run.

    OptionError if the folder holds a run that has begun to learn, DataError for a file that is not there.
    """
    check_free(run_dir)
    digest = file_sha256(label_file(data, "train"))
    faces = KeptFile.begin(close_ups, "a Parquet file that `mien data` wrote") if close_ups else None
    start = KeptFile.begin(start_from, "an .onnx of `mien export-detector`") if start_from else None
    plan = FacePlan(data.resolve(), digest, settings, faces, start)
    said: dict[str, str | None] = {"data": str(plan.data), "labels_sha256": digest}
    for name, file in (("close_ups", faces), ("start_from", start)):
        if file is not None:
            said |= {name: str(file.path), f"{name}_sha256": file.sha256}
    write_plan(plan, said, run_dir)
    return plan


def read_plan(run_dir: Path) -> FacePlan:
    """The plan of a run that was begun; DataError if there is none, or a file of it has changed since."""
    plan = run_folder.read_plan(_plan, run_dir)
    labels = KeptFile(label_file(plan.data, "train"), plan.sha256)
    for file in (labels, plan.close_ups, plan.start_from):
        if file is not None:
            file.check_unchanged()
    return plan


def _plan(said: dict[str, Any], recipe: Path) -> FacePlan:
    close_ups, start = (
        KeptFile(Path(said[name]), said.get(f"{name}_sha256")) if said.get(name) else None
        for name in ("close_ups", "start_from")
    )
    return FacePlan(Path(said["data"]), said["labels_sha256"], read_settings(recipe), close_ups, start)


def find_hard_places(plan: FacePlan, progress: Progress = unwatched) -> list[HardPlace]:
    """Where the detector that the run starts from errs; nothing if the run starts anew or wants none."""
    if plan.start_from is None or not plan.settings.augment.hard_prob:
        return []
    return hard_places(plan.start_from.path, PictureFiles(read_labels(plan.data, "train")), progress)


def execute(plan: FacePlan, run_dir: Path, workers: int = 0, hard: Sequence[HardPlace] = ()) -> RunReport:
    """Train what is left of a run and draw its learning curves. hard: what `find_hard_places` found."""
    settings = plan.settings
    close_ups = CloseUps.open(plan.close_ups.path) if plan.close_ups else None
    files = PictureFiles(read_labels(plan.data, "train"), KEEP_BYTES // max(1, workers))
    checked = PictureFiles(read_labels(plan.data, "val"))
    augmenter = Augmenter(files, settings.augment, settings.side_px, close_ups, hard)
    outcome = train(
        TrainingPictures(augmenter, settings.looks),
        WholePictures(checked, settings.check_side_px),
        settings,
        run_dir,
        workers,
        plan.start_from.path if plan.start_from else None,
    )
    curves = run_dir / "learning-curves.png"
    draw_curves(sorted((run_dir / "fit" / "csv").glob("version_*/metrics.csv"), key=_start), curves)
    return RunReport(outcome.checkpoint, outcome.score, curves)


def _start(log: Path) -> int:
    """How many times the run had been begun before the one that wrote this log."""
    return int(log.parent.name.removeprefix("version_"))
