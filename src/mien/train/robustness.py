"""What both heads lose when the pictures of a split are corrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.corruptions import CORRUPTIONS, Corruption
from mien.train.evaluate import Evaluation, FaceReader, majority, read_all, scored_pictures
from mien.train.reading import Progress, equal_part, unwatched
from mien.train.scores import HeadScore
from mien.train.table import FaceTable
from mien.types import Probs


@dataclass(frozen=True)
class HeadLoss:
    """One head on `n` pictures under one corruption.

    clean: how many it reads rightly as they are. right: how many in each direction of the corruption.
    A loss is in points, hundredths of the `n` pictures; below 0 the corruption helps.
    """

    n: int
    clean: int
    right: tuple[int, ...]

    @property
    def accuracy(self) -> float:
        """Share read rightly, the mean over the directions, 0 to 1."""
        return sum(self.right) / (len(self.right) * self.n)

    @property
    def direction_points(self) -> tuple[float, ...]:
        """The loss in each direction."""
        return tuple(100 * (self.clean - right) / self.n for right in self.right)

    @property
    def loss_points(self) -> float:
        """The mean loss over the directions."""
        return sum(self.direction_points) / len(self.direction_points)

    @property
    def worst_points(self) -> float:
        """The loss in the worst direction."""
        return max(self.direction_points)


@dataclass(frozen=True)
class CorruptionScore:
    """Both heads under one corruption, in all its `directions`; `crowd` is None without votes."""

    name: str
    directions: tuple[str, ...]
    bar_points: float | None
    label: HeadLoss
    crowd: HeadLoss | None

    @property
    def meets_bar(self) -> bool | None:
        """Whether the crowd head stays within the bar in every direction, or None: no bar or no votes."""
        if self.bar_points is None or self.crowd is None:
            return None
        return self.crowd.worst_points <= self.bar_points

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON: accuracies rounded to four digits, points to two."""
        return {
            "name": self.name,
            "bar_points": self.bar_points,
            "meets_bar": self.meets_bar,
            "label": self._head_record(self.label),
            "crowd": self._head_record(self.crowd) if self.crowd else None,
        }

    def _head_record(self, head: HeadLoss) -> dict[str, Any]:
        losses = dict(zip(self.directions, head.direction_points, strict=True))
        return {
            "n": head.n,
            "accuracy": round(head.accuracy, 4),
            "loss_points": round(head.loss_points, 2),
            "worst_points": round(head.worst_points, 2),
            "worst_direction": max(losses, key=losses.__getitem__),
            "loss_by_direction": {name: round(loss, 2) for name, loss in losses.items()},
        }


def measure(
    reader: FaceReader, table: FaceTable, clean: Evaluation, progress: Progress = unwatched
) -> tuple[CorruptionScore, ...]:
    """Score a model on the same pictures under every corruption, one score for each group.

    table: what `clean` was measured on, with the same reader. progress: called with the pictures done and
    all pictures, each counted once for every corruption.
    """
    kept, _ = scored_pictures(table, clean.protocol)
    labels, chosen = kept.labels(), majority(kept)
    hits: dict[str, tuple[int, int]] = {}
    for number, corruption in enumerate(CORRUPTIONS):
        part = equal_part(progress, number, len(CORRUPTIONS))
        label_probs, crowd_probs = read_all(reader, corruption.apply(kept.images), part)
        hits[corruption.name] = _hits(label_probs, labels), _hits(crowd_probs, chosen)
    groups = groupby(CORRUPTIONS, key=lambda corruption: corruption.group)
    return tuple(_score(group, list(members), hits, clean) for group, members in groups)


def _score(
    group: str, members: Sequence[Corruption], hits: dict[str, tuple[int, int]], clean: Evaluation
) -> CorruptionScore:
    names = tuple(member.name for member in members)
    label, crowd = zip(*(hits[name] for name in names), strict=True)
    return CorruptionScore(
        name=group,
        directions=names,
        bar_points=members[0].bar_points,
        label=_loss(clean.label, label),
        crowd=_loss(clean.crowd, crowd) if clean.crowd else None,
    )


def _loss(clean: HeadScore, right: tuple[int, ...]) -> HeadLoss:
    return HeadLoss(clean.n, int(clean.confusion.trace()), right)


def _hits(probs: Probs, labels: NDArray[np.int64]) -> int:
    """How many rows are read rightly; -1 among the labels is never right."""
    return int((probs.argmax(axis=1) == labels).sum())
