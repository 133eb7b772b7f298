"""How many pictures of each class each split holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.table import FER2013_CLASSES, USAGES, FaceTable


@dataclass(frozen=True)
class Counts:
    """pictures: (7, 3) int64, class by row as in `FER2013_CLASSES`, split by column as in `USAGES`.

    voted: (3,) int64, pictures with votes in each split.
    """

    pictures: NDArray[np.int64]
    voted: NDArray[np.int64]

    @property
    def usages(self) -> tuple[str, ...]:
        """The splits that hold a picture."""
        return tuple(usage for usage, count in zip(USAGES, self.pictures.sum(axis=0), strict=True) if count)

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        by_class = {
            name: dict(zip(USAGES, row, strict=True))
            for name, row in zip(FER2013_CLASSES, self.pictures.tolist(), strict=True)
        }
        return {"pictures": by_class, "with_votes": dict(zip(USAGES, self.voted.tolist(), strict=True))}


def count(faces: FaceTable) -> Counts:
    """Count a table."""
    split = split_numbers(faces)
    pictures = np.zeros((len(FER2013_CLASSES), len(USAGES)), dtype=np.int64)
    np.add.at(pictures, (faces.codes, split), 1)
    voted = np.zeros(len(faces), dtype=np.bool_) if faces.votes is None else faces.votes.any(axis=1)
    return Counts(pictures, np.bincount(split[voted], minlength=len(USAGES)))


def split_numbers(faces: FaceTable) -> NDArray[np.int64]:
    """(N,) int64: each picture's split, as a place in `USAGES`."""
    numbers = np.empty(len(faces), dtype=np.int64)
    for number, usage in enumerate(USAGES):
        numbers[faces.usage == usage] = number
    return numbers
