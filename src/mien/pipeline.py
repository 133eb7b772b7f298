"""The way of a frame: the only place that opens model files, and the only one that joins the stages."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import boxes
from mien.ahead import ahead
from mien.classifier import EmotionClassifier
from mien.cuts import SceneCuts
from mien.detector import FaceDetector, make_detector
from mien.doubt import Judge
from mien.lookout import Lookout
from mien.neutral import PersonalNeutral
from mien.options import RuntimeOptions
from mien.pictures import as_bgr
from mien.preprocess import cut_faces, tilt_to_undo
from mien.quality import rate
from mien.smoother import EmotionSmoother
from mien.tracker import FaceTracker
from mien.types import Crops, Face, Frame, FrameResult, Heat, Image, TrackedFace


@dataclass(frozen=True)
class Models:
    """Opened models; one set can serve any number of pipelines."""

    detector: FaceDetector
    classifier: EmotionClassifier


@dataclass(frozen=True)
class _Found:
    """A frame halfway: N faces, their crops and ids, and how long it took to find them."""

    frame: Frame
    faces: list[Face]
    crops: Crops
    ids: list[int]
    took_s: float


@dataclass(frozen=True)
class EmotionPipeline:
    """Says which emotion each face in a frame shows.

    Classifier and the lookout's detector may be shared; all other parts belong to one stream alone. `neutral`
    learns resting faces when it is asked to.
    """

    lookout: Lookout
    classifier: EmotionClassifier
    cuts: SceneCuts
    tracker: FaceTracker
    neutral: PersonalNeutral
    smoother: EmotionSmoother
    judge: Judge

    @property
    def detector(self) -> FaceDetector:
        """What finds the faces."""
        return self.lookout.detector

    def process(self, frame: Frame) -> FrameResult:
        """The faces of one frame, largest first, boxes in pixels of the frame and within it.

        Frames of a stream come in the order of their `timestamp_s`; after a jump by more than the tracker's
        `max_gap_s` every face gets a new id. Their pictures may be whatever `mien.pictures.as_bgr` takes;
        SourceError for what is none.
        """
        return self._read(self._find(frame))

    def watch(self, frames: Iterable[Frame]) -> Generator[tuple[Frame, FrameResult], None, None]:
        """Each frame of a recording with its result, which is what `process` makes of it.

        The faces of a frame are found, and the frame itself is fetched, on a thread of its own while those of
        the frame before are read: on two cores that takes two thirds of the time. Of a camera, whose newest
        frame is the one that counts, `process` what comes. Whoever stops early closes this before `frames`.
        """
        with closing(ahead(map(self._find, frames))) as line:
            for found in line:
                yield found.frame, self._read(found)

    def _find(self, frame: Frame) -> _Found:
        """The first half of a frame's way: where the faces are, and whose."""
        start_s = time.perf_counter()
        frame = _as_bgr(frame)
        faces = _largest_first(self._look(frame), frame.image)
        crops = self._cut(frame.image, faces)
        is_cut = self.cuts.is_cut(frame.image)
        ids = self.tracker.update(faces, frame.timestamp_s, crops, is_cut=is_cut)
        return _Found(frame, faces, crops, ids, time.perf_counter() - start_s)

    def _read(self, found: _Found) -> FrameResult:
        """The second half: what the faces show."""
        start_s = time.perf_counter()
        frame = found.frame
        probs = self.classifier.classify(found.crops)
        seen = zip(found.ids, found.faces, probs.tolist(), strict=True)
        tracked = [TrackedFace.of(*one) for one in seen]
        rated = rate(frame.image, tracked)
        personal = self.neutral.update(rated, frame.timestamp_s)
        calm = self.smoother.update(personal, frame.timestamp_s)
        judged = self.judge.update(calm, frame.timestamp_s)
        return _result(frame, judged, (found.took_s + time.perf_counter() - start_s) * 1e3)

    def explain(self, frame: Frame, result: FrameResult) -> list[Heat]:
        """Where in the frame the model saw the emotion that each face of its result shows, face by face.

        A map is the class activation map of that emotion: evidence against it counts 0, the strongest
        evidence for it 1. It lies on the square that was cut around the face, turned as that was.
        """
        frame = _as_bgr(frame)
        faces = [Face(face.whole_xyxy, face.score, face.landmarks_xy) for face in result.faces]
        if not faces:
            return []
        cams = self.classifier.explain(self._cut(frame.image, faces))
        maps = (_evidence(cam[face.emotion.column]) for cam, face in zip(cams, result.faces, strict=True))
        return [self._heat(face, shown) for face, shown in zip(faces, maps, strict=True)]

    def _look(self, frame: Frame) -> list[Face]:
        """Where the tracker expects them, if it says that this will do, else what the lookout finds."""
        expected = self.tracker.expected(frame.timestamp_s)
        return self.lookout.find(frame.image, frame.timestamp_s) if expected is None else expected

    def _heat(self, face: Face, shown: NDArray[np.float32]) -> Heat:
        """The map where the face was cut out of the frame."""
        framing = self.detector.framing
        tilt = tilt_to_undo(face, framing)
        square = boxes.square(face.box_xyxy, framing)
        return Heat(shown, boxes.swing(square, boxes.centre(face.box_xyxy), tilt), tilt)

    def _cut(self, image: Image, faces: list[Face]) -> Crops:
        return cut_faces(image, faces, self.detector.framing, self.classifier.spec.input_px)


