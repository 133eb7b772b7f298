"""Where training pictures come from: files, and FER2013 faces set on drawn backgrounds as close-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mien.errors import DataError
from mien.pictures import read_picture
from mien.train.detector.labels import FaceLabels, LabelledPicture
from mien.train.table import SIDE_PX, read_table
from mien.types import Crops, Image

CLOSE_UP_BOX = (0.10, 0.02, 0.92, 0.98)
"""Brow to chin in a FER2013 picture, as shares of its side: the median of what YuNet finds in 400 of them."""

_CLOSE_UP_PX = (120, 300)
_ROOM = (1.0, 2.5)
"""Side of the drawn background over that of the face picture."""


@dataclass(frozen=True, eq=False)
class Sample:
    """HxWx3 uint8 BGR, and what is in it."""

    image: Image
    labels: FaceLabels


class PictureFiles:
    """Labelled picture files, decoded each time; as many as fit into `keep_bytes` are kept decoded."""

    def __init__(self, pictures: Sequence[LabelledPicture], keep_bytes: int = 0) -> None:
        """DataError names the first file that is not there."""
        missing = next((picture.path for picture in pictures if not picture.path.is_file()), None)
        if missing is not None:
            raise DataError(f"{missing}: no such picture, though it has labels: expected the whole data set")
        self._pictures = tuple(pictures)
        self._kept: dict[int, Image] = {}
        self._room = keep_bytes

    def __len__(self) -> int:
        return len(self._pictures)

    def read(self, row: int) -> Sample:
        """One picture; SourceError if it cannot be decoded."""
        image = self._kept.get(row)
        if image is None:
            image = read_picture(self._pictures[row].path)
            if image.nbytes <= self._room:
                self._room -= image.nbytes
                self._kept[row] = image
        return Sample(image, self._pictures[row].labels)


class CloseUps:
    """FER2013's faces, each on a background drawn anew. They have boxes but no landmarks."""

    def __init__(self, faces: Crops) -> None:
        """faces: (N, 48, 48) uint8 grey, N at least 1."""
        assert len(faces) and faces.shape[1:] == (SIDE_PX, SIDE_PX)
        self._faces = faces

    @classmethod
    def open(cls, path: Path) -> CloseUps:
        """The Training faces of a Parquet file that `mien data` wrote; DataError if there are none."""
        table = read_table(path)
        faces = table.images[table.usage == "Training"]
        if not len(faces):
            raise DataError(f"{path}: holds no Training pictures: expected FER2013's")
        return cls(faces)

    def draw(self, rng: np.random.Generator) -> Sample:
        """One face on one background."""
        side = int(rng.integers(*_CLOSE_UP_PX))
        face = cv2.resize(
            self._faces[rng.integers(len(self._faces))], (side, side), interpolation=cv2.INTER_CUBIC
        )
        room = round(side * rng.uniform(*_ROOM))
        image = draw_background(room, room, rng)
        x, y = (int(value) for value in rng.integers(0, room - side + 1, 2))
        part = image[y : y + side, x : x + side]
        part[:] = _blend(part, cv2.cvtColor(face, cv2.COLOR_GRAY2BGR), rng)
        box = [value * side + origin for value, origin in zip(CLOSE_UP_BOX, (x, y, x, y), strict=True)]
        return Sample(image, FaceLabels.build([box]))


def _blend(under: Image, face: Image, rng: np.random.Generator) -> Image:
    """The face picture over what is there; its corners fade out, so that no square edge gives it away."""
    side = len(face)
    distance = np.abs(np.linspace(-1, 1, side, dtype=np.float32)) ** 4
    softness = rng.uniform(0.05, 0.5)
    share = np.clip((1.02 - distance[:, None] - distance[None]) / softness, 0, 1)[..., None]
    tint = rng.uniform(0.8, 1.0, 3).astype(np.float32)
    return np.asarray(under * (1 - share) + face * tint * share, dtype=np.uint8)


def draw_background(width: int, height: int, rng: np.random.Generator) -> Image:
    """HxWx3 uint8 BGR: a slope of two colours with a few blurred shapes on it, no two alike."""
    ends = rng.uniform(0, 255, (2, 2, 3)).astype(np.float32)
    image = cv2.resize(ends, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        _draw_shape(image, rng)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 4.0)), dtype=np.uint8)


def _draw_shape(image: Image, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    colour = rng.uniform(0, 255, 3).tolist()
    x, y = int(rng.integers(width)), int(rng.integers(height))
    across, down = int(rng.integers(2, max(3, width // 2))), int(rng.integers(2, max(3, height // 2)))
    kind = rng.integers(3)
    if kind == 0:
        cv2.rectangle(image, (x, y), (x + across, y + down), colour, -1)
    elif kind == 1:
        cv2.ellipse(image, (x, y), (across, down), rng.uniform(0, 180), 0, 360, colour, -1, cv2.LINE_AA)
    else:
        cv2.line(image, (x, y), (x + across, y - down), colour, int(rng.integers(1, 12)), cv2.LINE_AA)
