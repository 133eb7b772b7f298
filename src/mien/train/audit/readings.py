"""What a model says of the pictures of the five classes, and which of them it has learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.train.evaluate import FaceReader, read_all
from mien.train.fingerprints import comes_again
from mien.train.reading import Watch, unwatched_steps
from mien.train.repeats import Rows
from mien.train.table import FaceTable
from mien.types import EMOTIONS, Probs


@dataclass(frozen=True)
class Readings:
    """rows: (M,) the pictures of the five classes. label, crowd: (M, 5) both heads, each by its rule.

    serve: the head that a user of the model sees. alone: (M, 5) that head without its rule: its calibrated
    probabilities.

    learned: (M,) bool, whether FER2013's training split holds the picture, told by fingerprints, so that it
    is right whatever split the copy at hand says. A model that `mien train` made has learned from those.
    """

    rows: Rows
    label: Probs
    crowd: Probs
    serve: str
    alone: Probs
    learned: NDArray[np.bool_]


def read_faces(faces: FaceTable, reader: FaceReader, watch: Watch = unwatched_steps) -> Readings:
    """Read the pictures of the five classes, and tell which of them the model knows."""
    rows = np.flatnonzero(faces.labels() >= 0)
    images = faces.images[rows]
    with watch("Comparing fingerprints") as progress:
        learned = comes_again(images, None, progress)
    if not len(rows):
        none = np.empty((0, len(EMOTIONS)), dtype=np.float32)
        return Readings(rows, none, none, reader.serve, none, learned)
    with watch("Reading expressions") as progress:
        label, crowd = read_all(reader, images, progress)
    served = crowd if reader.serve == "crowd" else label
    return Readings(rows, label, crowd, reader.serve, reader.rules[reader.serve].undo(served), learned)
