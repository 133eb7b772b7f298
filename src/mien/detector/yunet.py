"""YuNet, a small convolutional face detector that OpenCV runs: finer than Haar, with five landmarks."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from mien.detector.looks import Look, choose, close_look, sharp_look
from mien.errors import ModelError
from mien.options import DetectorOptions, Framing
from mien.types import Face, Image

YUNET_FILE = "yunet_n_320_320.onnx"
YUNET_SHA256 = "81dbde155e982455488235acb8ec2dec5d647edf7cf7080d33e4abb69b93a0d2"
YUNET_ENV = "MIEN_YUNET"

YUNET_MIN_SCORE = 0.7
"""Where `DetectorOptions.min_score` says nothing."""

YUNET_FRAMING = Framing(scale=0.9, lift=0.05, level=True)
"""Measured by `benchmarks/framing.py` and `benchmarks/photos.py`: see `benchmarks/framing.md`."""


def yunet_cache_path() -> Path:
    """Where mien looks for YuNet's file when the environment variable `MIEN_YUNET` names none.

    In the folder we are in where the user has no home, as in some containers.
    """
    try:
        return user_cache_path("mien", appauthor=False) / YUNET_FILE
    except RuntimeError:
        return Path(YUNET_FILE)


def find_yunet() -> Path | None:
    """The file named by `MIEN_YUNET`, else the one in the user's cache, else None.

    A file named outright is returned even if it is not there, so that opening it tells of the mistake.
    """
    named = os.environ.get(YUNET_ENV)
    if named:
        return Path(named)
    cached = yunet_cache_path()
    return cached if cached.is_file() else None


_LEAST_SIDE_PX = 64
"""OpenCV fills up each side to a multiple of 32. Where that leaves a single row or column of YuNet's coarsest
map, its convolutions read memory that nobody wrote (seen in 4.14), and there are faces by chance."""


class YuNetDetector:
    """Faces from about 10 pixels on, turned or tilted too; a box holds brow to chin, higher than wide."""

    name = "yunet"

    def __init__(
        self, model_path: Path, options: DetectorOptions | None = None, framing: Framing = YUNET_FRAMING
    ) -> None:
        """Reads YuNet's ONNX file; ModelError if it is missing or is not byte for byte the known one."""
        self.framing = framing
        self._options = options or DetectorOptions()
        data = _read_checked(model_path)
        # One network for each look: to give a network another input size costs as much as a look.
        self._sharp, self._close = (_load(data, model_path, self._options) for _ in range(2))
        self._lock = Lock()  # A network keeps state while it looks; one detector may serve several streams.

    def detect(self, image: Image) -> list[Face]:
        """See `FaceDetector.detect`. Landmarks are set."""
        with self._lock:
            found = _look(self._sharp, sharp_look(image, self._options))
            found += _look(self._close, close_look(image, self._options))
        return choose(found, image, self._options)


def _look(network: cv2.FaceDetectorYN, look: Look) -> list[Face]:
    image = _filled_up(look.image)
    height, width = image.shape[:2]
    if network.getInputSize() != (width, height):
        network.setInputSize((width, height))
    _, rows = network.detect(image)
    return [] if rows is None else [look.face(_face(np.asarray(row, dtype=np.float32))) for row in rows]


def _filled_up(image: Image) -> Image:
    """HxWx3 uint8 BGR with black below and on the right, as OpenCV adds it, where a side is too short."""
    missing = [max(0, _LEAST_SIDE_PX - side) for side in image.shape[:2]]
    if not any(missing):
        return image
    below, right = missing
    return np.asarray(cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT), dtype=np.uint8)


def _face(row: NDArray[np.float32]) -> Face:
    """One of YuNet's rows: (15,) float32 of x, y, width, height, five points x, y, score."""
    x, y, width, height, *points, score = row.tolist()
    landmarks = tuple(zip(points[::2], points[1::2], strict=True))
    return Face((x, y, x + width, y + height), min(max(score, 0.0), 1.0), landmarks)


def _load(data: bytes, path: Path, options: DetectorOptions) -> cv2.FaceDetectorYN:
    least = YUNET_MIN_SCORE if options.min_score is None else options.min_score
    try:
        return cv2.FaceDetectorYN.create(
            "onnx",
            np.frombuffer(data, dtype=np.uint8),
            np.empty(0, dtype=np.uint8),
            (320, 320),
            score_threshold=least,
        )
    except (cv2.error, AttributeError) as error:
        raise ModelError(
            f"{path}: OpenCV {cv2.__version__} cannot load it: expected OpenCV 4.9 or later"
        ) from error


def _read_checked(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read ({error.strerror}): expected the file {YUNET_FILE}"
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != YUNET_SHA256:
        raise ModelError(
            f"{path}: not {YUNET_FILE}, or changed: its SHA-256 is {digest}, expected {YUNET_SHA256}"
        )
    return data
