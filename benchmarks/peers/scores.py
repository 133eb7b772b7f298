"""How right a peer is: on crops by FER2013's labels and by people's votes, on photographs end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.types import EMOTIONS, LABELS

from .gallery import Gallery
from .material import Material
from .talk import NotMeasured, Worker

CHUNK = {"classify": 64, "find": 16}
IN_OTHER_WORDS = {
    "anger": "angry",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}

Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it, and how much there is."""


@dataclass(frozen=True)
class Scores:
    """All in [0, 1].

    label, votes: accuracy over so many crops, by FER2013's labels and by the voters. label_shown: by the
    labels, of what a user is shown, for a peer that can read a crop either way. recall: mean over the classes
    of the share of photographs read right end to end. recall_found: the same, of those in which a face was
    found. found: the share of these. The last three are None for a peer that finds no faces.
    """

    label: float
    label_shown: float
    label_count: int
    votes: float
    votes_count: int
    recall: float | None
    recall_found: float | None
    found: float | None
    photo_count: int

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def columns_of(classes: Sequence[str]) -> list[int]:
    """Where a peer's list of classes has the five; NotMeasured if one is missing."""
    names = [IN_OTHER_WORDS.get(name.lower(), name.lower()) for name in classes]
    missing = [label for label in LABELS if label not in names]
    if missing:
        raise NotMeasured(f"its classes are {', '.join(classes)}: expected {', '.join(missing)} among them")
    return [names.index(label) for label in LABELS]


def five(scores: ArrayLike, columns: Sequence[int]) -> NDArray[np.float64]:
    """(N, 5): what a peer says of the five, made to sum to 1; all zero where it gives them nothing."""
    chosen = np.asarray(scores, dtype=np.float64)[:, columns]
    total = chosen.sum(axis=1, keepdims=True)
    shares = np.zeros_like(chosen)
    np.divide(chosen, total, out=shares, where=total > 0)
    return shares


def said(probs: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) column of the largest, the first of equals; -1 where all are zero."""
    return np.where(probs.sum(axis=1) > 0, probs.argmax(axis=1), -1).astype(np.int64)


def accuracy(read: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Share read right, in [0, 1], of those that have a truth."""
    asked = truth >= 0
    return float((read == truth)[asked].mean())


def mean_recall(read: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Mean over the classes present of the share read right."""
    present = [column for column in range(len(EMOTIONS)) if (truth == column).any()]
    if not present:
        return 0.0
    return float(np.mean([(read == truth)[truth == column].mean() for column in present]))


def largest(faces: Sequence[Sequence[Any]], columns: Sequence[int]) -> int:
    """What the largest of a picture's faces shows, -1 if there is none."""
    if not faces:
        return -1
    _, scores = max(faces, key=lambda face: face[0])
    return int(said(five([scores], columns))[0])


def measure_scores(worker: Worker, material: Material, progress: Progress) -> Scores:
    """All crops and photographs through one worker."""
    loaded = worker.ask("load")
    columns = columns_of(loaded["classes"])
    rows = list(_all(worker, "classify", material.crops, "scores", progress))
    read = said(five([row[0] for row in rows], columns))
    labelled = said(five([row[-1] for row in rows], columns))
    recall = recall_found = found = None
    if loaded["finds_faces"]:
        seen = list(_all(worker, "find", material.photos, "faces", progress))
        shown = np.array([largest(faces, columns) for faces in seen])
        recall = mean_recall(shown, material.photo_labels)
        has_face = np.array([bool(faces) for faces in seen])
        recall_found = mean_recall(shown[has_face], material.photo_labels[has_face])
        found = float(has_face.mean())
    return Scores(
        label=accuracy(labelled, material.labels),
        label_shown=accuracy(read, material.labels),
        label_count=int((material.labels >= 0).sum()),
        votes=accuracy(read, material.votes),
        votes_count=int((material.votes >= 0).sum()),
        recall=recall,
        recall_found=recall_found,
        found=found,
        photo_count=material.photos.count,
    )


def _all(worker: Worker, do: str, gallery: Gallery, what: str, progress: Progress) -> Iterator[Any]:
    for first in range(0, gallery.count, CHUNK[do]):
        question = gallery.as_question(first, CHUNK[do])
        answer = worker.ask(do, **question)[what]
        if len(answer) != question["count"]:
            raise NotMeasured(f"it gave {len(answer)} answers to {question['count']} pictures")
        yield from answer
        progress(do, first + len(answer), gallery.count)
