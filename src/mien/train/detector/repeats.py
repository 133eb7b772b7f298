"""Photographs that come again in another split, as they are or cut a little otherwise.

A portrait that is on one page of the web often is on another one too, with other edges. Scaled to a square
of 48 pixels, the middle of one picture is looked for within the other, by zero-mean normalised correlation at
the place where that is highest: so the edges may lie an eighth of the side apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.train.detector.labels import LabelledPicture
from mien.train.detector.sources import PictureFiles
from mien.train.reading import Progress, unwatched
from mien.train.repeats import find_pairs
from mien.train.table import SIDE_PX
from mien.types import Crops, Grey

SAME = 0.95
"""Above this correlation two pictures are one photograph. Of mien's val split 20 have one so near in train:
19 are that, by eye; the other is a mask before black, of a series.
"""

ALIKE = 0.5
"""Two pictures that correlate less as they lie are not looked at closer; of mien's data that loses none."""

MIDDLE_PX = 36


def come_again(
    pictures: Sequence[LabelledPicture], known: Sequence[LabelledPicture], progress: Progress = unwatched
) -> NDArray[np.bool_]:
    """(N,) bool: which pictures are a photograph that is among the known.

    progress: called with the pictures read and all pictures. DataError or SourceError names a bad file.
    """
    small = _read_small(PictureFiles([*pictures, *known]), progress)
    asked, held = small[: len(pictures)], small[len(pictures) :]
    again = np.zeros(len(asked), dtype=np.bool_)
    for left, right, _ in find_pairs(asked, held, ALIKE).as_tuples():
        again[left] = again[left] or correlation_within(asked[left], held[right]) > SAME
    return again


def correlation_within(left: Grey, right: Grey) -> float:
    """How well the middle of one of two (48, 48) uint8 is found within the other, -1 to 1."""
    rim = (SIDE_PX - MIDDLE_PX) // 2
    pairs = ((left, right), (right, left))
    found = [
        cv2.matchTemplate(whole, part[rim:-rim, rim:-rim], cv2.TM_CCOEFF_NORMED) for whole, part in pairs
    ]
    return float(np.max(found))


def _read_small(files: PictureFiles, progress: Progress) -> Crops:
    small = np.empty((len(files), SIDE_PX, SIDE_PX), dtype=np.uint8)
    for row in range(len(files)):
        progress(row, len(files))
        grey = cv2.cvtColor(files.read(row).image, cv2.COLOR_BGR2GRAY)
        small[row] = cv2.resize(grey, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    progress(len(files), len(files))
    return small
