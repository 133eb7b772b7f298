"""Face detectors behind one protocol, and the choice among them."""

from __future__ import annotations

from pathlib import Path

from mien.detector.haar import HaarDetector
from mien.detector.protocol import FaceDetector
from mien.detector.whole import WholePictureDetector
from mien.detector.yunet import YuNetDetector, find_yunet, yunet_cache_path
from mien.errors import ModelError
from mien.options import DetectorOptions

__all__ = [
    "DETECTORS",
    "FaceDetector",
    "HaarDetector",
    "WholePictureDetector",
    "YuNetDetector",
    "find_yunet",
    "make_detector",
    "yunet_cache_path",
]

DETECTORS = ("auto", "haar", "yunet", "none")


def make_detector(
    name: str = "auto", model: Path | None = None, options: DetectorOptions | None = None
) -> FaceDetector:
    """A detector by name.

    name: "auto" (YuNet where its file is named or found, else Haar), "haar", "yunet", or "none" for pictures
    that already are face crops. model: YuNet's file; without it the one that `find_yunet` finds.
    Raises ModelError for an unknown name, a model for a detector that has none, and a file that is missing or
    changed.
    """
    if name not in DETECTORS:
        raise ModelError(f"unknown detector {name!r}: expected one of {', '.join(DETECTORS)}")
    if name in ("haar", "none"):
        if model is not None:
            raise ModelError(
                f"{model}: the detector {name} reads no model file: expected auto or yunet with it"
            )
        return HaarDetector(options) if name == "haar" else WholePictureDetector()
    path = model or find_yunet()
    if path is not None:
        return YuNetDetector(path, options)
    if name == "yunet":
        raise ModelError(f"YuNet's model file is not found: expected {yunet_cache_path()}, or name another")
    return HaarDetector(options)
