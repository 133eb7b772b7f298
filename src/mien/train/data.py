"""From a table of faces to batches: pictures through the runtime's own preprocessing, labels, votes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, DistributedSampler

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


@dataclass(frozen=True)
class Share:
    """Which process of how many this is, of those that share out the pictures."""

    rank: int = 0
    of: int = 1


ALONE = Share()


def training_loader(
    dataset: FaceDataset, batch_size: int, seed: int, share: Share = ALONE, jpeg_share: float = 0.0
) -> DataLoader[Batch]:
    """Batches in a random order, which seed and epoch decide, all of full size. batch_size: of a process."""
    order: DistributedSampler[Batch] = DistributedSampler(dataset, share.of, share.rank, seed=seed)
    return _loader(dataset, batch_size, order, Recompress(jpeg_share), all_full=True)


def scoring_loader(dataset: FaceDataset, batch_size: int, share: Share = ALONE) -> DataLoader[Batch]:
    """Every picture of a process's share once, in order."""
    rows = range(share.rank, len(dataset), share.of)
    return _loader(dataset, batch_size, rows, Recompress(0.0), all_full=False)


def _loader(
    dataset: FaceDataset, batch_size: int, rows: Iterable[Any], recompress: Recompress, *, all_full: bool
) -> DataLoader[Batch]:
    return DataLoader(
        dataset,
        batch_size,
        sampler=rows,
        drop_last=all_full,
        collate_fn=cast(Any, recompress),  # DataLoader expects a function of a list of samples
        pin_memory=torch.cuda.is_available(),
        # Else a loader draws a number from what seeds an epoch, before it where a run is taken up again.
        generator=torch.Generator(),
    )


def class_weights(labels: NDArray[np.int64], power: float) -> NDArray[np.float32]:
    """(5,) float32: (mean count / count) ** power, scaled so that the mean weight over pictures is 1."""
    counts = np.bincount(labels, minlength=len(EMOTIONS)).astype(np.float64)
    weights = (counts.sum() / len(EMOTIONS) / np.maximum(counts, 1)) ** power
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), dtype=np.float32)
