"""From labelled pictures to batches: augmented squares to learn from, whole pictures to be scored on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mien.train.detector.augment import Augmenter
from mien.train.detector.geometry import move_labels, similarity
from mien.train.detector.labels import FaceLabels
from mien.train.detector.sources import PictureFiles, Sample


class FaceBatch(NamedTuple):
    """images: (N, 3, S, S) uint8 BGR. labels: a picture each, in its pixels."""

    images: Tensor
    labels: list[LabelTensors]


class LabelTensors(NamedTuple):
    """boxes: (M, 4); landmarks: (M, 5, 2), NaN where unknown; ignore: (K, 4); all float32."""

    boxes: Tensor
    landmarks: Tensor
    ignore: Tensor

    def numpy(self) -> FaceLabels:
        """The same as arrays."""
        return FaceLabels(*(np.asarray(part.cpu()) for part in self))


class TrainingPictures(Dataset[Sample]):
    """Every file `looks` times an epoch, each time another picture is made of it."""

    def __init__(self, augmenter: Augmenter, looks: int) -> None:
        self._augmenter, self._looks = augmenter, looks

    def __len__(self) -> int:
        return len(self._augmenter.files) * self._looks

    def __getitem__(self, number: int) -> Sample:
        # torch's generator is seeded by the run, and differently in each worker process.
        rng = np.random.default_rng(int(torch.randint(2**62, (1,))))
        return self._augmenter.make(number % len(self._augmenter.files), rng)


class WholePictures(Dataset[Sample]):
    """Every file once, as it is, scaled to a long side of `side_px`, in the corner of a grey square."""

    def __init__(self, files: PictureFiles, side_px: int) -> None:
        self._files, self._side_px = files, side_px

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, number: int) -> Sample:
        return fit_square(self._files.read(number), self._side_px)


def fit_square(sample: Sample, side_px: int) -> Sample:
    """The whole picture in the upper left corner of a grey square, with its labels."""
    height, width = sample.image.shape[:2]
    factor = side_px / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    image = np.full((side_px, side_px, 3), 114, dtype=np.uint8)
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    image[: size[1], : size[0]] = cv2.resize(sample.image, size, interpolation=kind)
    affine: NDArray[np.float64] = similarity(factor, 0.0, False, (0.0, 0.0), (0.0, 0.0))
    return Sample(image, move_labels(sample.labels, affine, side_px, side_px, 0.0))


def collate(samples: Sequence[Sample]) -> FaceBatch:
    """Pictures of one size as a batch."""
    # Seen as NCHW and stored as NHWC, the form in which convolutions are fastest.
    images = torch.from_numpy(np.stack([sample.image for sample in samples])).permute(0, 3, 1, 2)
    return FaceBatch(images, [_as_tensors(sample.labels) for sample in samples])


def _as_tensors(labels: FaceLabels) -> LabelTensors:
    parts = (labels.boxes_xyxy, labels.landmarks_xy, labels.ignore_xyxy)
    return LabelTensors(*(torch.from_numpy(np.ascontiguousarray(part)) for part in parts))


def make_loader(
    dataset: Dataset[Sample], batch_size: int, *, train: bool, workers: int = 0
) -> DataLoader[FaceBatch]:
    """Batches: for training in random order and all of full size, for scoring in order and every picture."""
    count = len(dataset)  # type: ignore[arg-type]  # both of ours have a length
    return DataLoader(
        dataset,  # type: ignore[arg-type]  # collate makes the batch
        batch_size=min(batch_size, count),
        shuffle=train,
        drop_last=train,
        collate_fn=collate,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=torch.cuda.is_available(),
    )
