"""The way of a frame: the only place that opens model files, and the only one that joins the stages."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from mien import boxes
from mien.classifier import EmotionClassifier
from mien.detector import FaceDetector, make_detector
from mien.options import RuntimeOptions
from mien.preprocess import cut_faces
from mien.smoother import EmotionSmoother
from mien.tracker import FaceTracker
from mien.types import Frame, FrameResult, TrackedFace


@dataclass(frozen=True)
class Models:
    """Opened models; one set can serve any number of pipelines."""

    detector: FaceDetector
    classifier: EmotionClassifier


@dataclass(frozen=True)
class EmotionPipeline:
    """Says which emotion each face in a frame shows. Tracker and smoother belong to one stream alone."""

    detector: FaceDetector
    classifier: EmotionClassifier
    tracker: FaceTracker
    smoother: EmotionSmoother

    def process(self, frame: Frame) -> FrameResult:
        """The faces of one frame, largest first, boxes in pixels of the frame and within it.

        Frames of a stream come in the order of their `timestamp_s`; after a jump by more than the tracker's
        `max_gap_s` every face gets a new id.
        """
        start_s = time.perf_counter()
        faces = self.detector.detect(frame.image)
        crops = cut_faces(frame.image, faces, self.detector.framing, self.classifier.spec.input_px)
        probs = self.classifier.classify(crops)
        tracked = self.tracker.update(faces, probs, frame.timestamp_s)
        calm = self.smoother.update(tracked, frame.timestamp_s)
        return _result(frame, calm, (time.perf_counter() - start_s) * 1e3)


def load_models(
    detector: str = "auto",
    detector_model: Path | None = None,
    emotion_model: Path | None = None,
    options: RuntimeOptions | None = None,
) -> Models:
    """Open the detector and the emotion model.

    detector: "auto", "haar", "yunet", or "none" for pictures that already are face crops. detector_model:
    YuNet's file, else the one in the user's cache. emotion_model: an ONNX file of `mien export`, else mien's
    own. `options.threads` is set for OpenCV as a whole, which knows no other way.
    Raises ModelError for a file that is missing, is not one of ours, or has been changed, OptionError for a
    `options.prior_share` that the model cannot serve.
    """
    options = options or RuntimeOptions()
    cv2.setNumThreads(options.threads)
    return Models(
        make_detector(detector, detector_model, options.detector),
        EmotionClassifier(emotion_model, options.threads, options.prior_share),
    )


def build_pipeline(models: Models, options: RuntimeOptions | None = None) -> EmotionPipeline:
    """A pipeline for one stream, with a tracker and a smoother of its own."""
    options = options or RuntimeOptions()
    return EmotionPipeline(
        models.detector,
        models.classifier,
        FaceTracker(options.tracker),
        EmotionSmoother(options.smoother),
    )


def _result(frame: Frame, faces: list[TrackedFace], analysis_ms: float) -> FrameResult:
    height, width = frame.image.shape[:2]
    within = tuple(replace(face, box_xyxy=boxes.clip(face.box_xyxy, width, height)) for face in faces)
    return FrameResult(
        frame=frame.index,
        timestamp_s=frame.timestamp_s,
        width=width,
        height=height,
        faces=within,
        analysis_ms=analysis_ms,
        name=frame.name,
    )
