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
from mien.train.run_folder import KeptFile, RunPlan, RunReport, check_free, check_same, write_plan
from mien.train.settings import TrainSettings, read_settings
from mien.train.table import FaceTable, read_table

NAMED_WEIGHTS = ("imagenet", "none")
"""What the backbone may begin with that is no file."""


@dataclass(frozen=True)
class Plan(RunPlan[TrainSettings]):
    """A plan whose `data` is a Parquet file, of which `sha256` is.

    backbone_weights: one of NAMED_WEIGHTS, or the whole path of a file, of which weights_sha256 is; that is
    None in a run that was begun when it was not kept yet.
    """

    backbone_weights: str
    weights_sha256: str | None

    @property
    def weights_fit(self) -> bool:
        """Whether the backbone's weights expect what the recipe gives them, as far as that is known."""
        given = {each.normalisation for each in self.settings.networks() if not each.scratch}
        return self.backbone_weights != "imagenet" or given <= {"imagenet"}

    def check_same_weights(self, given: str | None) -> None:
        """OptionError if a run that is taken up is asked to go on with other weights; None asks for none."""
        check_same("--backbone-weights", given if given is None else _whole(given), self.backbone_weights)


def new_plan(data: Path, run_dir: Path, settings: TrainSettings, backbone_weights: str) -> Plan:
    """Write the plan of a new run; OptionError if the folder holds a run already, DataError without a file.

    A plan that failed before its first step may be written over. Of several processes that train together the
    first one writes.
    """
    if leads():
        check_free(run_dir)
    if not data.is_file():
        raise DataError(f"{data}: no such file: expected a Parquet file that `mien data clean` wrote")
    weights_sha256 = None
    if backbone_weights not in NAMED_WEIGHTS:
        expected = f"a .safetensors or .pth file, or {' or '.join(NAMED_WEIGHTS)}"
        weights_sha256 = KeptFile.begin(Path(backbone_weights), expected).sha256
    plan = Plan(data.resolve(), file_sha256(data), settings, _whole(backbone_weights), weights_sha256)
    if leads():
        said = {
            "data": str(plan.data),
            "data_sha256": plan.sha256,
            "backbone_weights": plan.backbone_weights,
            "backbone_weights_sha256": weights_sha256,
        }
        write_plan(plan, said, run_dir)
    return plan


def read_plan(run_dir: Path) -> Plan:
    """The plan of a run that was begun; DataError if there is none, or a file of it has changed since."""
    plan = run_folder.read_plan(_plan, run_dir)
    KeptFile(plan.data, plan.sha256).check_unchanged()
    KeptFile(Path(plan.backbone_weights), plan.weights_sha256).check_unchanged()
    return plan


def _plan(said: dict[str, Any], recipe: Path) -> Plan:
    weights, weights_sha256 = _whole(said["backbone_weights"]), said.get("backbone_weights_sha256")
    return Plan(Path(said["data"]), said["data_sha256"], read_settings(recipe), weights, weights_sha256)


def _whole(weights: str) -> str:
    """A name of weights as it is; a path from the root on, for whoever resumes elsewhere."""
    return weights if weights in NAMED_WEIGHTS else str(Path(weights).resolve())


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
