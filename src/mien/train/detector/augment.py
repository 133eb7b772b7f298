"""From labelled pictures to a training picture: a window of one, or four in a mosaic, in another light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mien.train.detector.hard import HardPlace
from mien.train.detector.labels import FaceLabels
from mien.train.detector.lighting import relight
from mien.train.detector.settings import FaceAugmentSettings
from mien.train.detector.sources import CloseUps, PictureFiles, Sample
from mien.train.detector.window import draw_window


class Augmenter:
    """Makes training pictures of `side_px` x `side_px` out of files and, now and then, close-ups."""

    def __init__(
        self,
        files: PictureFiles,
        settings: FaceAugmentSettings,
        side_px: int,
        close_ups: CloseUps | None = None,
        hard: Sequence[HardPlace] = (),
    ) -> None:
        self.files, self.settings, self.side_px = files, settings, side_px
        self.close_ups, self.hard = close_ups, hard

    def make(self, row: int, rng: np.random.Generator) -> Sample:
        """A training picture in which file number `row` has a part, unless a close-up or a hard place takes
        its own.
        """
        if rng.random() < self.settings.mosaic_prob:
            made = self._mosaic(row, rng)
        else:
            made = self._window(row, self.side_px, self.side_px, rng)
        return Sample(relight(made.image, self.settings, rng), made.labels)

    def _window(self, row: int, width: int, height: int, rng: np.random.Generator) -> Sample:
        if self.hard and rng.random() < self.settings.hard_prob:
            place = self.hard[int(rng.integers(len(self.hard)))]
            sample = self.files.read(place.row)
            return draw_window(sample, width, height, self.settings, rng, place.box_xyxy)
        if self.close_ups is not None and rng.random() < self.settings.close_up_prob:
            sample = self.close_ups.draw(rng)
        else:
            sample = self.files.read(row)
        return draw_window(sample, width, height, self.settings, rng)

    def _mosaic(self, row: int, rng: np.random.Generator) -> Sample:
        """Four windows around a point not far from the middle (Bochkovskiy et al. 2020, YOLOv4)."""
        side = self.side_px
        image = np.empty((side, side, 3), dtype=np.uint8)
        x, y = (int(value) for value in rng.uniform(0.3 * side, 0.7 * side, 2))
        rows = [row, *(int(other) for other in rng.integers(len(self.files), size=3))]
        corners = [(0, 0, x, y), (x, 0, side, y), (0, y, x, side), (x, y, side, side)]
        parts = []
        for number, (x0, y0, x1, y1) in zip(rows, corners, strict=True):
            part = self._window(number, x1 - x0, y1 - y0, rng)
            image[y0:y1, x0:x1] = part.image
            parts.append(_shifted(part.labels, x0, y0))
        return Sample(image, _joined(parts))


def _shifted(labels: FaceLabels, x: int, y: int) -> FaceLabels:
    point = np.asarray([x, y], dtype=np.float32)
    box = np.tile(point, 2)
    return FaceLabels(labels.boxes_xyxy + box, labels.landmarks_xy + point, labels.ignore_xyxy + box)


def _joined(parts: list[FaceLabels]) -> FaceLabels:
    return FaceLabels(
        np.concatenate([part.boxes_xyxy for part in parts]),
        np.concatenate([part.landmarks_xy for part in parts]),
        np.concatenate([part.ignore_xyxy for part in parts]),
    )
