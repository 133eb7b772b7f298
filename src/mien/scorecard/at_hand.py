"""Which face detectors can be measured on this machine."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import cv2

from mien.detector import FaceDetector, make_detector


def detectors_at_hand(yunet: Path | None) -> dict[str, Path | None]:
    """Names for `make_detector`, each with the model file that it needs, None for its own.

    yunet: YuNet's file, None where there is none. Haar is left out where OpenCV has none (5 and later).
    """
    haar: dict[str, Path | None] = {"haar": None} if hasattr(cv2, "CascadeClassifier") else {}
    return {"mien": None, **haar, **({"yunet": yunet} if yunet else {})}


def make_at_hand(yunet: Path | None, names: Collection[str] | None = None) -> list[FaceDetector]:
    """The detectors at hand, or those of them that are named."""
    files = detectors_at_hand(yunet)
    return [make_detector(name, file) for name, file in files.items() if names is None or name in names]
