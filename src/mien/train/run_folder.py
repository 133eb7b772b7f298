"""A run on disk: what was asked for, written beside it, so that it can be taken up again and made again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mien.errors import DataError, OptionError
from mien.files import file_sha256, write_text
from mien.train.recipe import Recipe, write_settings

PLAN = "run.json"
SETTINGS = "settings.yaml"

AnyPlan = TypeVar("AnyPlan")


@dataclass(frozen=True)
class KeptFile:
    """A file that a run reads. sha256: None in a run that was begun when it was not kept yet."""

    path: Path
    sha256: str | None

    @classmethod
    def begin(cls, path: Path, expected: str) -> KeptFile:
        """The file as a run begins with it; DataError says what was expected if there is none."""
        if not path.is_file():
            raise DataError(f"{path}: no such file: expected {expected}")
        return cls(path.resolve(), file_sha256(path))

    def check_unchanged(self) -> None:
        """DataError unless it is the file that the run began with."""
        if self.sha256 is None:
            return
        if not self.path.is_file() or file_sha256(self.path) != self.sha256:
            raise DataError(
                f"{self.path}: is not the file that the run began with: expected SHA-256 {self.sha256}"
            )


@dataclass(frozen=True)
class RunPlan(Generic[Recipe]):
    """Which data a run learns from, and how. sha256: of the file that tells what is learnt."""

    data: Path
    sha256: str
    settings: Recipe

    def check_same(self, data: Path | None, settings: Recipe) -> None:
        """OptionError if a run that is taken up is asked to go on with other data or another recipe."""
        check_same("DATA", data and data.resolve(), self.data)
        if settings != self.settings:
            raise OptionError("the run began with another recipe: expected the same options with --resume")


@dataclass(frozen=True)
class RunReport:
    """Where a finished run left its best model and its learning curves; score: of the model on validation."""

    checkpoint: Path
    score: float
    curves: Path


def check_same(option: str, given: Path | str | None, begun: Path | str | None) -> None:
    """OptionError if a run that is taken up is given something else than it began with; None is nothing."""
    if given is not None and given != begun:
        raise OptionError(
            f"{option} {given}: the run began with {begun or 'none'}: expected the same with --resume"
        )


def is_planned(run_dir: Path) -> bool:
    """Whether the folder holds a plan, begun or not."""
    return (run_dir / PLAN).is_file()


def check_free(run_dir: Path) -> None:
    """OptionError if the folder holds a run that has begun to learn; a mere plan may be written over."""
    if is_planned(run_dir) and any(run_dir.glob("*/*")):
        raise OptionError(f"{run_dir}: holds a run already: expected another folder, or --resume")


def write_plan(plan: RunPlan[Any], said: Mapping[str, str | None], run_dir: Path) -> None:
    """Write the recipe, and as JSON what else the plan says."""
    write_settings(plan.settings, run_dir / SETTINGS)
    write_text(run_dir / PLAN, json.dumps(said, indent=2))


def read_plan(build: Callable[[dict[str, Any], Path], AnyPlan], run_dir: Path) -> AnyPlan:
    """The plan that `build` makes of what `write_plan` wrote: its JSON, and the path of its recipe.

    DataError if the folder holds no run.
    """
    try:
        return build(json.loads((run_dir / PLAN).read_text(encoding="utf-8")), run_dir / SETTINGS)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{run_dir}: holds no run to resume: expected {PLAN} and {SETTINGS}") from error
