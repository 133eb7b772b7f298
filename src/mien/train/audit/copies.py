"""Pictures that come again, within a split and across splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.audit.counts import split_numbers
from mien.train.repeats import Pairs, groups
from mien.train.table import USAGES, FaceTable


@dataclass(frozen=True)
class Group:
    """Rows that show one picture, ascending; whether they lie in several splits, and under several labels."""

    rows: tuple[int, ...]
    is_across: bool
    disagrees: bool


@dataclass(frozen=True)
class Copies:
    """groups: those whose labels disagree first, then the largest.

    again: (3, 3) int64: how many pictures of the row's split come again in the column's; splits in the order
    of `USAGES`.
    """

    groups: tuple[Group, ...]
    again: NDArray[np.int64]

    @property
    def across(self) -> tuple[Group, ...]:
        """The groups that lie in several splits."""
        return tuple(group for group in self.groups if group.is_across)

    @property
    def within(self) -> tuple[Group, ...]:
        """The groups that lie in one split."""
        return tuple(group for group in self.groups if not group.is_across)

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "groups": len(self.groups),
            "groups_across_splits": len(self.across),
            "groups_with_several_labels": sum(group.disagrees for group in self.groups),
            "pictures": sum(len(group.rows) for group in self.groups),
            "come_again_in": {
                usage: dict(zip(USAGES, row, strict=True))
                for usage, row in zip(USAGES, self.again.tolist(), strict=True)
            },
        }


def find_copies(faces: FaceTable, repeats: Pairs) -> Copies:
    """repeats: what `find_repeats` finds in all pictures of the table."""
    split = split_numbers(faces)
    has_copy = np.zeros((len(faces), len(USAGES)), dtype=np.bool_)
    has_copy[repeats.left, split[repeats.right]] = True
    has_copy[repeats.right, split[repeats.left]] = True
    again = np.array([has_copy[split == number].sum(axis=0) for number in range(len(USAGES))])
    found = [
        Group(tuple(rows), len(set(split[rows].tolist())) > 1, len(set(faces.codes[rows].tolist())) > 1)
        for rows in groups(repeats)
    ]
    found.sort(key=lambda group: (not group.disagrees, -len(group.rows), group.rows))
    return Copies(tuple(found), again)
