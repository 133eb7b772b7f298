"""The bars that the project set itself, laid beside what a card says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mien.scorecard.bars import Bar
from mien.scorecard.card import Card, Part
from mien.train.corruptions import BAR_POINTS


@dataclass(frozen=True)
class Goal:
    """One figure with its bar.

    digits: after the point, where it is shown. find: the figure in what was measured of `part`, None where it
    could not be.
    """

    name: str
    part: Part
    bar: Bar
    digits: int
    find: Callable[[dict[str, Any]], float | None]


@dataclass(frozen=True)
class Verdict:
    """A goal, the figure that was measured, or None, and whether the bar is met, None without a figure."""

    goal: Goal
    value: float | None
    met: bool | None

    @property
    def shown(self) -> str:
        """The figure as people read it."""
        return "not measured" if self.value is None else f"{self.value:,.{self.goal.digits}f}"

    @property
    def word(self) -> str:
        """Met or short, a dash without a figure."""
        return {True: "met", False: "short", None: "–"}[self.met]

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        bar = self.goal.bar
        return {"name": self.goal.name, "value": self.value, "bar": bar.text, "met": self.met}


def own_photographs(found: dict[str, Any]) -> dict[str, Any]:
    """The row of mien's own detector on the photographs as they are."""
    (row,) = (row for row in found["rows"] if row["detector"] == "mien" and not row["turned_deg"])
    return dict(row)


def worst_corruption(found: dict[str, Any]) -> float | None:
    """Points that the crowd head loses at most, of all corruptions with a bar; None without votes."""
    losses = [
        score["crowd"]["worst_points"] for score in found["scores"] if score["crowd"] and score["bar_points"]
    ]
    return max(losses, default=None)


def install_mb(found: dict[str, Any]) -> float | None:
    """The whole install, None where it is not known."""
    packages = found["install_mb"]
    return None if packages is None else round(sum(packages.values()), 1)


def _official(head: str, name: str) -> Callable[[dict[str, Any]], float | None]:
    def find(found: dict[str, Any]) -> float | None:
        score = found["protocols"]["official"][head]
        return None if score is None else float(score[name])

    return find


def _lowest_recall(found: dict[str, Any]) -> float:
    return float(min(recall for recall in own_photographs(found)["recalls"].values() if recall is not None))


def _classify_ms(found: dict[str, Any]) -> float:
    return float(found["threads"]["1"]["batches"]["1"]["p50"])


GOALS = (
    Goal("label head, accuracy", Part.ACCURACY, Bar(least=0.785), 4, _official("label", "accuracy")),
    Goal("crowd head, accuracy", Part.ACCURACY, Bar(least=0.905), 4, _official("crowd", "accuracy")),
    Goal("crowd head, calibration error", Part.ACCURACY, Bar(most=0.03), 4, _official("crowd", "ece")),
    Goal("corruptions, most points lost", Part.CORRUPTIONS, Bar(most=BAR_POINTS), 2, worst_corruption),
    Goal(
        "photographs, mean recall",
        Part.PHOTOGRAPHS,
        Bar(least=0.76),
        4,
        lambda found: float(own_photographs(found)["mean_recall"]),
    ),
    Goal("photographs, lowest recall of a class", Part.PHOTOGRAPHS, Bar(least=0.6), 4, _lowest_recall),
    Goal("classifier, ms a face, one at once, one core", Part.SPEED, Bar(most=2.0), 2, _classify_ms),
    Goal(
        "import and first result, s",
        Part.FOOTPRINT,
        Bar(most=1.0),
        2,
        lambda found: float(found["first_result_s"]["p50"]),
    ),
    Goal(
        "peak memory of `mien predict`, MB",
        Part.FOOTPRINT,
        Bar(most=250.0),
        0,
        lambda found: found["predict_peak_mb"],
    ),
    Goal("install, MB", Part.FOOTPRINT, Bar(most=450.0), 0, install_mb),
)


def judge(card: Card) -> Iterator[Verdict]:
    """Each goal beside what the card says."""
    for goal in GOALS:
        value = goal.find(card.found[goal.part]) if goal.part in card.found else None
        yield Verdict(goal, value, None if value is None else goal.bar.met(value))
