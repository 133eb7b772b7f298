"""Scores of a model on a split: the label head against FER2013's labels, the crowd head against the majority.

Runs without torch for ONNX files; the figures need matplotlib.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.classifier import EmotionClassifier, Reading
from mien.data_protocol import DataProtocol
from mien.decision import PLAIN, DecisionRule
from mien.errors import DataError, MissingExtraError
from mien.files import write_text
from mien.preprocess import grey_square
from mien.train.fingerprints import comes_again
from mien.train.reading import Progress, unwatched
from mien.train.scores import HeadScore, score_head
from mien.train.table import FaceTable, read_table
from mien.train.votes import join_votes, read_votes
from mien.types import LABELS, Crops, Probs

MAJORITY_VOTES = 5
"""A picture counts for the crowd head if at least so many of its ten voters chose one of the five."""

_BATCH = 128


class FaceReader(Protocol):
    """A model as the evaluation sees it: an `EmotionClassifier`, or a checkpoint's `NetReader`."""

    @property
    def input_px(self) -> int:
        """Side of the square crops it takes."""

    @property
    def serve(self) -> str:
        """The head that a user sees: `label` tells that the crowd head never learned from votes."""

    @property
    def rules(self) -> Mapping[str, DecisionRule]:
        """By head, the decision rule that `read` serves it by."""

    def read(self, crops: Crops) -> Reading:
        """Probabilities of both heads of (N, S, S) uint8 grey crops."""


@dataclass(frozen=True)
class Evaluation:
    """Both heads on one split. `crowd` is None without votes, `left_out` counts what the protocol dropped."""

    protocol: DataProtocol
    pictures: int
    left_out: int
    label: HeadScore
    crowd: HeadScore | None

    def as_record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "protocol": self.protocol.value,
            "pictures": self.pictures,
            "left_out": self.left_out,
            "classes": list(LABELS),
            "label": self.label.as_record(),
            "crowd": self.crowd.as_record() if self.crowd else None,
        }


def load_split(data: Path, votes: Path | None = None, usage: str | None = None) -> FaceTable:
    """The pictures of one split, with votes where there are any.

    usage: Training, PublicTest or PrivateTest; it may be left out where the file holds one split only.
    """
    table = read_table(data)
    found = sorted(set(table.usage.tolist()))
    if usage is None and len(found) > 1:
        raise DataError(f"{data}: holds {', '.join(found)}: expected one of them by --split")
    table = table if usage is None else table.take(table.usage == usage)
    if not len(table):
        raise DataError(
            f"{data}: holds no picture of {usage or 'any split'}: expected {', '.join(found) or 'rows'}"
        )
    return table if votes is None else _joined(table, data, votes)


def _joined(table: FaceTable, data: Path, votes: Path) -> FaceTable:
    joined = join_votes(table, read_votes(votes))
    if not joined.joined:
        raise DataError(f"{votes}: votes for no picture in {data}: expected FER+'s of the same pictures")
    return joined.table


def majority(table: FaceTable) -> NDArray[np.int64]:
    """(N,) int64: the emotion that at least five voters chose, as a column of `EMOTIONS`, else -1.

    Of two that have five votes each it is the first.
    """
    crowd = table.crowd()
    return np.where(crowd.max(axis=1) >= MAJORITY_VOTES, crowd.argmax(axis=1), -1).astype(np.int64)


def scored_pictures(table: FaceTable, protocol: DataProtocol) -> tuple[FaceTable, int]:
    """The pictures of the five classes that a protocol scores, and how many it leaves out.

    DataError if none is left.
    """
    five = table.take(table.labels() >= 0)
    kept = five.take(~comes_again(five.images)) if protocol is DataProtocol.LEAK_FREE else five
    if not len(kept):
        raise DataError(
            f"no picture of the five classes is left to score under the {protocol.value} protocol"
        )
    return kept, len(five) - len(kept)


@dataclass(frozen=True)
class HeadAnswers:
    """What one head says of N pictures. probs: (N, 5) float32. truth: (N,) int64, columns of `EMOTIONS`."""

    probs: Probs
    truth: NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """What a model says of the pictures that a protocol scores, and what it should have said.

    table: those pictures, the label head's; the crowd head is asked about those of them that have a majority.
    """

    protocol: DataProtocol
    table: FaceTable
    left_out: int
    label: HeadAnswers
    crowd: HeadAnswers

    def score(self) -> Evaluation:
        """Both heads' scores."""
        label = score_head(self.label.probs, self.label.truth)
        assert label is not None
        crowd = score_head(self.crowd.probs, self.crowd.truth)
        return Evaluation(self.protocol, len(self.table), self.left_out, label, crowd)


def ask(
    reader: FaceReader,
    table: FaceTable,
    protocol: DataProtocol = DataProtocol.OFFICIAL,
    progress: Progress = unwatched,
) -> Answers:
    """What a model says of the pictures of the five classes; the last partial batch counts.

    progress: called with the pictures done and all pictures.
    """
    kept, left_out = scored_pictures(table, protocol)
    label_probs, crowd_probs = read_all(reader, kept.images, progress)
    return gather(judged_by(kept, reader.serve), label_probs, crowd_probs, protocol, left_out)


def judged_by(table: FaceTable, serve: str) -> FaceTable:
    """What a model that serves this head is scored by: no votes if its crowd head never learned from any."""
    return table if serve == "crowd" else replace(table, votes=None)


def gather(
    kept: FaceTable, label_probs: Probs, crowd_probs: Probs, protocol: DataProtocol, left_out: int
) -> Answers:
    """What both heads said, (N, 5) each, of the N pictures that a protocol kept, beside what is true."""
    chosen = majority(kept)
    crowd = HeadAnswers(crowd_probs[chosen >= 0], chosen[chosen >= 0])
    return Answers(protocol, kept, left_out, HeadAnswers(label_probs, kept.labels()), crowd)


def evaluate(
    reader: FaceReader,
    table: FaceTable,
    protocol: DataProtocol = DataProtocol.OFFICIAL,
    progress: Progress = unwatched,
) -> Evaluation:
    """Score a model on the pictures that `ask` asks about."""
    return ask(reader, table, protocol, progress).score()


def read_all(reader: FaceReader, images: Crops, progress: Progress = unwatched) -> tuple[Probs, Probs]:
    """The label head's and the crowd head's probabilities of all pictures, (N, 5) each."""
    parts: list[Reading] = []
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        parts.append(reader.read(np.stack([grey_square(image, reader.input_px) for image in batch])))
        progress(start + len(batch), len(images))
    return np.concatenate([part.label for part in parts]), np.concatenate([part.crowd for part in parts])


def open_reader(model: Path | None, threads: int = 1, prior_share: float | None = None) -> FaceReader:
    """A model to score: the shipped one, an ONNX file, or a `.ckpt` (which needs the [train] extra).

    prior_share: in place of the model's own, see `EmotionClassifier`; a `.ckpt` knows no prior and takes 0.
    """
    if model is None or model.suffix != ".ckpt":
        return EmotionClassifier(model, threads, prior_share)
    PLAIN.with_share(prior_share or 0.0)
    try:
        from mien.train.net_reader import NetReader  # noqa: PLC0415  (torch is no part of the plain install)
    except ImportError as error:
        raise MissingExtraError(f"{model}: checkpoints need torch: pip install 'mien[train]'") from error
    return NetReader.open(model)


def write_record(record: dict[str, Any], path: Path) -> None:
    """Write JSON whole."""
    write_text(path, json.dumps(record, indent=2) + "\n")
