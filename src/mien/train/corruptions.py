"""What cameras, codecs and careless crops do to a face: a fixed table of changes to 48x48 grey pictures.

Every change is deterministic. Sizes are those of FER2013's own pictures, before the network enlarges them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.train.table import SIDE_PX
from mien.types import Crops, Grey

BAR_POINTS = 4.0
"""The crowd head's accuracy may fall by at most so many points under a corruption that has a bar."""

MID_GREY = 128
EYE_ROWS = slice(12, 22)
"""Eyes, and most people's brows: in FER2013 the strongest edges of the upper half lie in these rows, and the
mean face is darkest, at the pupils, in row 17.
"""

MOUTH_ROWS = slice(33, 43)
"""The mouth: the strongest edges of the lower half lie in these rows, and the mean face is darkest, between
the lips, in row 38. As many rows as over the eyes, so that the two can be compared.
"""


@dataclass(frozen=True)
class Corruption:
    """One change to a face.

    name: what it does, in one direction. group: its line in the table of scores; directions of the same
    change share one. change: HxW uint8 grey to the same shape and type. bar_points: how much the crowd head
    may lose; None where that is only reported.
    """

    name: str
    group: str
    change: Callable[[Grey], Grey]
    bar_points: float | None = BAR_POINTS

    def apply(self, crops: Crops) -> Crops:
        """The change to each of (N, 48, 48) uint8 grey faces, as new pictures; N may be 0.

        A face is changed alike whatever stands beside it.
        """
        changed = np.empty_like(crops)
        for row, crop in enumerate(crops):
            changed[row] = self.change(crop)
        return changed


def _blur(face: Grey, sigma_px: float) -> Grey:
    blurred = cv2.GaussianBlur(face, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, dtype=np.uint8)


def _noise(face: Grey, sigma: float) -> Grey:
    """White Gaussian noise, `sigma` in steps of 255; the picture itself is the seed."""
    rng = np.random.default_rng(zlib.crc32(face.tobytes()))
    return _to_bytes(face + sigma * rng.standard_normal(face.shape))


def _jpeg(face: Grey, quality: int) -> Grey:
    _, data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _darken(face: Grey, factor: float) -> Grey:
    return _to_bytes(factor * face.astype(np.float64))


def _stretch(face: Grey, factor: float) -> Grey:
    """Contrast: distances from the picture's mean times `factor`."""
    mean = face.mean()
    return _to_bytes(mean + factor * (face - mean))


def _move(face: Grey, turn_deg: float = 0.0, scale: float = 1.0, shift: tuple[float, float] = (0, 0)) -> Grey:
    """Turned anticlockwise and scaled about the centre, then shifted to the right and down, `shift` in sides.

    Bilinear; the picture's edge goes on where there was nothing.
    """
    height, width = face.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn_deg, scale)
    matrix[:, 2] += np.multiply(shift, (width, height))
    moved = cv2.warpAffine(
        face, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)


def _cover(face: Grey, rows: slice) -> Grey:
    """A mid grey bar over the whole width; `rows` count in a picture of 48."""
    assert face.shape[0] == SIDE_PX
    covered: Grey = face.copy()
    covered[rows] = MID_GREY
    return covered


def _to_bytes(values: NDArray[np.float64]) -> Grey:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _directions(group: str, changes: dict[str, Callable[[Grey], Grey]]) -> tuple[Corruption, ...]:
    return tuple(Corruption(name, group, change) for name, change in changes.items())


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption("blur 1 px", "blur 1 px", partial(_blur, sigma_px=1.0)),
    Corruption("noise 8/255", "noise 8/255", partial(_noise, sigma=8.0)),
    Corruption("JPEG quality 30", "JPEG quality 30", partial(_jpeg, quality=30)),
    Corruption("brightness ×0.5", "brightness ×0.5", partial(_darken, factor=0.5)),
    Corruption("contrast ×1.5", "contrast ×1.5", partial(_stretch, factor=1.5)),
    *_directions(
        "rotation ±15°",
        {"rotation +15°": partial(_move, turn_deg=15.0), "rotation -15°": partial(_move, turn_deg=-15.0)},
    ),
    *_directions(
        "shift ±10 %",
        {
            "shift left 10 %": partial(_move, shift=(-0.1, 0.0)),
            "shift right 10 %": partial(_move, shift=(0.1, 0.0)),
            "shift up 10 %": partial(_move, shift=(0.0, -0.1)),
            "shift down 10 %": partial(_move, shift=(0.0, 0.1)),
        },
    ),
    *_directions(
        "scale ×0.85, ×1.2",
        {"scale ×0.85": partial(_move, scale=0.85), "scale ×1.2": partial(_move, scale=1.2)},
    ),
    Corruption("bar over eyes", "bar over eyes", partial(_cover, rows=EYE_ROWS), None),
    Corruption("bar over mouth", "bar over mouth", partial(_cover, rows=MOUTH_ROWS), None),
)
"""All that a model is tried on; the directions of a group follow each other."""
