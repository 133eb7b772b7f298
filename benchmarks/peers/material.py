"""What all are measured on: FER2013's PublicTest, labelled photographs, and frames of faces that move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import moving_photos
import numpy as np
from moving_photos import Scene, load_photos
from numpy.typing import NDArray

from mien.data_protocol import DataProtocol
from mien.detector import SHIPPED_FACE_MODEL, make_detector
from mien.errors import DataError
from mien.pictures import read_picture
from mien.scorecard.photographs import read_labels
from mien.train.evaluate import load_split, majority, scored_pictures
from mien.types import Image

from .gallery import Gallery, hang, open_gallery

SEED = 0
BLOCK_FRAMES = 24
"""Frames of one scene, 0.8 s; a block of a timing takes them, or the first of them."""


@dataclass(frozen=True)
class Material:
    """crops: PublicTest's pictures of the five classes. labels, votes: (N,) int64, column in `EMOTIONS` by
    FER2013 and by at least five of ten voters, -1 where they do not agree so far. photos, photo_labels: one
    face each. frames: `scenes` times `BLOCK_FRAMES` of 640x480."""

    crops: Gallery
    labels: NDArray[np.int64]
    votes: NDArray[np.int64]
    photos: Gallery
    photo_labels: NDArray[np.int64]
    frames: Gallery

    @property
    def scenes(self) -> int:
        """How many photographs move, one after the other."""
        return self.frames.count // BLOCK_FRAMES

    @property
    def digest(self) -> str:
        """Tells this material from another that scores are taken on."""
        answers = b"".join(part.tobytes() for part in (self.labels, self.votes, self.photo_labels))
        parts = f"{self.crops.digest}{self.photos.digest}".encode() + answers
        return hashlib.sha256(parts).hexdigest()


def gather(fer2013: Path, photos: Path, scenes: int, folder: Path) -> Material:
    """Read it all and lay it out in `folder` for the workers, unless it lies there from before.

    fer2013: a folder with `public_test.parquet` and `fer2013new.csv`. photos: pictures of one face each and
    `labels.csv`. DataError names what is missing or wrong.
    """
    faces, votes = fer2013 / "public_test.parquet", fer2013 / "fer2013new.csv"
    wanted = (faces, votes, photos / "labels.csv")
    for path in wanted:
        if not path.is_file():
            raise DataError(f"{path}: no such file: expected it for the comparison")
    stamp, origin = folder / "origin.txt", _origin((*wanted, *sorted(photos.iterdir())), scenes)
    if not (stamp.is_file() and stamp.read_text() == origin):
        stamp.unlink(missing_ok=True)
        _lay_out(faces, votes, photos, scenes, folder)
        stamp.write_text(origin)
    with np.load(folder / "answers.npz") as answers:
        return Material(
            crops=open_gallery(folder / "crops"),
            labels=answers["labels"],
            votes=answers["votes"],
            photos=open_gallery(folder / "photos"),
            photo_labels=answers["photo_labels"],
            frames=open_gallery(folder / "frames"),
        )


def _origin(files: Iterable[Path], scenes: int) -> str:
    """Tells the files, the code that makes material of them, and the detector that chooses the frames."""
    code = (Path(__file__), Path(moving_photos.__file__), SHIPPED_FACE_MODEL)
    sha = hashlib.sha256(str(scenes).encode())
    for path in files:
        sha.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    for path in code:
        sha.update(path.read_bytes())
    return sha.hexdigest()


def _lay_out(faces: Path, votes: Path, photos: Path, scenes: int, folder: Path) -> None:
    table, _ = scored_pictures(load_split(faces, votes), DataProtocol.OFFICIAL)
    labelled = read_labels(photos, photos / "labels.csv")
    hang(folder / "crops", (cv2.cvtColor(one, cv2.COLOR_GRAY2BGR) for one in table.images))
    hang(folder / "photos", (read_picture(path) for path, _ in labelled))
    hang(folder / "frames", _film(photos, scenes))
    np.savez(
        folder / "answers.npz",
        labels=table.labels(),
        votes=majority(table),
        photo_labels=np.array([emotion.column for _, emotion in labelled], dtype=np.int64),
    )


def _film(photos: Path, scenes: int) -> Iterator[Image]:
    moving = load_photos(photos, make_detector("mien"), scenes, SEED)
    if len(moving) < scenes:
        raise DataError(f"{photos}: {len(moving)} pictures of one face: expected at least {scenes}")
    shots = (Scene([photo], SEED + place) for place, photo in enumerate(moving))
    return (shot.frame(index).image for shot in shots for index in range(BLOCK_FRAMES))
