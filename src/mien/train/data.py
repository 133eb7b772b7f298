"""From a table of faces to batches: pictures through the runtime's own preprocessing, labels, votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien.errors import DataError
from mien.preprocess import grey_square
from mien.train.table import SIDE_PX, FaceTable
from mien.types import EMOTIONS

NO_LABEL = -1
"""The label of a picture that FER2013 calls disgust or fear and its voters one of the five."""


class Batch(NamedTuple):
    """faces: (N, 48, 48) uint8 grey; label: (N,) int64 columns in `EMOTIONS` or NO_LABEL; votes: (N, 5)
    float32.
    """

    faces: Tensor
    label: Tensor
    votes: Tensor


class FaceDataset(Dataset[Batch]):
    """One split in memory; a batch is cut out of it in one piece."""

    def __init__(self, table: FaceTable) -> None:
        kept = table.take((table.labels() >= 0) | table.crowd_says_five())
        if not len(kept):
            raise DataError("the split holds no picture of the five classes")
        self.faces = torch.from_numpy(np.stack([grey_square(image, SIDE_PX) for image in kept.images]))
        self.label = torch.from_numpy(kept.labels())
        self.votes = torch.from_numpy(kept.crowd())

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, row: int) -> Batch:
        return self.__getitems__([row])

    def __getitems__(self, rows: list[int]) -> Batch:
        return Batch(self.faces[rows], self.label[rows], self.votes[rows])

    @property
    def has_votes(self) -> bool:
        """Whether any picture has FER+ votes."""
        return bool(self.votes.any())


@dataclass(frozen=True)
class Recompress:
    """Stores a share of a batch's faces as JPEG and reads them back, as cameras and web pages do."""

    share: float

    def __call__(self, batch: Batch) -> Batch:
        """What `__getitems__` gives is a batch already; its faces are a copy."""
        for row in torch.nonzero(torch.rand(len(batch.faces)) < self.share).flatten().tolist():
            quality = int(torch.randint(20, 81, ()))
            stored = cv2.imencode(".jpg", batch.faces[row].numpy(), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            batch.faces[row] = torch.from_numpy(cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE))
        return batch


def make_loader(
    dataset: FaceDataset, batch_size: int, *, train: bool, jpeg_share: float = 0.0
) -> DataLoader[Batch]:
    """Batches: for training in random order and all of full size, for scoring in order and every picture."""
    recompress: Any = Recompress(jpeg_share)  # DataLoader expects a function of a list of samples
    return DataLoader(
        dataset,
        batch_size=min(batch_size, len(dataset)),
        shuffle=train,
        drop_last=train,
        collate_fn=recompress,
        pin_memory=torch.cuda.is_available(),
    )


def class_weights(labels: NDArray[np.int64], power: float) -> NDArray[np.float32]:
    """(5,) float32: (mean count / count) ** power, scaled so that the mean weight over pictures is 1."""
    counts = np.bincount(labels, minlength=len(EMOTIONS)).astype(np.float64)
    weights = (counts.sum() / len(EMOTIONS) / np.maximum(counts, 1)) ** power
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), dtype=np.float32)
