"""A run of the emotion network: its plan on disk, its data, its training, its curves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mien.errors import DataError
from mien.files import file_sha256
from mien.train import run_folder
from mien.train.data import FaceDataset
from mien.train.evaluate import majority
from mien.train.figures import draw_curves
from mien.train.fit import leads, teacher_dir, train
from mien.train.lightning_fit import Machine
from mien.train.run_folder import RunPlan, RunReport, check_free, write_plan
from mien.train.settings import TrainSettings, read_settings
from mien.train.table import FaceTable, read_table


@dataclass(frozen=True)
class Plan(RunPlan[TrainSettings]):
    """A plan whose `data` is a Parquet file, of which `sha256` is; backbone_weights: as for `train`."""

    backbone_weights: str

    @property
    def weights_fit(self) -> bool:
        """Whether the backbone's weights expect what the recipe gives them, as far as that is known."""
        given = {each.normalisation for each in self.settings.networks() if not each.scratch}
        return self.backbone_weights != "imagenet" or given <= {"imagenet"}


def new_plan(data: Path, run_dir: Path, settings: TrainSettings, backbone_weights: str) -> Plan:
    """Write the plan of a new run; OptionError if the folder holds a run already.

    A plan that failed before its first step may be written over. Of several processes that train together the
    first one writes.
    """
    if leads():
        check_free(run_dir)
    if not data.is_file():
        raise DataError(f"{data}: no such file: expected a Parquet file that `mien data clean` wrote")
    plan = Plan(data.resolve(), file_sha256(data), settings, backbone_weights)
    if leads():
        said = {"data": str(plan.data), "data_sha256": plan.sha256, "backbone_weights": backbone_weights}
        write_plan(plan, said, run_dir)
    return plan


def read_plan(run_dir: Path) -> Plan:
    """The plan of a run that was begun; DataError if there is none, or its data has changed since."""
    plan = run_folder.read_plan(_plan, run_dir)
    plan.check_unchanged(plan.data)
    return plan


def _plan(said: dict[str, Any], recipe: Path) -> Plan:
    return Plan(Path(said["data"]), said["data_sha256"], read_settings(recipe), said["backbone_weights"])


def execute(plan: Plan, run_dir: Path, devices: str, nodes: int, teacher: str | None = None) -> RunReport:
    """Train what is left of a run, or of one of its teachers, and draw its learning curves."""
    settings = plan.settings
    if teacher is not None:
        settings, run_dir = settings.teacher(teacher).recipe, teacher_dir(run_dir, teacher)
    table = read_table(plan.data)
    five = table.take(table.labels() >= 0)
    training, validation = _split(table, "Training", plan.data), _split(five, "PublicTest", plan.data)
    if training.has_votes and (majority(five)[five.usage == "PublicTest"] < 0).all():
        raise DataError(
            f"{plan.data}: Training has votes, but no picture of PublicTest has a majority of them, by which "
            "the crowd head is validated: expected votes in both or in neither"
        )
    outcome = train(
        training,
        validation,
        settings,
        run_dir,
        backbone_weights=None if plan.backbone_weights == "none" else plan.backbone_weights,
        machine=Machine(devices, nodes),
    )
    curves = run_dir / "learning-curves.png"
    if leads():
        draw_curves(run_dir, [phase.name for phase in settings.phases], curves)
    return RunReport(outcome.checkpoint, outcome.score, curves)


def _split(table: FaceTable, usage: str, data: Path) -> FaceDataset:
    try:
        return FaceDataset(table.take(table.usage == usage))
    except DataError as error:
        raise DataError(f"{data}, {usage}: {error}: expected Training and PublicTest") from error
