"""Pictures with labelled faces, out of mien's own `faces.jsonl` or out of WIDER FACE as it is distributed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.detector.decode import POINTS
from mien.errors import DataError
from mien.train.detector.wider import WIDER_LISTS, read_wider
from mien.train.reading import SkipBad, keep_good

SPLITS = ("train", "val")
LIST = "faces.jsonl"


@dataclass(frozen=True, eq=False)
class FaceLabels:
    """What is known of one picture, in its pixels.

    boxes_xyxy: (N, 4). landmarks_xy: (N, 5, 2), right eye, left eye, nose, right and left corner of the
    mouth, the person's own right; NaN where nobody marked them. ignore_xyxy: (M, 4), regions in which neither
    a hit nor a miss counts. All float32.
    """

    boxes_xyxy: NDArray[np.float32]
    landmarks_xy: NDArray[np.float32]
    ignore_xyxy: NDArray[np.float32]

    @classmethod
    def build(
        cls, boxes: Sequence[Any], landmarks: Sequence[Any] | None = None, ignore: Sequence[Any] = ()
    ) -> FaceLabels:
        """Labels out of plain lists; without landmarks they are NaN, and what is too large is infinite.

        ValueError for other shapes.
        """
        with np.errstate(over="ignore"):
            boxes_xyxy = np.asarray(boxes, dtype=np.float32).reshape(-1, 4)
            shape = (len(boxes_xyxy), POINTS, 2)
            points = np.full(shape, np.nan) if landmarks is None else np.asarray(landmarks).reshape(shape)
            ignore_xyxy = np.asarray(ignore, dtype=np.float32).reshape(-1, 4)
            return cls(boxes_xyxy, points.astype(np.float32), ignore_xyxy)

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    def sizes_px(self) -> NDArray[np.float32]:
        """(N,) float32: sqrt(area) of each face."""
        return box_sizes(self.boxes_xyxy)

    def take(self, faces: NDArray[np.bool_], more_ignored: NDArray[np.float32]) -> FaceLabels:
        """The faces of a mask, and further regions to ignore."""
        ignored = np.concatenate([self.ignore_xyxy, more_ignored]).astype(np.float32)
        return FaceLabels(self.boxes_xyxy[faces], self.landmarks_xy[faces], ignored)


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """A picture file and its labels."""

    path: Path
    labels: FaceLabels


def box_sizes(boxes_xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) float32: sqrt(area) of (N, 4) boxes; 0 for empty ones."""
    sides = np.maximum(boxes_xyxy[:, 2:] - boxes_xyxy[:, :2], 0)
    return np.asarray(np.sqrt(sides[:, 0] * sides[:, 1]), dtype=np.float32)


def label_file(folder: Path, split: str) -> Path:
    """The file that holds a split's labels; DataError if the folder is no data set that is known."""
    for path in (folder / LIST, folder / WIDER_LISTS.get(split, LIST)):
        if path.is_file():
            return path
    raise DataError(
        f"{folder}: no face labels for the split {split!r}: expected {LIST}, "
        f"or WIDER FACE's wider_face_split/ with WIDER_train/ and WIDER_val/; splits are {', '.join(SPLITS)}"
    )


def read_labels(folder: Path, split: str, skip_bad: SkipBad | None = None) -> list[LabelledPicture]:
    """The pictures of a split, in the order of the file; none of them is opened.

    skip_bad: called with one line for each record that is left out; without it the first raises DataError.
    """
    path = label_file(folder, split)
    if path.name == LIST:
        records = keep_good(_lines(path), lambda line: _parse(*line, path), skip_bad)
        found = [picture for said, picture in records if said == split]
    else:
        found = [
            LabelledPicture(entry.path, FaceLabels.build(entry.boxes, ignore=entry.ignore))
            for entry in read_wider(path, folder / f"WIDER_{split}" / "images", skip_bad)
        ]
    if not found:
        raise DataError(f"{path}: no picture of the split {split!r}: expected one of {', '.join(SPLITS)}")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _parse(number: int, line: str, path: Path) -> tuple[str, LabelledPicture]:
    where = f"{path}: line {number}"
    try:
        said = json.loads(line)
        faces = said["faces"]
        labels = FaceLabels.build(
            [face["box_xyxy"] for face in faces],
            [face.get("landmarks_xy") or [[np.nan] * 2] * POINTS for face in faces],
            said.get("ignore", ()),
        )
        split, name = str(said["split"]), str(said["file"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{where}: {error}: expected file, split, faces with box_xyxy and landmarks_xy, ignore"
        ) from error
    corners = labels.boxes_xyxy
    if not np.isfinite(corners).all() or (corners[:, 2:] <= corners[:, :2]).any():
        raise DataError(f"{where} ({name}): an empty box: expected x0 < x1 and y0 < y1")
    if np.isinf(labels.landmarks_xy).any() or not np.isfinite(labels.ignore_xyxy).all():
        raise DataError(f"{where} ({name}): landmarks_xy or ignore is not finite: expected pixels")
    return split, LabelledPicture(path.parent / name, labels)
