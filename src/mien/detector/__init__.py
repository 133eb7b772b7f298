"""Face detectors behind one protocol, and the choice among them."""

from __future__ import annotations

from pathlib import Path

from mien.detector.haar import HaarDetector
from mien.detector.onnx_face import SHIPPED_FACE_MODEL, OnnxFaceDetector
from mien.detector.protocol import FaceDetector, GlancingDetector
from mien.detector.whole import WholePictureDetector
from mien.detector.yunet import YUNET_ENV, YuNetDetector, find_yunet, yunet_cache_path
from mien.errors import ModelError
from mien.options import DetectorOptions

__all__ = [
    "DETECTORS",
    "SHIPPED_FACE_MODEL",
    "YUNET_ENV",
    "FaceDetector",
    "GlancingDetector",
    "HaarDetector",
    "OnnxFaceDetector",
    "WholePictureDetector",
    "YuNetDetector",
    "find_yunet",
    "make_detector",
    "yunet_cache_path",
]

DETECTORS = ("auto", "mien", "haar", "yunet", "none")


def make_detector(
    name: str = "auto",
    model: Path | None = None,
    options: DetectorOptions | None = None,
    *,
    threads: int = 1,
) -> FaceDetector:
    """A detector by name.

    name: "auto" or "mien" (mien's own), "haar", "yunet", or "none" for pictures that already are face crops.
    model: another file for mien's detector than its own, or YuNet's, else the one that `find_yunet` finds.
    threads: how many cores mien's detector may use.
    Raises ModelError for an unknown name, a model for a detector that has none, and a file that is missing or
    changed.
    """
    if name not in DETECTORS:
        raise ModelError(f"unknown detector {name!r}: expected one of {', '.join(DETECTORS)}")
    if name in ("auto", "mien"):
        return OnnxFaceDetector(model, options, threads=threads)
    if name == "yunet":
        return YuNetDetector(_yunet_file(model), options)
    if model is not None:
        raise ModelError(f"{model}: the detector {name} reads no model file: expected mien or yunet with it")
    return HaarDetector(options) if name == "haar" else WholePictureDetector()


def _yunet_file(named: Path | None) -> Path:
    path = named or find_yunet()
    if path is None:
        raise ModelError(f"YuNet's model file is not found: expected {yunet_cache_path()}, or name another")
    return path
