"""Real photographs that move like people before a camera: the clips of `benchmarks/live.py`.

A photograph is placed so that its face has a given size at a given place, and then moved, scaled, tilted,
dimmed and blurred along slow waves; every clip of the same seed is the same.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.detector import FaceDetector
from mien.pictures import list_pictures, read_picture
from mien.types import LABELS, Box, Frame, Image

SIZE = (640, 480)
FPS = 30.0
MIN_FACE_PX = 50
FACE_PX = {1: 150, 4: 100}
"""Side of a face on a clip of so many."""

SWAY_PX, GROWTH, TILT_DEG, DARKEST, BLUR_PX, NOISE = 20.0, 0.12, 8.0, 0.65, 1.2, 3.0


@dataclass(frozen=True)
class Photo:
    """A photograph of one face, HxWx3 uint8 BGR, and its label or None."""

    image: Image
    box_xyxy: Box
    label: str | None


def photos_at_hand() -> Path | None:
    """The photographs that lie beside this checkout, if they do."""
    folder = Path(__file__).parents[1].parent / "shared" / "photos"
    return folder if folder.is_dir() else None


def load_photos(folder: Path | None, detector: FaceDetector, wanted: int, seed: int) -> list[Photo]:
    """Up to so many photographs in which exactly one face is found, drawn by lot.

    folder: pictures, perhaps with a labels.csv of the columns `file` and `emotion`; None takes the two
    photographs that scikit-image and matplotlib bring.
    """
    labels = _labels(folder / "labels.csv") if folder else {}
    paths = list_pictures(folder) if folder else []
    np.random.default_rng(seed).shuffle(paths)
    pictures = ((read_picture(path), labels.get(path.name)) for path in paths) if folder else _packaged()
    photos = []
    for image, label in pictures:
        faces = detector.detect(image)
        if len(faces) == 1 and boxes.area(faces[0].box_xyxy) >= MIN_FACE_PX**2:
            photos.append(Photo(image, faces[0].box_xyxy, label))
        if len(photos) == wanted:
            break
    return photos


def _packaged() -> Iterator[tuple[Image, None]]:
    from matplotlib import cbook  # noqa: PLC0415 - in the dev packages only
    from skimage import data  # noqa: PLC0415

    astronaut = data.astronaut()  # type: ignore[no-untyped-call]
    yield np.ascontiguousarray(astronaut[..., ::-1]), None
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    yield read_picture(Path(str(path))), None


def _labels(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        return {row["file"]: row["emotion"] for row in csv.DictReader(file) if row["emotion"] in LABELS}


class Motion:
    """Slow waves, each with a period and a phase of its own, drawn by lot."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._periods_s = rng.uniform(2.5, 7.0, 6)
        self._phases = rng.uniform(0, 2 * math.pi, 6)

    def waves(self, time_s: float) -> list[float]:
        """Six values in [-1, 1]."""
        angles = 2 * math.pi * time_s / self._periods_s + self._phases
        return [float(value) for value in np.sin(angles)]


@dataclass(frozen=True)
class Scene:
    """One or four photographs that move; a cut changes the photographs and not the motion."""

    photos: Sequence[Photo]
    seed: int

    def frame(self, index: int) -> Frame:
        """The frame at this place, 640x480, with the noise of a sensor."""
        time_s = index / FPS
        image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        across = 1 if len(self.photos) == 1 else 2
        width, height = SIZE[0] // across, SIZE[1] // across
        for place, photo in enumerate(self.photos):
            left, top = place % across * width, place // across * height
            tile = _placed(photo, Motion(self.seed + place), time_s, (width, height), FACE_PX[across**2])
            image[top : top + height, left : left + width] = tile
        return Frame(index, time_s, np.asarray(cv2.add(image, _noise(index % 8), dtype=cv2.CV_8U), np.uint8))

    def frames(self, seconds: float, first: int = 0) -> Iterator[Frame]:
        """So many seconds of it, from this index on."""
        return (self.frame(index) for index in range(first, first + round(seconds * FPS)))


@cache
def _noise(number: int) -> NDArray[np.int16]:
    """What a sensor adds to a picture, grey values."""
    noise = np.random.default_rng(number).normal(0, NOISE, (SIZE[1], SIZE[0], 3))
    return np.asarray(noise.round(), np.int16)


def _placed(photo: Photo, motion: Motion, time_s: float, size: tuple[int, int], face_px: int) -> Image:
    across, down, growth, tilt, dim, blur = motion.waves(time_s)
    x, y = boxes.centre(photo.box_xyxy)
    x0, y0, x1, y1 = photo.box_xyxy
    scale = face_px / max(x1 - x0, y1 - y0) * (1 + GROWTH * growth)
    matrix = cv2.getRotationMatrix2D((x, y), TILT_DEG * tilt, scale)
    matrix[0, 2] += size[0] / 2 + SWAY_PX * across - x
    matrix[1, 2] += size[1] / 2 + SWAY_PX / 2 * down - y
    image = cv2.warpAffine(photo.image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = cv2.convertScaleAbs(image, alpha=(1 + DARKEST) / 2 + (1 - DARKEST) / 2 * dim)
    sigma = BLUR_PX * (1 + blur) / 2
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma) if sigma > 0.2 else image, np.uint8)


def write_clip(path: Path, scene: Scene, seconds: float) -> None:
    """The scene as Motion JPEG."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, SIZE)
    for frame in scene.frames(seconds):
        writer.write(frame.image)
    writer.release()


class ClipCamera:
    """Stands in for `cv2.VideoCapture`: plays a clip again and again at its pace, as a camera would."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        self._start_s = time.monotonic()
        self._numbers = count()

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return True

    def read(self) -> tuple[bool, Image]:
        due_s = next(self._numbers) / FPS
        ok, image = self._capture.read()
        if not ok:
            self._capture.release()
            self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
            ok, image = self._capture.read()
        time.sleep(max(0.0, self._start_s + due_s - time.monotonic()))
        return ok, np.asarray(image, np.uint8)

    def get(self, prop: int, /) -> float:
        return FPS if prop == cv2.CAP_PROP_FPS else 0.0

    def set(self, prop: int, value: float, /) -> bool:  # noqa: ARG002
        return False

    def release(self) -> None:
        self._capture.release()