def load_models(
    detector: str = "auto",
    detector_model: Path | str | None = None,
    emotion_model: Path | str | None = None,
    options: RuntimeOptions | None = None,
) -> Models:
    """Open the detector and the emotion model.

    detector: "auto" or "mien" (mien's own), "haar", "yunet", or "none" for pictures that already are face
    crops. detector_model: a file of `mien export-detector`, else mien's own; with "yunet" YuNet's, else the
    one in the user's cache. emotion_model: an ONNX file of `mien export`, else mien's own. `options.threads`
    is set for OpenCV as a whole, which knows no other way.
    Raises ModelError for a file that is missing, is not one of ours, or has been changed, OptionError for a
    `options.prior_share` that the model cannot serve.
    """
    options = options or RuntimeOptions()
    cv2.setNumThreads(options.threads)
    return Models(
        make_detector(detector, _path(detector_model), options.detector, threads=options.threads),
        EmotionClassifier(_path(emotion_model), options.threads, options.prior_share),
    )


def build_pipeline(
    models: Models, options: RuntimeOptions | None = None, neutral_file: Path | str | None = None
) -> EmotionPipeline:
    """A pipeline for one stream, with a memory of its own for who is there and what they show.

    neutral_file: a person's resting face, see `PersonalNeutral`; DataError if it holds none.
    """
    options = options or RuntimeOptions()
    return EmotionPipeline(
        Lookout(models.detector, options.lookout),
        models.classifier,
        SceneCuts(),
        FaceTracker(options.tracker),
        PersonalNeutral(options.neutral, _path(neutral_file), models.classifier.spec.weights_sha256),
        EmotionSmoother(options.smoother),
        Judge(options.doubt),
    )


def _path(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)


def _as_bgr(frame: Frame) -> Frame:
    """The frame with a picture that all stages can read, as cameras of other kinds give it; mostly itself."""
    image = as_bgr(frame.image, f"frame {frame.index}")
    return frame if image is frame.image else replace(frame, image=image)


def _evidence(cam: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) in [0, 1] of one class activation map: what speaks for the class, over its largest value."""
    evidence = np.maximum(cam, 0)
    return np.asarray(evidence / max(float(evidence.max()), 1e-6), dtype=np.float32)


def _largest_first(faces: list[Face], image: Image) -> list[Face]:
    """The faces by how much of each lies in the picture, most first."""
    height, width = image.shape[:2]
    return sorted(faces, key=lambda face: -boxes.area(boxes.clip(face.box_xyxy, width, height)))


def _result(frame: Frame, faces: list[TrackedFace], analysis_ms: float) -> FrameResult:
    height, width = frame.image.shape[:2]
    cut = (_cut_off(face, width, height) for face in faces)
    # A face that is only expected where it was heading may have left the picture.
    within = tuple(face for face in cut if boxes.area(face.box_xyxy) > 0)
    return FrameResult(
        frame=frame.index,
        timestamp_s=frame.timestamp_s,
        width=width,
        height=height,
        faces=within,
        analysis_ms=analysis_ms,
        name=frame.name,
    )


def _cut_off(face: TrackedFace, width: int, height: int) -> TrackedFace:
    """The face with no more of its box than lies in the frame."""
    box = boxes.clip(face.box_xyxy, width, height)
    return face if box == face.box_xyxy else replace(face, box_xyxy=box, uncut_xyxy=face.box_xyxy)
