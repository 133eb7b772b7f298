"""Labels that a model doubts, by confident learning (Northcutt, Jiang, Chuang 2021).

A class's threshold is the mean probability that the model gives it on the pictures labelled so. A picture is
counted for the most probable of the classes whose threshold it reaches; if that is not its label, and more
probable than its label, the label is suspect. Suspects are ordered by how far the other class leads.

Asked is the head that the model serves, of mien's own the crowd head, which answers how people would vote;
the label head was taught to repeat the labels. Both share all layers but the last, so a model that has
learned a picture with its wrong label is drawn to agree with it, and the crowd head repeats the votes that it
learned. So the pictures that the model learned from are a pool of their own, with thresholds of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.audit.readings import Readings
from mien.train.table import FaceTable
from mien.types import EMOTIONS, LABELS, Probs


@dataclass(frozen=True)
class Doubts:
    """What confident learning finds in M pictures.

    places: the suspects, most suspect first, as places 0 to M - 1. guesses: their likelier class, as columns
    of `EMOTIONS`. joint: (5, 5) int64, the confident joint: label by row, counted for by column.
    """

    places: NDArray[np.int64]
    guesses: NDArray[np.int64]
    joint: NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """Pictures that a model has learned from, or pictures that it has not.

    pictures: how many. rows: the suspects' rows in the table, most suspect first; label_probs, guess_probs:
    of the label they have and of the likelier one. joint: see `Doubts`. backed, backed_elsewhere: the share
    of the suspects, and of all others, on which voters choose another of the five than the label; None where
    nobody voted.
    """

    pictures: int
    rows: tuple[int, ...]
    guesses: tuple[str, ...]
    label_probs: tuple[float, ...]
    guess_probs: tuple[float, ...]
    joint: NDArray[np.int64]
    backed: float | None
    backed_elsewhere: float | None

    def as_record(self, faces: FaceTable) -> dict[str, Any]:
        """Plain values for JSON, each suspect with its id."""
        columns = zip(self.rows, self.guesses, self.label_probs, self.guess_probs, strict=True)
        return {
            "pictures": self.pictures,
            "suspects": len(self.rows),
            "voters_disagree": {"suspects": _rounded(self.backed), "others": _rounded(self.backed_elsewhere)},
            "confident_joint": {"classes": list(LABELS), "counts": self.joint.tolist()},
            "ranked": [
                {
                    "id": str(faces.ids[row]),
                    "label": LABELS[faces.labels()[row]],
                    "likelier": guess,
                    "prob_label": round(own, 4),
                    "prob_likelier": round(other, 4),
                }
                for row, guess, own, other in columns
            ],
        }


def find_suspects(faces: FaceTable, readings: Readings) -> dict[str, Pool]:
    """The pool the model has never seen, `unseen`, and the one it learned from, `learned`."""
    masks = {"unseen": ~readings.learned, "learned": readings.learned}
    return {name: _pool(faces, readings, np.flatnonzero(mask)) for name, mask in masks.items()}


def doubt(probs: Probs, labels: NDArray[np.int64]) -> Doubts:
    """probs: (M, 5), rows sum to 1. labels: (M,) columns of `EMOTIONS`."""
    count = len(EMOTIONS)
    given = np.eye(count, dtype=np.bool_)[labels]
    # A class that no label names has no threshold that could be reached.
    means = [probs[given[:, k], k].mean(dtype=np.float64) if given[:, k].any() else 2.0 for k in range(count)]
    reached = probs >= np.asarray(means) - 1e-6
    guess = np.where(reached, probs, -1.0).argmax(axis=1)
    counted = reached.any(axis=1)
    joint = np.zeros((count, count), dtype=np.int64)
    np.add.at(joint, (labels[counted], guess[counted]), 1)
    own = probs[np.arange(len(probs)), labels]
    lead = probs[np.arange(len(probs)), guess] - own
    places = np.flatnonzero(counted & (lead > 0))
    places = places[np.argsort(-lead[places], kind="stable")]
    return Doubts(places, guess[places], joint)


def _pool(faces: FaceTable, readings: Readings, inside: NDArray[np.int64]) -> Pool:
    rows, probs = readings.rows[inside], readings.alone[inside]
    labels = faces.labels()[rows]
    found = doubt(probs, labels)
    is_suspect = np.zeros(len(rows), dtype=np.bool_)
    is_suspect[found.places] = True
    crowd = faces.crowd()[rows]
    voted, other = crowd.any(axis=1), crowd.argmax(axis=1) != labels
    return Pool(
        pictures=len(rows),
        rows=tuple(rows[found.places].tolist()),
        guesses=tuple(LABELS[column] for column in found.guesses),
        label_probs=tuple(probs[found.places, labels[found.places]].tolist()),
        guess_probs=tuple(probs[found.places, found.guesses].tolist()),
        joint=found.joint,
        backed=_share(other[voted & is_suspect]),
        backed_elsewhere=_share(other[voted & ~is_suspect]),
    )


def _share(said: NDArray[np.bool_]) -> float | None:
    return float(said.mean()) if len(said) else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
