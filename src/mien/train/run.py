"""A run on disk: what was asked for, written beside it, so that it can be taken up again and made again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mien.errors import DataError, OptionError
from mien.files import file_sha256, write_text
from mien.train.data import FaceDataset
from mien.train.figures import draw_curves
from mien.train.fit import leads, train
from mien.train.lightning_fit import Machine
from mien.train.recipe import write_settings
from mien.train.settings import TrainSettings, read_settings
from mien.train.table import FaceTable, read_table


@dataclass(frozen=True)
class Plan:
    """Which data a run learns from, and how. data_sha256: of the Parquet file."""

    data: Path
    data_sha256: str
    backbone_weights: str
    settings: TrainSettings

    def check_same(self, data: Path | None, settings: TrainSettings) -> None:
        """OptionError if a run that is taken up is asked to go on with other data or another recipe."""
        if data is not None and data.resolve() != self.data:
            raise OptionError(f"{data}: the run began with {self.data}: expected the same with --resume")
        if settings != self.settings:
            raise OptionError("the run began with another recipe: expected the same options with --resume")


@dataclass(frozen=True)
class RunReport:
    """Where a finished run left its best model and its learning curves; score: mean accuracy of the heads."""

    checkpoint: Path
    score: float
    curves: Path


def new_plan(data: Path, run_dir: Path, settings: TrainSettings, backbone_weights: str) -> Plan:
    """Write the plan of a new run; OptionError if the folder holds a run already.

    A plan that failed before its first step may be written over. Of several processes that train together the
    first one writes.
    """
    if leads() and (run_dir / "run.json").exists() and any(run_dir.glob("*/*")):
        raise OptionError(f"{run_dir}: holds a run already: expected another folder, or --resume")
    if not data.is_file():
        raise DataError(f"{data}: no such file: expected a Parquet file that `mien data clean` wrote")
    plan = Plan(data.resolve(), file_sha256(data), backbone_weights, settings)
    if leads():
        write_settings(settings, run_dir / "settings.yaml")
        said = {
            "data": str(plan.data),
            "data_sha256": plan.data_sha256,
            "backbone_weights": plan.backbone_weights,
        }
        write_text(run_dir / "run.json", json.dumps(said, indent=2))
    return plan


def read_plan(run_dir: Path) -> Plan:
    """The plan of a run that was begun; DataError if there is none, or its data has changed since."""
    try:
        said = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
        data = Path(said["data"])
        plan = Plan(
            data, said["data_sha256"], said["backbone_weights"], read_settings(run_dir / "settings.yaml")
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{run_dir}: holds no run to resume: expected run.json and settings.yaml") from error
    if not data.is_file() or file_sha256(data) != plan.data_sha256:
        raise DataError(
            f"{data}: is not the file that the run began with: expected SHA-256 {plan.data_sha256}"
        )
    return plan


def execute(plan: Plan, run_dir: Path, devices: str, nodes: int) -> RunReport:
    """Train what is left of a run and draw its learning curves."""
    table = read_table(plan.data)
    training = _split(table, "Training", plan.data)
    validation = _split(table.take(table.labels() >= 0), "PublicTest", plan.data)
    outcome = train(
        training,
        validation,
        plan.settings,
        run_dir,
        backbone_weights=None if plan.backbone_weights == "none" else plan.backbone_weights,
        machine=Machine(devices, nodes),
    )
    curves = run_dir / "learning-curves.png"
    if leads():
        draw_curves(run_dir, [phase.name for phase in plan.settings.phases], curves)
    return RunReport(outcome.checkpoint, outcome.score, curves)


def _split(table: FaceTable, usage: str, data: Path) -> FaceDataset:
    try:
        return FaceDataset(table.take(table.usage == usage))
    except DataError as error:
        raise DataError(f"{data}, {usage}: {error}: expected Training and PublicTest") from error
