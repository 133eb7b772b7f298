"""FER2013's labels against the votes of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.cleaning import VOTE_COLUMN_OF_CODE
from mien.train.evaluate import MAJORITY_VOTES
from mien.train.table import FER2013_CLASSES, VOTE_COLUMNS, FaceTable
from mien.train.votes import agreement

TIE = "tie"
CHOICES = (*VOTE_COLUMNS, TIE)
"""What the voters of a picture may choose: one answer most often, or several equally often."""

_NO_EMOTION = [VOTE_COLUMNS.index(name) for name in ("unknown", "NF")]


@dataclass(frozen=True)
class Ballot:
    """choices: (7, 11) int64, pictures by label (as in `FER2013_CLASSES`) and by `CHOICES`.

    contradicted: rows whose label at least five voters contradict with one and the same emotion, the largest
    gap of votes first. agreement: share of the five classes' pictures on which voters choose the label, 0 to
    1; asked: of how many.
    """

    choices: NDArray[np.int64]
    contradicted: tuple[int, ...]
    agreement: float
    asked: int

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "choices": {
                name: dict(zip(CHOICES, row, strict=True))
                for name, row in zip(FER2013_CLASSES, self.choices.tolist(), strict=True)
            },
            "contradicted": len(self.contradicted),
            "agreement": round(self.agreement, 4),
            "asked": self.asked,
        }


def count_votes(faces: FaceTable) -> Ballot | None:
    """None for a table without votes."""
    if faces.votes is None or not faces.votes.any():
        return None
    rows = np.flatnonzero(faces.votes.any(axis=1))
    votes, codes = faces.votes[rows].astype(np.int64), faces.codes[rows]
    most = votes.max(axis=1)
    choice = np.where((votes == most[:, None]).sum(axis=1) > 1, CHOICES.index(TIE), votes.argmax(axis=1))
    choices = np.zeros((len(FER2013_CLASSES), len(CHOICES)), dtype=np.int64)
    np.add.at(choices, (codes, choice), 1)
    share, asked = agreement(faces)
    return Ballot(choices, tuple(rows[_contradicted(votes, codes)].tolist()), share, asked)


def _contradicted(votes: NDArray[np.int64], codes: NDArray[np.int8]) -> NDArray[np.int64]:
    """Places in (M, 10) votes, the largest gap first."""
    emotions = votes.copy()
    emotions[:, _NO_EMOTION] = 0
    for_label = votes[np.arange(len(votes)), np.asarray(VOTE_COLUMN_OF_CODE)[codes]]
    most = emotions.max(axis=1)
    against = np.flatnonzero((most >= MAJORITY_VOTES) & (most > for_label))
    return against[np.argsort(-(most - for_label)[against], kind="stable")]
