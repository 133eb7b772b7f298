"""See how a person looks: faces in pictures, and which of five emotions each one shows.

    import mien

    for face in mien.analyze("holiday.jpg"):
        print(face.emotion, face.box_xyxy)

For a stream, build a pipeline once and hand it one frame after the other, or a whole recording:

    pipeline = mien.build_pipeline(mien.load_models())
    result = pipeline.process(mien.Frame(index=0, timestamp_s=0.0, image=image))
    for frame, result in pipeline.watch(frames):
        print(frame.timestamp_s, result.faces)
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mien.errors import DataError, MienError, MissingExtraError, ModelError, OptionError, SourceError
from mien.options import RuntimeOptions
from mien.pictures import as_bgr, read_picture
from mien.pipeline import EmotionPipeline, Models, build_pipeline, load_models
from mien.types import EMOTIONS, Doubt, Emotion, Face, Frame, FrameResult, Heat, Quality, TrackedFace

__version__ = "0.1.0"

__all__ = [
    "EMOTIONS",
    "DataError",
    "Doubt",
    "Emotion",
    "EmotionPipeline",
    "Face",
    "Frame",
    "FrameResult",
    "Heat",
    "MienError",
    "MissingExtraError",
    "ModelError",
    "Models",
    "OptionError",
    "Quality",
    "RuntimeOptions",
    "SourceError",
    "TrackedFace",
    "__version__",
    "analyze",
    "build_pipeline",
    "load_models",
]


def analyze(image: NDArray[Any] | str | Path) -> list[TrackedFace]:
    """The faces in one picture, largest first, ids counting from 1.

    image: HxWx3 BGR, HxW grey or HxWx4 BGRA, uint8 or uint16, as OpenCV reads it; or the path of a picture
    file. Boxes are in pixels of the picture and within it. The models are opened at the first call and kept;
    with them OpenCV is given one thread, in the whole program: see `load_models`.
    Raises SourceError for what is no picture, ModelError for a broken model file.
    """
    picture = read_picture(Path(image)) if isinstance(image, (str, Path)) else as_bgr(image)
    frame = Frame(index=0, timestamp_s=0.0, image=picture)
    return list(build_pipeline(_models()).process(frame).faces)


@cache
def _models() -> Models:
    return load_models()
