"""The section of an audit's page on labels that a model doubts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.document import note
from mien.train.audit.cells import part, wide_table
from mien.train.audit.findings import Findings
from mien.train.audit.picture import figure, gallery, votes_in_words
from mien.train.audit.suspects import Pool
from mien.train.table import FaceTable
from mien.types import LABELS

_LEARNED = (
    "The model was trained on these pictures, so its probabilities for them are in-sample. It has learned "
    "their labels, the wrong ones too, and tends to agree with them: this list misses wrong labels, and that "
    "a label is not on it says little. It has also learned FER+'s votes for them, so the voters' agreement "
    "with this list is partly its memory of their votes. What it says of pictures it has not seen, above, is "
    "the fair measure."
)
_UNSEEN = (
    "The model was not trained on these pictures: its doubt is evidence of its own. (PublicTest chose "
    "among mien's models and calibrated it, but no picture of it was learned from.)"
)
_OTHER_MODEL = (
    "Which pictures a model was trained on is told by fingerprints of FER2013's Training split. That is "
    "right for mien's own model, and for any that learned from all of that split and nothing else."
)


def suspects(found: Findings, shown: int) -> str:
    """Labels that the model doubts, seen and unseen pictures apart."""
    how = (
        "<p>Confident learning (Northcutt et al. 2021): a label is suspect if the model gives another of the "
        "five classes a higher probability, and at least as high a one as that class has on average where it "
        "is the label. Asked is the head that the model serves (mien's: the crowd head), before its decision "
        "rule.</p>"
    )
    headings = {
        "unseen": ("Pictures the model has not seen", _UNSEEN),
        "learned": ("Pictures the model learned from: in-sample", _LEARNED),
    }
    parts = [
        _pool(found, found.suspects[name], heading, told, shown) for name, (heading, told) in headings.items()
    ]
    return how + "".join(parts) + f"<p>{_OTHER_MODEL}</p>"


def _pool(found: Findings, pool: Pool, heading: str, told: str, shown: int) -> str:
    start = f"<h3>{heading}: {len(pool.rows):,} suspects of {pool.pictures:,}</h3>"
    if not pool.pictures:
        return f"{start}<p>None.</p>"
    backed = ""
    if pool.backed is not None and pool.backed_elsewhere is not None:
        backed = (
            f"<p>Voters choose another of the five than the label on {pool.backed:.0%} of the suspects, and "
            f"on {pool.backed_elsewhere:.0%} of all other pictures here.</p>"
        )
    told_of = zip(pool.rows[:shown], pool.guesses, pool.label_probs, pool.guess_probs, strict=False)
    figures = [_figure(found.faces, *each) for each in told_of]
    joint = _matrix(pool.joint)
    return f"{start}{note(told)}{backed}{joint}{gallery(figures, len(pool.rows))}"


def _figure(faces: FaceTable, row: int, guess: str, own: float, other: float) -> str:
    voters = votes_in_words(faces, row)
    told = f"model: {guess} {other:.2f}, {LABELS[faces.labels()[row]]} {own:.2f}"
    return figure(faces, row, f"{told}; voters: {voters}" if voters else told)


def _matrix(numbers: NDArray[np.int64]) -> str:
    sums = numbers.sum(axis=1)
    rows = (
        (name, [part(int(number), int(sums[place])) for number in numbers[place]])
        for place, name in enumerate(LABELS)
    )
    caption = "Pictures counted, by label (row) and the class they are counted for (column)"
    return wide_table(caption, LABELS, rows)
