"""Does mien work on this machine? Each answer as data, with what to do about a failure."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2

from mien.classifier import SHIPPED_MODEL
from mien.demo_face import DemoFace, Scoresheet
from mien.detector import YUNET_ENV, FaceDetector, OnnxFaceDetector, find_yunet, yunet_cache_path
from mien.errors import MienError
from mien.files import file_sha256
from mien.pipeline import Models, build_pipeline
from mien.sinks import display_problem, window_backend

CAMERAS = range(4)
"""Camera numbers that are tried."""

LEAST_FOUND = 0.9
"""Share of frames in which the drawn face must be found."""

LEAST_RIGHT = 3
"""So many of its five emotions must be recognised."""

KNOWN_OPENCV = ("4.", "5.")

PACKAGES = ("mien", "numpy", "onnxruntime", "typer", "rich")


@dataclass(frozen=True)
class Check:
    """One answer.

    detail: what was found. advice: what to do where that is not well, else empty. needed: mien cannot work
    without it; a camera, for one, is not needed.
    """

    name: str
    ok: bool
    detail: str
    advice: str = ""
    needed: bool = False


def examine(load: Callable[[], Models], model_path: Path | None = None) -> list[Check]:
    """All checks. Nothing is raised: a failure is an answer.

    load: opens the models that are to be tested. model_path: the emotion model's file among them, None is
    mien's own.
    """
    return [
        check_versions(),
        check_cameras(CAMERAS),
        check_window_support(),
        check_display(),
        check_yunet(),
        *check_models(load, model_path or SHIPPED_MODEL),
    ]


def works(checks: Sequence[Check]) -> bool:
    """Whether everything that mien cannot do without is well."""
    return all(check.ok for check in checks if check.needed)


def check_versions() -> Check:
    """Python, packages and system, and whether OpenCV is one that mien knows."""
    known = cv2.__version__.startswith(KNOWN_OPENCV)
    packages = [f"{name} {_version(name)}" for name in PACKAGES]
    parts = [
        f"Python {platform.python_version()}",
        *packages,
        f"OpenCV {cv2.__version__}",
        platform.platform(),
    ]
    return Check(
        name="versions",
        ok=known,
        detail=", ".join(parts),
        advice="" if known else "mien needs OpenCV 4 or 5: pip install 'opencv-python<6'",
        needed=True,
    )


def check_cameras(indices: Sequence[int]) -> Check:
    """Which camera numbers give a picture."""
    found = [text for text in map(_try_camera, indices) if text]
    return Check(
        name="cameras",
        ok=bool(found),
        detail=", ".join(found) or f"none with number {indices[0]} to {indices[-1]}",
        advice=""
        if found
        else "plug one in, close programs that use it, allow access to it (on Linux: be in the group video); "
        "or use a video: mien run clip.mp4, or mien demo",
    )


def check_window_support() -> Check:
    """Whether this OpenCV was built with windows."""
    backend = window_backend()
    # The two share their files: one that is left would lack those that go with the other.
    remedy = "pip uninstall opencv-python opencv-python-headless, then pip install 'opencv-python<6'"
    advice = "" if backend else remedy
    return Check("windows in OpenCV", backend is not None, backend or "none", advice)


def check_display() -> Check:
    """Whether a window can be shown."""
    problem = display_problem()
    advice = "use --no-window with --save, --jsonl or --csv, or log in with a display (ssh -X, a desktop)"
    return Check("display", problem is None, problem or "found", advice if problem else "")


def check_yunet() -> Check:
    """Where YuNet's file lies, and its hash; nobody needs it, but a file that is named must be there."""
    path = find_yunet()
    if path is not None and path.is_file():
        return Check("YuNet's file", True, _file(path))
    if path is None:
        return Check("YuNet's file", True, f"none at {yunet_cache_path()}; only --detector yunet needs it")
    return Check("YuNet's file", False, f"not at {path}", f"put it there, or take {YUNET_ENV} away")


def check_models(load: Callable[[], Models], model_path: Path) -> list[Check]:
    """Whether the models open, what the emotion model is, and what the pipeline makes of the drawn face."""
    try:
        models = load()
    except MienError as error:
        advice = "install mien again, or name another file with --model or --detector-model"
        return [Check("models", False, str(error), advice, needed=True)]
    spec = models.classifier.spec
    detail = f"{_file(model_path)}, {spec.input_px} px, serves {spec.serve}"
    return [
        Check("detector", True, _described(models.detector), needed=True),
        Check("emotion model", True, detail, needed=True),
        check_pipeline(models),
    ]


def check_pipeline(models: Models) -> Check:
    """Run the drawn face through the whole pipeline."""
    pipeline = build_pipeline(models)
    face = DemoFace(fps=10, seconds_each=1.0)
    sheet = Scoresheet(face.timetable)
    times_ms = []
    for frame in face:
        result = pipeline.process(frame)
        sheet.write(frame, result)
        times_ms.append(result.analysis_ms)
    right = sum(score.recognised is score.scene.emotion for score in sheet.scores())
    found = sheet.share_found
    ok = found >= LEAST_FOUND and right >= LEAST_RIGHT
    return Check(
        name="self-test",
        ok=ok,
        detail=f"drawn face found in {found:.0%} of {len(times_ms)} frames, {right} of {len(face.timetable)} "
        f"emotions recognised, {statistics.median(times_ms):.1f} ms a frame",
        advice=""
        if ok
        else f"expected {LEAST_FOUND:.0%} and {LEAST_RIGHT}: try another --detector, or mien's own model",
        needed=True,
    )


def _described(detector: FaceDetector) -> str:
    own = f": {_file(detector.path)}" if isinstance(detector, OnnxFaceDetector) else ""
    return f"{detector.name}{own}"


def _file(path: Path) -> str:
    return f"{path}, SHA-256 {file_sha256(path)}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _try_camera(index: int) -> str:
    """Number and size of a camera that gives a picture, else nothing."""
    capture = cv2.VideoCapture(index)
    try:
        ok, image = capture.read() if capture.isOpened() else (False, None)
    finally:
        capture.release()
    return f"{index} ({image.shape[1]} x {image.shape[0]})" if ok and image is not None else ""
