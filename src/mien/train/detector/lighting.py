"""What light, a camera and a file do to a picture: darkness, a cast, no colour, blur, noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.train.detector.settings import FaceAugmentSettings
from mien.types import Image

DARK = 0.25
"""So many of the pictures whose light changes are dark ones."""


def relight(image: Image, settings: FaceAugmentSettings, rng: np.random.Generator) -> Image:
    """The picture, HxWx3 uint8 BGR, as a worse camera in another light would have it."""
    if rng.random() < settings.grey_prob:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.uint8)
    if rng.random() < settings.light_prob:
        image = np.asarray(cv2.LUT(image, _light(rng)), dtype=np.uint8)
    if rng.random() < settings.blur_prob and settings.blur_px > 0:
        image = np.asarray(
            cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, settings.blur_px)), dtype=np.uint8
        )
    if rng.random() < settings.noise_prob:
        image = _with_noise(image, rng.uniform(0, settings.noise), rng)
    if rng.random() < settings.jpeg_prob:
        image = _as_jpeg(image, int(rng.integers(settings.jpeg_quality, 96)))
    return image


def _light(rng: np.random.Generator) -> NDArray[np.uint8]:
    """(1, 256, 3) uint8: what becomes of each value of each colour."""
    gain = rng.uniform(0.12, 0.6) if rng.random() < DARK else rng.uniform(0.7, 1.35)
    cast = rng.uniform(0.88, 1.12, 3)
    values = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.5, 0.5))
    lit = (values[:, None] * cast + rng.uniform(-0.1, 0.1)) * gain
    return np.asarray(np.clip(lit * 255, 0, 255)[None], dtype=np.uint8)


def _with_noise(image: Image, deviation: float, rng: np.random.Generator) -> Image:
    noise = np.empty(image.shape, dtype=np.int16)
    # OpenCV's generator takes a quarter of NumPy's time.
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(noise, np.zeros(1), np.full(1, 255 * deviation))
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def _as_jpeg(image: Image, quality: int) -> Image:
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
